/** Reads and writes the fields of PEFT's methods that share, mask or transform what they add to a weight. */
import * as v from 'valibot';
import type { Json } from '../json.ts';
import { count, natural } from '../schema.ts';
import type { LayerConfig } from './layers.ts';
import { type Method, pattern, statedByModule } from './method.ts';
import { SPARSE, SPARSE_FIELDS } from './sparse.ts';

const missFields = v.looseObject({
  r: count,
  init_weights: v.nullish(v.union([v.boolean(), v.picklist(['bat', 'mini'])])),
  mini_r: v.nullish(count, 1),
});

const MISS: Method = {
  layers: ['miss'],
  read(fields) {
    const c = fields.read(missFields);
    const shard = typeof c.init_weights === 'string' ? c.init_weights : 'standard';
    const columns = shard === 'mini' ? { h: ['mini_r', c.mini_r] as const } : {};
    return {
      notes: fields.trainingOnly('miss_dropout'),
      of: () => ({
        ...{ layer: 'miss', config: { shard }, sizes: {} },
        expect: () => ({ r: ['r', c.r], ...columns }),
      }),
    };
  },
};

const graloraFields = v.looseObject({
  r: count,
  hybrid_r: v.nullish(natural, 0),
  alpha: v.number(),
  gralora_k: v.nullish(count, 2),
});

const GRALORA: Method = {
  layers: ['gralora'],
  also: ['gralora_A_general.weight', 'gralora_B_general.weight'],
  read(fields) {
    const c = fields.read(graloraFields);
    const config = { blocks: c.gralora_k, hybrid: c.hybrid_r, scale: c.alpha / (c.r + c.hybrid_r) };
    return {
      notes: fields.trainingOnly('gralora_dropout'),
      of: () => ({ layer: 'gralora', config, sizes: {}, expect: () => ({ r: ['r', c.r] }) }),
    };
  },
};

const c3aFields = v.looseObject({ block_size: count, block_size_pattern: pattern });

const C3A: Method = {
  layers: ['c3a'],
  read(fields) {
    const c = fields.read(c3aFields);
    const stated = statedByModule(c.block_size_pattern, c.block_size, fields, 'block_size_pattern');
    return {
      notes: [],
      of(module) {
        const b = stated(module);
        return { layer: 'c3a', config: {}, sizes: {}, expect: () => ({ b }) };
      },
    };
  },
};

/** The methods by `peft_type`. */
export const BASES: Readonly<Record<string, Method>> = { MISS, GRALORA, C3A, ...SPARSE };

type Written = (
  config: LayerConfig,
  size: number,
  dims: Readonly<Record<string, number>>,
) => Readonly<Record<string, Json>>;

/** The fields that only the method has, by the layer's name, from its configuration and its sizes. */
export const BASE_FIELDS = {
  ...SPARSE_FIELDS,
  miss: ({ shard }, r, { h }) => ({
    ...{ peft_type: 'MISS', bias: 'none', r, miss_dropout: 0, mini_r: h ?? 1 },
    init_weights: shard === 'standard' || String(shard),
  }),
  c3a: (_, b) => ({
    peft_type: 'C3A',
    bias: 'none',
    block_size: b,
    block_size_pattern: {},
    init_weights: true,
  }),
  gralora: (c, r) => ({
    peft_type: 'GRALORA',
    bias: 'none',
    fan_in_fan_out: false,
    init_weights: true,
    r,
    hybrid_r: Number(c.hybrid),
    alpha: Number(c.scale) * (r + Number(c.hybrid)),
    gralora_dropout: 0,
    gralora_k: Number(c.blocks),
  }),
} as const satisfies Record<string, Written>;
