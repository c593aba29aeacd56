/**
 * Computes a few dot products by a subgroup, whose lanes (invocations) share each: lane l sums the products
 * l, l + LANES, …, and the subgroup adds up the lanes' sums. This is for few rows, above all for a matrix times one token's
 * vector. There are two kinds:
 *
 * - Both operands are contiguous along k. The matrix is read once, and neighbouring lanes read neighbours.
 * - The columns are contiguous, and the steps along k are a page apart or more. A lane loads vectors of columns, and lanes
 *   wait for eight steps at once. Lanes that had columns of their own would wait for each step.
 */

import type { Expr } from '../../../compiler/primitives/expr.ts';
import type { Axis } from '../../../compiler/primitives/prim.ts';
import { exchanged, sizesOf } from '../../families/contraction/root.ts';
import { asBuffers } from '../../families/contraction/schedule.ts';
import { innermostLast, tileSteps } from '../../families/contraction/tile-steps.ts';
import { reachOf, vectorsAlone } from '../../families/contraction/vectors.ts';
import type { ScheduleOptions } from '../../families/family.ts';
import { isMultiple } from '../../families/vectors.ts';
import { extents, longest } from '../../fuse/axes.ts';
import { nodesOf, sizeAt } from '../../fuse/cost.ts';
import { type ContractionKernel, productsOf } from '../../fuse/kernel.ts';
import { isContiguous } from '../../fuse/strides.ts';
import { naiveContraction } from '../../loops/naive.ts';
import { type Scheduled, VECTOR } from '../../loops/type.ts';
import { printWgsl } from '../../print/wgsl.ts';
import { bind } from '../steps/bind.ts';
import { collect } from '../steps/collect.ts';
import { fuse } from '../steps/fuse.ts';
import { promote } from '../steps/promote.ts';
import { split } from '../steps/split.ts';
import { type LoopStep, scheduled } from '../steps/step.ts';
import { asVectors, vectorise } from '../steps/vectorise.ts';
import { type Costed, CYCLES, isFar, type LoopSchedule, loadCycles, MIN_WORK, PARALLEL } from './cycles.ts';
import { LANES, shuffles } from './lanes.ts';
import { vectorsAlongSums } from './vectors.ts';

/** The largest number of dot products of a tile. */
export const MAX_DOTS = 64;
/** The rows, and the columns, of a tile of operands along the sum, among which the cycles choose, ascending. */
export const EACH: readonly number[] = [1, 2, 4, 8];
const MAX_ALONG = 32;
/** The columns where lanes load vectors of them. */
export const ACROSS: readonly number[] = [...EACH, 16, 32];

type Options = Pick<ScheduleOptions, 'tokens' | 'strategy'>;

/**
 * The best schedules of dots as written, and with exchanged operands unless both lie along the sum. Undefined for little
 * work, no sum, and an operand that lies neither along the sum nor across far steps.
 */
export function dotSchedules(
  kernel: ContractionKernel,
  options: Options,
): readonly [(LoopSchedule & Costed) | undefined, (LoopSchedule & Costed) | undefined] {
  const inner = longest(kernel.root.over);
  if (inner === undefined || kernel.overwrites?.by === 'rows') return [undefined, undefined];
  if (liesAlong(kernel, inner)) return [choose(kernel, inner, options, false), undefined];
  const across = (k: ContractionKernel) =>
    liesAcross(k, inner) ? choose(k, inner, options, true) : undefined;
  return [across(kernel), across(exchanged(kernel))];
}

/** Whether each lane's next step of the sum is the next element of both operands. */
function liesAlong({ root }: ContractionKernel, inner: Axis): boolean {
  const axes = [...root.axes, ...root.over];
  return [root.a, root.b].every((e) => isContiguous(e, inner, root.args, axes));
}

/** Whether lanes can load vectors of b's columns, and steps of the sum are so far apart that one lane would wait for each. */
const liesAcross = (kernel: ContractionKernel, inner: Axis): boolean =>
  reachOf(kernel).cols.length > 0 && isFar(kernel.root, inner);

function choose(
  kernel: ContractionKernel,
  inner: Axis,
  { tokens, strategy }: Options,
  isAcross: boolean,
): (LoopSchedule & Costed) | undefined {
  const { root } = kernel;
  const { batch, m, n, k } = sizesOf(kernel, tokens);
  if (strategy !== 'lanes' && batch * m * n * k < MIN_WORK) return undefined;
  const axes = [...root.axes, ...root.over];
  const along = sizeAt(extents([inner]), tokens);
  const steps = (k / along) * Math.ceil(along / LANES);
  const reading = (e: Expr, share = 1) =>
    loadCycles(e, root.args, inner, inner, axes, false) * share + nodesOf(e);

  let best: { rows: number; cols: number; cycles: number } | undefined;
  for (const rows of EACH) {
    for (const cols of isAcross ? ACROSS : EACH) {
      if (rows * cols > (isAcross ? MAX_DOTS : MAX_ALONG)) continue;
      const share = isAcross && isMultiple(cols) ? CYCLES.vector / CYCLES.load : 1;
      const tiles = batch * Math.ceil(m / rows) * Math.ceil(n / cols);
      const step = rows * reading(root.a) + cols * reading(root.b, share) + rows * cols * CYCLES.multiplyAdd;
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
export const dotsOf = (kernel: ContractionKernel, rows: number, cols: number): LoopSchedule => ({
  kernel,
  tile: { rows, cols, batchThreads: 1, rowThreads: 1, colThreads: 1 },
  emit: () => printWgsl(dotLoops(kernel, rows, cols), { shuffles }),
});

/** The loops of a kernel in canonical form. */
export const dotLoops = (kernel: ContractionKernel, rows: number, cols: number): Scheduled =>
  scheduled(naiveContraction(kernel, productsOf(kernel)), dotSteps(kernel, rows, cols));

function dotSteps(kernel: ContractionKernel, rows: number, cols: number): readonly LoopStep[] {
  const products = productsOf(kernel);
  const vectors = vectorsAlongSums(kernel);
  const width = vectors ? VECTOR : 1;
  const tile = { rows, cols, batchThreads: 1, rowThreads: 1, colThreads: 1 };
  const across = vectors ? undefined : vectorsAlone(kernel, tile, false);
  const { steps, each } = tileSteps(kernel, tile, { lanes: 'lane', vectors: across });
  const inner = products.map((p) => longest(p.over)!.name);
  return [
    ...products.flatMap((p) => innermostLast(p.over)),
    ...inner.flatMap((k) => [
      split(k, LANES * width, `${k}_block`, `${k}_own`),
      ...(vectors ? [split(`${k}_own`, VECTOR, `${k}_lane`, `${k}_part`)] : []),
    ]),
    collect(
      inner.map((k) => (vectors ? `${k}_lane` : `${k}_own`)),
      'lane',
    ),
    ...steps,
    ...(vectors ? [asVectors([...vectors])] : asBuffers(kernel, across)),
    ...each.map((e) => (e === 'v' ? vectorise(e, []) : bind(e, 'unrolled'))),
    // A driver would unroll the loop.
    ...(vectors ? inner.flatMap((k) => [bind(`${k}_part`, 'unrolled'), bind(`${k}_block`, 'opaque')]) : []),
    ...(each.length > 0 ? [promote('left', each), promote('right', each)] : []),
    fuse,
  ];
}
