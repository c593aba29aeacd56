/** Small kernels for tests of steps and printers: sums of squares over a row of eight numbers, and parts of them. */
import { dimConst } from '../../../compiler/dims/dims.ts';
import { ax, call, int, iselect, load } from '../../../compiler/primitives/build.ts';
import type { BoolExpr, IntExpr } from '../../../compiler/primitives/expr.ts';
import { showLoops } from '../../../kernels-gen/loops/show.ts';
import type { Body, For, LoopKernel, Statement } from '../../../kernels-gen/loops/type.ts';
import { loop as loopOf, memory } from './statements.ts';

export const N = 8;
export const [IN, OUT, ACC, TILE, PAIRS] = [0, 1, 2, 3, 4];
export const MEMORIES = [
  memory('a', 'input', N),
  memory('out', 'output', N),
  memory('acc', 'register'),
  memory('tile', 'workgroup', N),
  memory('pairs', 'workgroup', 2, N),
];
export const loop = (axis: string, n: number, body: Body, more: Partial<For> = {}): For =>
  loopOf(axis, n, 'serial', body, more);
export const store = (to: number, index: readonly IntExpr[], value = load(IN, [int(0)])): Statement => ({
  k: 'store',
  to,
  index,
  value,
});
export const add = (
  value = call('mul', load(IN, [ax('k')]), load(IN, [ax('k')])),
  combine: 'sum' | 'max' = 'sum',
): Statement => ({
  ...{ k: 'accumulate', to: ACC, index: [], combine, value },
});
export const zero = store(ACC, []);
export const kernel = (body: Body, threads = 1): LoopKernel => ({ memories: MEMORIES, threads, body });
export const sums = (k: For): LoopKernel =>
  kernel([loop('i', N, [zero, k, store(OUT, [ax('i')], load(ACC, []))])]);
export const plain = sums(loop('k', N, [add()]));
export const from2 = { from: { value: int(2), step: 1 } };
export const clamped = (cond: BoolExpr, then: IntExpr): Body => [
  { k: 'let', name: 'k', value: iselect(cond, then, int(N - 1)), extent: dimConst(N) },
  store(OUT, [ax('k')], load(IN, [ax('k')])),
];

/** The lines of a kernel's text after those of its memories. */
export const linesOf = (k: LoopKernel): readonly string[] =>
  showLoops(k)
    .split('\n')
    .slice(k.memories.length + 1);
