/** Products with quantised weights in every format. */
import type { DType } from '../../../compiler/ir/node.ts';
import type { InputPrim, Prim } from '../../../compiler/primitives/prim.ts';
import type { Storage } from '../../../compiler/primitives/storage.ts';
import { contraction, input, load } from '../build.ts';

export const FORMATS: readonly Storage[] = [
  { format: 'nf4', block: 64 },
  { format: 'nf4', block: 32, nested: 32 },
  { format: 'int8' },
  { format: 'int4', group: 8 },
  { format: 'int4', group: 12 },
  { format: 'int4', group: 8, indexed: true },
];

export const held = (name: string, shape: readonly number[], storage: Storage): InputPrim => ({
  ...input(name, shape),
  storage,
});

/** The product x·Wᵀ. */
export const forward = (W: Prim, out: number, ins: number, dtype: DType = 'f32') =>
  contraction(
    'y',
    [input('x', ['tokens', ins], dtype), W],
    [
      ['t', 'tokens'],
      ['o', out],
    ],
    [['i', ins]],
    load(0, 't', 'i'),
    load(1, 'o', 'i'),
  );
/** The product g·W. */
export const backward = (W: Prim, out: number, ins: number) =>
  contraction(
    'dx',
    [input('g', ['tokens', out]), W],
    [
      ['t', 'tokens'],
      ['i', ins],
    ],
    [['o', out]],
    load(0, 't', 'o'),
    load(1, 'o', 'i'),
  );
