/**
 * Stationary schedules hold the columns' operand (b, which has the result's columns) in registers for all
 * steps of a short sum, while rows go by one after another. Lanes, the invocations of a subgroup, load a
 * row's operand once and exchange it by shuffles. These schedules are for rotations by small blocks on CPUs
 * with vectors. A block is loaded once for many rows. No loop carries a sum from step to step, which would
 * take a load, a selection and a store of each sum.
 *
 *     for k in 32: held[k] = b[k, lane]
 *     for row in rows in turn:
 *       left[lane] = a[row, lane], and so on: 8 steps of the sum at a time
 *       for k in 32 unrolled: acc += left[k] * held[k]
 *       out[row, lane] = acc
 */
import { constantOf } from '../../../compiler/dims/dims.ts';
import type { Axis, ContractionPrim } from '../../../compiler/primitives/prim.ts';
import { axesIn, loadsOf } from '../../../compiler/primitives/visit.ts';
import { exchanged, sizesOf } from '../../families/contraction/root.ts';
import { asBuffers } from '../../families/contraction/schedule.ts';
import type { Tile } from '../../families/contraction/tile.ts';
import { innermostLast, tileSteps } from '../../families/contraction/tile-steps.ts';
import type { Vectors } from '../../families/contraction/vectors.ts';
import { vectorsAlone } from '../../families/contraction/vectors.ts';
import type { ScheduleOptions } from '../../families/family.ts';
import { isMultiple } from '../../families/vectors.ts';
import { classify, extents, innermost, longest } from '../../fuse/axes.ts';
import { nodesOf, sizeAt } from '../../fuse/cost.ts';
import { type ContractionKernel, productsOf } from '../../fuse/kernel.ts';
import { isContiguous } from '../../fuse/strides.ts';
import { naiveContraction } from '../../loops/naive.ts';
import { type Scheduled, VECTOR } from '../../loops/type.ts';
import { wholeOf } from '../../memory/overwrite.ts';
import { printWgsl } from '../../print/wgsl.ts';
import { bind } from '../steps/bind.ts';
import { distribute } from '../steps/distribute.ts';
import { fuse } from '../steps/fuse.ts';
import { promote } from '../steps/promote.ts';
import { blockOf, partOf, shiftIn } from '../steps/shift-in.ts';
import { split } from '../steps/split.ts';
import { type LoopStep, scheduled } from '../steps/step.ts';
import { vectorise } from '../steps/vectorise.ts';
import {
  type Costed,
  CYCLES,
  isFar,
  isScattered,
  type LoopSchedule,
  loadCycles,
  MIN_WORK,
  PARALLEL,
  WAIT,
} from './cycles.ts';
import { LANES, shuffles } from './lanes.ts';
import { stepsOf } from './steps.ts';
import { COLS, SCATTERED } from './tiles.ts';
import { isAlong, quadOf } from './vectors.ts';

/** The numbers of rows in turn that a tile may have. */
export const IN_TURN: readonly number[] = [16, 32, 64, 128];
/** The number of columns that suffices for a lane. They share one load of a row's operand. More need more registers. */
const ENOUGH_COLS = 4;
/** The number for a sum of few steps, whose columns need few registers. It takes lavapipe 10 to 15 % less time. */
const ENOUGH_BRIEF = { steps: 8, cols: 8 } as const;
/** The largest number of values that a lane has in registers, and of statements in a step of the loop over rows. */
const MAX_HELD = 512;
/** The number of sums that a CPU adds to at once, where each addition waits for the sum's last one. */
const CHAINS = 4;
/**
 * Fitted cycles of a shuffle from a constant lane (`broadcast`), of a multiply-add into one of CHAINS sums
 * that no loop carries, of a value's load into registers (`hold`), and of each row beside these.
 */
const STATIONARY = { broadcast: 1, multiplyAdd: 1, hold: 10, row: 10 } as const;

/**
 * The best schedules as written and with exchanged operands. Undefined where the sum is long or of unknown length, or
 * where there is too little work.
 */
export function stationarySchedules(
  kernel: ContractionKernel,
  options: Pick<ScheduleOptions, 'tokens' | 'strategy'>,
): readonly [(LoopSchedule & Costed) | undefined, (LoopSchedule & Costed) | undefined] {
  return [choose(kernel, options), choose(exchanged(kernel), options)];
}

