/** Small programs for the tests of recomputation, and the launches that they become. */
import { gpu } from '../../../compiler/devices/index.ts';
import type { Expr } from '../../../compiler/primitives/expr.ts';
import type { Prim } from '../../../compiler/primitives/prim.ts';
import type { Kernel } from '../../../kernels-gen/fuse/kernel.ts';
import type { Launch } from '../../../kernels-gen/memory/launch.ts';
import { launched } from '../../../kernels-gen/memory/recompute.ts';
import { call, constant, contraction, input, load, map, reduce, type Size, select } from '../build.ts';

export type Computed = Kernel['root'];

/** A tensor of one element. */
export const A = input('A', [1]);

/** An expression that reads each tensor, costs no operations, and cannot overwrite a tensor. */
const ofAll = (reads: readonly Prim[]): Expr =>
  reads
    .map((p, arg) => load(arg, ...p.shape.map(() => 0)))
    .reduce((a, b) => select({ k: 'ieq', a: { k: 'int', value: 0 }, b: { k: 'int', value: 1 } }, a, b));
/** A map that makes `size` elements by `each` operations an element. */
export const made = (label: string, size: Size, reads: readonly Prim[], each = 0) =>
  map(
    label,
    reads,
    [['i', size]],
    Array.from({ length: each }).reduce<Expr>((e) => call('neg', e), ofAll(reads)),
  );
/** A contraction that makes `size` elements by 2·`depth` operations an element. */
export const product = (label: string, size: Size, depth: number, reads: readonly Prim[] = [A]) =>
  contraction(label, reads, [['i', size]], [['k', depth]], ofAll(reads), constant(1));
/** A reduction that makes `size` elements; its operations are not counted. */
export const summed = (label: string, size: Size, reads: readonly Prim[]) =>
  reduce(label, reads, [['i', size]], [['k', 2]], call('neg', ofAll(reads)));

export const kernel = (root: Computed): Kernel => ({ tensor: root, root, epilogue: null, spans: [] });
export const stored = (tensors: readonly Prim[]) => new Map(tensors.map((p) => [p, p.label]));
/** The labels of the launches, in order, for tensors with a kernel each. */
export const launches = (tensors: readonly Computed[], outputs: readonly Prim[], tokens = 1000): string =>
  labelsOf(launched(tensors.map(kernel), stored(outputs), tokens, gpu).launches);
/** The labels of launches. The members of one are joined by +. */
export const labelsOf = (list: readonly Launch[]): string =>
  list.map((l) => ('members' in l ? l.members : [l]).map((k) => k.tensor.label).join('+')).join(' ');

/**
 * A product of so many operations that other work is a negligible share of the total, unless a test makes it large.
 */
export const P = product('P', 1, 1e13);

/** Kernels that read S and T, then have three tensors of 1000 elements live at once; y reads S and T again. */
export const waiting = (S: Computed, T: Computed) => {
  const u = made('u', 'tokens', [S, T]);
  const v = made('v', 'tokens', [u]);
  const w = made('w', 'tokens', [u, v]);
  return { kernels: [S, T, u, v, w], y: made('y', 1, [w, S, T]) };
};

/** So many launches of one element each, one after another, the first of which reads a tensor. */
export const followers = (y: Computed, count: number): Computed[] => {
  const all = [made('c', 1, [y])];
  while (all.length < count) all.push(made('c', 1, all.slice(-1)));
  return all;
};

/** A class whose time is the number of launches. */
export const ofLaunches = {
  ...gpu,
  chosenBy: { ...gpu.chosenBy, flops: Infinity, bandwidth: Infinity, launch: 1 },
};
