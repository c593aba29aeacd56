/** The memories that hold the arguments of fused blocks: workgroup memory, registers or storage. */
import { expect, it } from 'vitest';
import { dimConst } from '../../../compiler/dims/dims.ts';
import { ax, constant } from '../../../compiler/primitives/build.ts';
import type { Prim } from '../../../compiler/primitives/prim.ts';
import { inSlot, memoriesOf } from '../../../kernels-gen/families/blocks/naive.ts';
import type { FusedBlocks, Nest } from '../../../kernels-gen/fuse/blocks.ts';
import type { Replaced } from '../../../kernels-gen/memory/buffers.ts';

const argument = (name: string): Prim => ({
  kind: 'input',
  name,
  shape: [4, 3, 5].map(dimConst),
  dtype: 'f32',
  args: [],
  spans: [],
  label: name,
});

/** Four arguments: the first and the last share a slot, the second has one, and the third is in storage. */
const group: FusedBlocks = {
  blocks: dimConst(4),
  args: ['a', 'b', 'c', 'd'].map(argument),
  slotOf: [0, 1, undefined, 0],
  slots: [15, 15],
  nests: [],
  members: [],
};

it.each<readonly [string, ((arg: number) => boolean) | undefined, readonly string[]]>([
  ['all slots', undefined, ['workgroup held0', 'workgroup held1', 'input arg2', 'register unused3']],
  [
    'the slot that some argument is held in',
    (a) => a === 3,
    ['workgroup held0', 'register unused1', 'input arg2', 'register unused3'],
  ],
  ['no slot', () => false, ['register unused0', 'register unused1', 'input arg2', 'register unused3']],
])('workgroup memory is taken for %s', (_, held, expected) => {
  expect(memoriesOf(group, [], held).map((m) => `${m.space} ${m.name}`)).toEqual(expected);
});

it('an argument in a slot is loaded from its first, and others from where they are', () => {
  const load = inSlot(group);
  const index = [ax('i'), ax('j')];
  const slots = [0, 1, 2, 3].map((arg) => load(arg, index)).map((e) => e && 'arg' in e && e.arg);
  expect(slots).toEqual([0, 1, undefined, 0]);
  expect(load(-1, index)).toBe(undefined);
});

it('an argument in storage that results overwrite is an alias of their output', () => {
  const [first, second] = ['y', 'z'].map(argument) as [Prim, Prim];
  const nest = (stored: Prim): Nest => ({
    ...{ arg: undefined, slot: undefined, stored },
    kernel: {
      tensor: stored,
      root: { ...stored, kind: 'map', axes: [], body: constant(0) },
      epilogue: null,
      spans: [],
    },
  });
  const storing = { ...group, nests: [nest(first), nest(second)] };
  const aliases = (over: readonly Replaced[]) => memoriesOf(storing, over).map((m) => m.alias);
  const [, , tensor] = group.args as [Prim, Prim, Prim];
  expect(aliases([])).toEqual(Array(6).fill(undefined));
  expect(aliases([{ tensor, by: second }])[2]).toBe(5);
  expect(aliases([{ tensor, by: first }])[2]).toBe(4);
});
