/** Code is kept by a key, so kernels whose code differs have different keys. */
import { expect, it } from 'vitest';
import { dimConst } from '../../../compiler/dims/dims.ts';
import { ax, call, constant, load } from '../../../compiler/primitives/build.ts';
import type { InputPrim, Prim } from '../../../compiler/primitives/prim.ts';
import type { Storage } from '../../../compiler/primitives/storage.ts';
import { generateBlocks } from '../../../kernels-gen/families/blocks/index.ts';
import { keyOfKernel } from '../../../kernels-gen/families/contraction/root.ts';
import type { Printed } from '../../../kernels-gen/families/family.ts';
import type { FusedBlocks, Nest } from '../../../kernels-gen/fuse/blocks.ts';
import { type ContractionKernel, RESULT } from '../../../kernels-gen/fuse/kernel.ts';
import type { Replaced } from '../../../kernels-gen/memory/buffers.ts';
import { input } from '../build.ts';
import { batches, matrices, options } from '../schedule/contractions.ts';

const plain = matrices('NT', 64, 32, 16);
const [a, b] = plain.root.args as [InputPrim, InputPrim];
const withArgs = (...args: readonly Prim[]): ContractionKernel => ({
  ...plain,
  root: { ...plain.root, args },
});
const stored = (storage: Storage) => withArgs(a, { ...b, storage });
const over = (tensor: Prim, by: 'rows' | 'elements'): ContractionKernel => ({
  ...plain,
  overwrites: { tensor, by },
});

const KERNELS: Readonly<Record<string, ContractionKernel>> = {
  plain,
  'other sizes': matrices('NT', 64, 32, 8),
  'another layout': matrices('NN', 64, 32, 16),
  batches: batches(2, 64, 32, 16),
  'an argument in f16': withArgs(a, { ...b, dtype: 'f16' }),
  'the other argument in f16': withArgs({ ...a, dtype: 'f16' }, b),
  'a result in f16': { ...plain, tensor: { ...plain.tensor, dtype: 'f16' } },
  'one argument twice': withArgs(b, b),
  'two equal arguments': withArgs(b, { ...b }),
  nf4: stored({ format: 'nf4', block: 64 }),
  'nf4 in larger blocks': stored({ format: 'nf4', block: 128 }),
  int8: stored({ format: 'int8' }),
  'over rows of the left': over(a, 'rows'),
  'over rows of the right': over(b, 'rows'),
  'an epilogue': { ...plain, epilogue: call('exp', load(RESULT, [])) },
  'another epilogue': { ...plain, epilogue: call('neg', load(RESULT, [])) },
};

it('products whose code differs have keys of their own', () => {
  const keys = Object.values(KERNELS).map(keyOfKernel);
  expect(new Set(keys).size).toBe(keys.length);
  expect(keyOfKernel(matrices('NT', 64, 32, 16))).toBe(keys[0]);
});

const shape = [4, 3];
const nestOf = (stored: Prim, arg: number, value: number): Nest => {
  const axes = [{ name: 'i', extent: dimConst(3) }];
  const body = call('mul', load(arg, [ax('block'), ax('i')]), constant(value));
  const root = { ...stored, kind: 'map' as const, axes, body, args: [] };
  return {
    arg: undefined,
    slot: undefined,
    stored,
    kernel: { tensor: stored, root, epilogue: null, spans: [] },
  };
};
const results = ['y', 'z', 'u'].map((name) => input(name, shape));
const group = (more: Partial<FusedBlocks> = {}): FusedBlocks => ({
  blocks: dimConst(4),
  args: ['a', 'b'].map((name) => input(name, shape)),
  slotOf: [undefined, undefined],
  slots: [],
  nests: results.map((r, n) => nestOf(r, n % 2, n + 1)),
  members: [],
  ...more,
});

/** The key by which the code of fused blocks is kept. */
function keyOf(blocks: FusedBlocks, replaced: readonly Replaced[] = []): string {
  const printed = new Map<string, Printed>();
  void generateBlocks(blocks, { ...options(), printed }, () => [], replaced).printed;
  return [...printed.keys()].join();
}

it('fused blocks whose code differs have keys of their own', () => {
  const own = group();
  const [first, second] = own.args as [Prim, Prim];
  const keys = [
    keyOf(own),
    keyOf(group({ blocks: dimConst(2) })),
    keyOf(group({ args: [{ ...first, mirrored: 1 }, second] })),
    keyOf(group({ args: [first, { ...second, mirrored: 1 }] })),
    keyOf(group({ args: [first, { ...second, dtype: 'f16' }] })),
    keyOf(group({ nests: own.nests.slice(0, 2) })),
    ...[first, second].flatMap((tensor) => results.map((by) => keyOf(own, [{ tensor, by }]))),
  ];
  expect(new Set(keys).size).toBe(keys.length);
  expect(keyOf(group())).toBe(keys[0]);
});
