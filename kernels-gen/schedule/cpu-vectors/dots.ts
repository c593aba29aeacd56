/**
 * Computes a few dot products by a subgroup, whose lanes (invocations) share each: lane l sums the products
 * l, l + LANES, …, and the subgroup adds up the lanes' sums. This is for few rows of long operands that are
 * contiguous along k, above all for a matrix times one token's vector. The matrix is read once, and
 * neighbouring lanes read neighbours.
 */
import type { Expr } from '../../../compiler/primitives/expr.ts';
import { sizesOf } from '../../families/contraction/root.ts';
import { innermostLast, tileSteps } from '../../families/contraction/tile-steps.ts';
import type { ScheduleOptions } from '../../families/family.ts';
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
import { type Costed, CYCLES, type LoopSchedule, loadCycles, MIN_WORK, PARALLEL } from './cycles.ts';
import { LANES, shuffles } from './lanes.ts';
import { vectorsAlongSums } from './vectors.ts';

export const MAX_DOTS = 32;
/** The rows and the columns of a tile among which the cycles choose, ascending. */
export const EACH: readonly number[] = [1, 2, 4, 8];

/** The best schedule of dots; undefined for little work, no sum, or an operand not contiguous along the sum. */
export function dotSchedule(
  kernel: ContractionKernel,
  { tokens, strategy }: Pick<ScheduleOptions, 'tokens' | 'strategy'>,
): (LoopSchedule & Costed) | undefined {
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
  const { steps, each } = tileSteps(kernel, tile, { lanes: 'lane' });
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
    ...(vectors ? [asVectors([...vectors])] : []),
    ...each.map((e) => (e === 'v' ? vectorise(e, []) : bind(e, 'unrolled'))),
    // A driver would unroll the loop.
    ...(vectors ? inner.flatMap((k) => [bind(`${k}_part`, 'unrolled'), bind(`${k}_block`, 'opaque')]) : []),
    ...(each.length > 0 ? [promote('left', each), promote('right', each)] : []),
    fuse,
  ];
}
