/**
 * Computes a few dot products by a subgroup, whose lanes (invocations) share each: lane l sums the products
 * l, l + LANES, …, and the subgroup adds up the lanes' sums. This is for few rows, above all for a matrix times one token's
 * vector. There are two kinds:
 *
 * - Both operands are contiguous along k. The matrix is read once, and neighbouring lanes read neighbours.
 * - The columns are contiguous, and the steps along k are a page apart or more. A lane loads vectors of columns, and lanes
 *   wait for eight steps at once. Lanes that had columns of their own would wait for each step.
 */
import type { ContractionPrim } from '../../../compiler/primitives/prim.ts';
import { loadsOf } from '../../../compiler/primitives/visit.ts';
import { exchanged, sizesOf } from '../../families/contraction/root.ts';
import { asBuffers } from '../../families/contraction/schedule.ts';
import { innermostLast, tileSteps } from '../../families/contraction/tile-steps.ts';
import { vectorsAlone } from '../../families/contraction/vectors.ts';
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

/** The largest number of dot products of a tile whose lanes load vectors of columns. */
export const MAX_DOTS = 64;
/** The largest number along the sum, where a step of four products of each would make a long text. */
const MAX_ALONG = 32;
/** The rows of a tile among which the cycles choose, and its columns along the sum, ascending. */
export const EACH: readonly number[] = [1, 2, 4, 8];
/** The columns of a tile whose lanes load vectors of columns. */
export const ACROSS: readonly number[] = [...EACH, 16, 32];

type Options = Pick<ScheduleOptions, 'tokens' | 'strategy'>;
type Best = LoopSchedule & Costed;

/**
 * The best schedules of dots as written, and with exchanged operands unless both lie along the sum. Undefined for little
 * work, no sum, overwritten rows, and an operand that lies neither along the sum nor across far steps.
 */
export function dotSchedules(
  kernel: ContractionKernel,
  options: Options,
): readonly [Best | undefined, Best | undefined] {
  if (!hasSums(kernel)) return [undefined, undefined];
  if (liesAlong(kernel)) return [choose(kernel, options), undefined];
  const across = (k: ContractionKernel) => (liesAcross(k) ? choose(k, options) : undefined);
  return [across(kernel), across(exchanged(kernel))];
}

const hasSums = (kernel: ContractionKernel): boolean =>
  productsOf(kernel).every((p) => longest(p.over) !== undefined);

/** Whether the next step of the sum is the next element of both operands. */
function liesAlong({ root }: ContractionKernel): boolean {
  const axes = [...root.axes, ...root.over];
  return [root.a, root.b].every((e) => isContiguous(e, longest(root.over)!, root.args, axes));
}

/** Whether lanes can load vectors of columns, and steps of the sum are so far apart that one lane would wait for each. */
function liesAcross(kernel: ContractionKernel): boolean {
  const vectors = vectorsAlone(kernel, { rows: 1, cols: VECTOR }, false);
  const isVector = (p: ContractionPrim) => loadsOf(p.b).every((l) => vectors?.args.has(l.arg));
  return isFar(kernel.root) && productsOf(kernel).every(isVector);
}

function choose(kernel: ContractionKernel, { tokens, strategy }: Options): Best | undefined {
  const { batch, m, n, k } = sizesOf(kernel, tokens);
  if (strategy !== 'lanes' && batch * m * n * k < MIN_WORK) return undefined;
  const isAlong = liesAlong(kernel);
  let best: { rows: number; cols: number; cycles: number } | undefined;
  for (const rows of EACH) {
    for (const cols of isAlong ? EACH : ACROSS) {
      if (rows * cols > (isAlong ? MAX_ALONG : MAX_DOTS)) continue;
      const share = !isAlong && isMultiple(cols) ? CYCLES.vector / CYCLES.load : 1;
      const tiles = batch * Math.ceil(m / rows) * Math.ceil(n / cols);
      const sums = productsOf(kernel).reduce((all, p) => {
        const step =
          rows * reading(p, 'a', 1) + cols * reading(p, 'b', share) + rows * cols * CYCLES.multiplyAdd;
        return all + stepsOfLanes(p, tokens) * step;
      }, 0);
      const results = rows * cols * (Math.log2(LANES) * CYCLES.shuffle + CYCLES.load);
      const idle = (Math.ceil(tiles / PARALLEL) * PARALLEL) / tiles;
      const cycles = tiles * (sums + results) * idle;
      if (!best || cycles < best.cycles) best = { rows, cols, cycles };
    }
  }
  const { rows, cols, cycles } = best!;
  const dots = dotsOf(kernel, rows, cols);
  return dots && { ...dots, cycles };
}

/** The number of times that all lanes together take the next steps of a sum. */
function stepsOfLanes({ over }: ContractionPrim, tokens: number): number {
  const inner = longest(over)!;
  const others = over.filter((a) => a !== inner);
  return sizeAt(extents(others), tokens) * Math.ceil(sizeAt(extents([inner]), tokens) / LANES);
}

/** Estimated cycles for all lanes to load an operand, of which vectors take a `share`. */
function reading(p: ContractionPrim, which: 'a' | 'b', share: number): number {
  const inner = longest(p.over)!;
  const loads = loadCycles(p[which], p.args, inner, inner, [...p.axes, ...p.over], false);
  return loads * share + nodesOf(p[which]);
}

/**
 * The schedule in which a subgroup computes `rows` × `cols` dot products; undefined where there are too many of them, no
 * sum, or rows that they overwrite.
 */
export function dotsOf(kernel: ContractionKernel, rows: number, cols: number): LoopSchedule | undefined {
  if (!hasSums(kernel) || kernel.overwrites?.by === 'rows') return undefined;
  if (rows * cols > MAX_ALONG && liesAlong(kernel)) return undefined;
  const tile = { rows, cols, batchThreads: 1, rowThreads: 1, colThreads: 1 };
  return { kernel, tile, emit: () => printWgsl(dotLoops(kernel, rows, cols), { shuffles }) };
}

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
