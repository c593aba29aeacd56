/**
 * Computes a few dot products by a subgroup, whose lanes (invocations) share each: lane l sums the products
 * l, l + LANES, …, and the subgroup adds up the lanes' sums. This is for few rows of long operands that are
 * contiguous along k, above all for a matrix times one token's vector. The matrix is read once, and
 * neighbouring lanes read neighbours.
 */
import { constantOf } from '../../../compiler/dims/dims.ts';
import { ax } from '../../../compiler/primitives/build.ts';
import type { Expr } from '../../../compiler/primitives/expr.ts';
import type { Axis } from '../../../compiler/primitives/prim.ts';
import { fused, type Sum } from '../../families/contraction/accumulators.ts';
import { type Frame, operand, type Schedule } from '../../families/contraction/frame.ts';
import { range, sizesOf } from '../../families/contraction/root.ts';
import type { ScheduleOptions } from '../../families/family.ts';
import { partOf, vectorsOf } from '../../families/vectors.ts';
import { extents, longest, looped } from '../../fuse/axes.ts';
import { nodesOf, sizeAt } from '../../fuse/cost.ts';
import type { ContractionKernel } from '../../fuse/kernel.ts';
import { isContiguous } from '../../fuse/strides.ts';
import { unknown } from '../../wgsl/size.ts';
import { VECTOR } from '../../wgsl/vectors.ts';
import { CYCLES, type LaneSchedule, loadCycles, MIN_WORK, PARALLEL } from './cycles.ts';
import { chunks, madeOf } from './direct.ts';
import { LANES, shuffles } from './lanes.ts';
import { vectorSum, vectorsAlongSums } from './vectors.ts';

export const MAX_DOTS = 32;
export const EACH = [1, 2, 4, 8];

/** The best schedule of dots; undefined for little work, no sum, or an operand not contiguous along the sum. */
export function dotSchedule(
  kernel: ContractionKernel,
  { tokens, strategy }: Pick<ScheduleOptions, 'tokens' | 'strategy'>,
): LaneSchedule | undefined {
  const { root } = kernel;
  const { batch, m, n, k } = sizesOf(kernel, tokens);
  const inner = longest(root.over);
  if (kernel.overwrites?.by === 'rows') return undefined;
  if (inner === undefined || (strategy !== 'lanes' && batch * m * n * k < MIN_WORK)) return undefined;
  const axes = [...root.axes, ...root.over];
  const liesAlong = (e: Expr) => isContiguous(e, inner, root.args, axes);
  if (!liesAlong(root.a) || !liesAlong(root.b)) return undefined;
  const along = sizeAt(extents([inner]), tokens);
  const steps = (k / along) * Math.ceil(along / LANES);
  const reading = (e: Expr) => loadCycles(e, root.args, inner, inner, axes, false) + nodesOf(e);
  const [left, right] = [reading(root.a), reading(root.b)];

  let best: { rows: number; cols: number; cycles: number } | undefined;
  for (const rows of EACH) {
    for (const cols of EACH) {
      if (rows * cols > MAX_DOTS) continue;
      const tiles = batch * Math.ceil(m / rows) * Math.ceil(n / cols);
      const step = rows * left + cols * right + rows * cols * CYCLES.multiplyAdd;
      const results = rows * cols * (Math.log2(LANES) * CYCLES.shuffle + CYCLES.load);
      const idle = (Math.ceil(tiles / PARALLEL) * PARALLEL) / tiles;
      const cycles = tiles * (steps * step + results) * idle;
      if (!best || cycles < best.cycles) best = { rows, cols, cycles };
    }
  }
  const { rows, cols, cycles } = best!;
  return { ...dotsOf(kernel, rows, cols), cycles };
}

/** The schedule in which a subgroup computes `rows` × `cols` dot products. */
export function dotsOf(kernel: ContractionKernel, rows: number, cols: number): Schedule {
  const vectors = vectorsAlongSums(kernel);
  return {
    kernel,
    tile: { rows, cols, batchThreads: 1, rowThreads: 1, colThreads: 1 },
    depthThreads: LANES,
    sum: sumAlongLanes,
    finish: addUp,
    ...(vectors ? { vectors } : {}),
  };
}

function sumAlongLanes(frame: Frame): void {
  const { e, root, rows, cols } = frame;
  const inner = longest(root.over)!;
  const extent = constantOf(inner.extent);
  const exact = extent !== undefined && extent % LANES === 0;
  const outer = looped(root.over.filter((a) => a !== inner));
  for (const a of outer) e.loop(a.name, a.extent);
  if (frame.vectorSums.a && vectorSum(root, 'a') === inner) {
    sumVectors(frame, inner);
    for (const _ of outer) e.close();
    return;
  }
  const [first, at] = [`${inner.name}_first`, `${inner.name}_at`];
  e.loop(first, inner.extent, '0', LANES);
  const size = e.size(inner.extent);
  e.line(`let ${at} = ${first} + lane;`);
  e.define(inner.name, exact ? at : `min(${at}, ${size} - 1)`, inner.extent);
  const chunk = chunks(e, inner, first, LANES);
  if (chunk && exact) madeOf(e, inner.name, chunk, LANES, 'lane');
  e.shuffles = shuffles;
  const left = range(rows.each).map((i) => operand(frame, 'a', i));
  const right = range(cols.each).map((j) => operand(frame, 'b', j));
  e.shuffles = undefined;
  const sum: Sum = (acc, a, b, type) =>
    exact ? fused(acc, a, b, type) : `select(${acc}, ${fused(acc, a, b, type)}, ${at} < ${size})`;
  frame.sums.add(e, left, frame.sums.grouped(right), sum);
  for (const _ of range(outer.length + 1)) e.close();
}

/** Emits the sums where each lane loads a vector of VECTOR steps at once. `quad` counts these vectors. */
function sumVectors(frame: Frame, inner: Axis): void {
  const { e, rows, cols } = frame;
  const [first, quad] = [`${inner.name}_first`, `${inner.name}_quad`];
  // `unknown` keeps a driver from unrolling the loop.
  e.open(
    `for (var ${first} = 0; ${first} < ${unknown(constantOf(inner.extent)!)}; ${first} += ${LANES * VECTOR})`,
  );
  e.define(quad, `(${first} >> ${Math.log2(VECTOR)}) + lane`, vectorsOf(inner));
  const each = range(VECTOR).map((u) => {
    const at = new Map([[inner.name, partOf(ax(quad), VECTOR, u)]]);
    const operands = (which: 'a' | 'b', n: number) => range(n).map((i) => operand(frame, which, i, at));
    return [operands('a', rows.each), operands('b', cols.each)] as const;
  });
  for (const [left, right] of each) frame.sums.add(e, left, frame.sums.grouped(right));
  e.close();
}

function addUp({ e, sums }: Frame): void {
  sums.replace(e, (acc) => `subgroupAdd(${acc})`);
}