/** The schedule with `rows` of a tile and `cols` of a lane; undefined where a lane would need too many registers. */
export function stationaryOf(
  kernel: ContractionKernel,
  rows: number,
  cols: number,
): (LoopSchedule & { readonly vectors: Vectors | undefined }) | undefined {
  const products = productsOf(kernel);
  const held = stepsOf(products) * cols;
  if (held === 0 || held > MAX_HELD || products.some((p) => longest(p.over) === undefined)) return undefined;
  if (innermost(classify(kernel.root).n) === undefined) return undefined;
  // A tile's rows are a multiple of the rows that one step of its loop computes.
  const each = [4, 2].find((n) => n * cols <= CHAINS && n * held <= MAX_HELD) ?? 1;
  const tile = { rows: each, cols, batchThreads: 1, rowThreads: 1, colThreads: LANES, inTurn: rows / each };
  const emit = (isLockstep = false) =>
    printWgsl(stationaryLoops(kernel, tile, isLockstep), { shuffles, isLockstep, isTested: true });
  return { kernel, tile, vectors: vectorsAlone(kernel, { rows: 1, cols }), emit };
}

function choose(
  kernel: ContractionKernel,
  { tokens, strategy }: Pick<ScheduleOptions, 'tokens' | 'strategy'>,
): (LoopSchedule & Costed) | undefined {
  const { root } = kernel;
  const { batch, m, n } = sizesOf(kernel, tokens);
  const products = productsOf(kernel);
  const k = stepsOf(products);
  const along = innermost(classify(root).n);
  if (products.some((p) => isShort(p, tokens))) return undefined;
  if (along === undefined || (strategy !== 'lanes' && batch * m * n * k < MIN_WORK)) return undefined;
  const whole = wholeOf(kernel);
  const wanted = k <= ENOUGH_BRIEF.steps ? ENOUGH_BRIEF.cols : ENOUGH_COLS;
  const enough = Math.ceil(Math.min(Math.max(LANES * wanted, whole.cols), n) / LANES);
  const cols = Math.min(...COLS.filter((c) => c >= enough));
  const store = along === innermost(root.axes) ? CYCLES.load : SCATTERED;
  let best: (LoopSchedule & Costed) | undefined;
  for (const rows of IN_TURN) {
    const schedule = rows < whole.rows ? undefined : stationaryOf(kernel, rows, cols);
    if (!schedule) continue;
    const { vectors, tile } = schedule;
    const multiplyAdd = (STATIONARY.multiplyAdd * CHAINS) / Math.min(CHAINS, tile.rows * cols);
    const sum = (cycles: (p: ContractionPrim) => number) => products.reduce((all, p) => all + cycles(p), 0);
    const tiles = batch * Math.ceil(m / rows) * Math.ceil(n / (LANES * cols));
    const row =
      sum((p) => (stepsOf([p]) / LANES) * readingCycles(p, 'a', along, vectors)) +
      k * (STATIONARY.broadcast + cols * multiplyAdd) +
      cols * (vectors?.out ? CYCLES.vector : store) +
      STATIONARY.row;
    const hold = (p: ContractionPrim) => readingCycles(p, 'b', along, vectors) + STATIONARY.hold;
    const held = sum((p) => stepsOf([p]) * (cols * hold(p) + (isFar(p) ? WAIT : 0)));
    const idle = (Math.ceil(tiles / PARALLEL) * PARALLEL) / tiles;
    const cycles = tiles * (held + Math.min(rows, m) * row) * idle;
    if (!best || cycles < best.cycles) best = { ...schedule, cycles };
  }
  return best;
}

/**
 * Whether a sum's longest axis is so short that a row's operand takes more than twice the loads that it fills. All lanes
 * together load LANES steps along that axis.
 */
function isShort(product: ContractionPrim, tokens: number): boolean {
  const inner = longest(product.over);
  const loads = sizeAt(extents(product.over.filter((a) => a !== inner)), tokens);
  return loads > 2 * Math.ceil(stepsOf([product]) / LANES);
}

/** Estimated cycles for all lanes to load one operand at one step. */
export function readingCycles(
  p: ContractionPrim,
  which: 'a' | 'b',
  along: Axis,
  vectors: Vectors | undefined,
): number {
  const inner = longest(p.over)!;
  const axes = [...p.axes, ...p.over];
  const e = p[which];
  const loads = loadsOf(e);
  const byVector = loads.every((l) => vectors?.args.has(l.arg)) ? CYCLES.vector / CYCLES.load : 1;
  const lanes = which === 'a' ? inner : along;
  const apart = which === 'a' ? !isContiguous(e, inner, p.args, axes) : isScattered(p, along);
  const one = loadCycles(e, p.args, lanes, inner, axes, apart);
  return Math.max(1, loads.length) * one * byVector + nodesOf(e);
}

/**
 * The largest number of values that a lane holds in the variables of a shift register. Moving more takes longer than a
 * store to an array at a variable index, which takes a CPU one store for each lane.
 */
const MAX_SHIFTED = 128;

