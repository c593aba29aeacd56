/** Reads and writes the fields of PEFT's methods that share, mask or transform what they add to a weight. */
import * as v from 'valibot';
import type { Json } from '../json.ts';
import { count } from '../schema.ts';
import type { LayerConfig } from './layers.ts';
import type { Method } from './method.ts';

const missFields = v.looseObject({ r: count });

const MISS: Method = {
  layers: ['miss'],
  read(fields) {
    const c = fields.read(missFields);
    fields.only(
      'init_weights',
      [true],
      "Train the adapter with init_weights=True: 'bat' and 'mini' are not read.",
    );
    fields.know(['mini_r']);
    return {
      notes: fields.trainingOnly('miss_dropout'),
      of: () => ({ layer: 'miss', config: {}, sizes: {}, expect: () => ({ r: ['r', c.r] }) }),
    };
  },
};

/** The methods by `peft_type`. */
export const BASES: Readonly<Record<string, Method>> = { MISS };

type Written = (config: LayerConfig, size: number) => Readonly<Record<string, Json>>;

/** The fields that only the method has, by the layer's name, from its configuration and its size. */
export const BASE_FIELDS = {
  miss: (_, r) => ({ peft_type: 'MISS', bias: 'none', init_weights: true, r, miss_dropout: 0, mini_r: 1 }),
} as const satisfies Record<string, Written>;