/** The loops of a kernel in canonical form. */
export const stationaryLoops = (kernel: ContractionKernel, tile: Tile, isLockstep = false): Scheduled =>
  scheduled(naiveContraction(kernel, productsOf(kernel)), stationarySteps(kernel, tile, isLockstep));

function stationarySteps(kernel: ContractionKernel, tile: Tile, isLockstep: boolean): readonly LoopStep[] {
  const products = productsOf(kernel);
  const vectors = vectorsAlone(kernel, { rows: 1, cols: tile.cols });
  const { steps, each, turn } = tileSteps(kernel, tile, {
    vectors,
    waiting: isLockstep ? 'subgroup' : 'workgroup',
  });
  // The variables of a row share the shuffles of the row's operand.
  const isShared = tile.cols > (each.includes('v') ? VECTOR : 1);
  return [
    ...products.flatMap((p) => innermostLast(p.over)),
    ...steps,
    ...asBuffers(kernel, vectors),
    ...each.map((e) => (e === 'v' ? vectorise(e, []) : bind(e, 'unrolled'))),
    ...products.flatMap((p, n) => holdingSteps(p, { n, each, turn: turn!, vectors, cols: tile.cols })),
    ...(isShared ? [promote('left', each)] : []),
    bind(turn!, 'opaque'),
    fuse,
  ];
}

interface Holding {
  /** The product's number. */
  readonly n: number;
  /** The loops over results that a lane has at a time. */
  readonly each: readonly string[];
  /** The loop over the rows in turn. */
  readonly turn: string;
  readonly vectors: Vectors | undefined;
  readonly cols: number;
}

/** The ends of the names in the loops that load a row's operand, and the held one. */
const [ROW, HELD] = ['_row', '_held'];

/**
 * The steps of a product: its columns' operand is held before the rows go by, and the lanes load the operand of each
 * row. The held values are loaded in a loop, because each load in the text is slow to compile.
 */
function holdingSteps(
  product: ContractionPrim,
  { n, each, turn, vectors, cols }: Holding,
): readonly LoopStep[] {
  const { name, extent } = longest(product.over)!;
  const others = product.over.flatMap((a) => (a.name === name ? [] : [a.name]));
  const held = `held${n}`;
  const along = axesIn(product.b);
  const isSummed = along.has(name);
  const isShifted = isSummed && isMultiple(constantOf(extent)) && stepsOf([product]) * cols <= MAX_SHIFTED;
  const quads = isAlong(product, 'a', vectors) ? [split(name, VECTOR, ...quadOf(name))] : [];
  // A part of a row's vectors then meets the registers of that part alone, which have an array of their own. LLVM compiles
  // four arrays of 32 vectors in half the time that it takes for one of 128.
  const isApart = quads.length > 0 && isSummed && !isShifted;
  const own = isApart ? quadOf(name) : [name];
  const loads = [...others.filter((a) => along.has(a)), ...(isSummed ? own : [])].map((a) => `${a}${HELD}`);
  const last = loads.at(-1)!;
  const blocked = isShifted
    ? [shiftIn(held, loads, VECTOR)]
    : isAlong(product, 'b', vectors) && !isApart
      ? [split(last, VECTOR, blockOf(last), partOf(last))]
      : [];
  const unrolled = isApart ? [last] : blocked.length > 0 ? [partOf(last)] : [];
  const serial = isApart
    ? loads.slice(0, -1)
    : blocked.length > 0
      ? [...loads.slice(0, -1), blockOf(last)]
      : loads;
  return [
    ...(isApart ? quads : []),
    promote('right', [...others, ...own, ...each], { as: held, before: turn, suffix: HELD }),
    ...blocked,
    ...serial.map((a) => bind(a, 'opaque')),
    ...unrolled.map((a) => bind(a, 'unrolled')),
    ...(isApart ? [] : quads),
    ...exchangeSteps(product, { n, each, vectors }),
    ...others.map((a) => bind(a, 'unrolled')),
  ];
}

/**
 * The steps by which lanes load a row's operand: each a step of the sum at a time, or VECTOR steps, by which the loop is split
 * then.
 */
function exchangeSteps(
  product: ContractionPrim,
  { n, each, vectors }: Pick<Holding, 'n' | 'each' | 'vectors'>,
): readonly LoopStep[] {
  const { name } = longest(product.over)!;
  const along = isAlong(product, 'a', vectors) ? quadOf(name).toReversed() : [name];
  const left = `left${n}`;
  const isExchanged = axesIn(product.a).has(name);
  return [
    promote('left', [...each, ...along], { as: left, suffix: ROW }),
    ...(isExchanged
      ? [...along.map((a) => bind(`${a}${ROW}`, 'unrolled')), distribute(left, 'col_thread')]
      : []),
    ...along.map((a) => bind(a, 'unrolled')),
  ];
}
