/**
 * Stationary schedules hold the columns' operand (b, which has the result's columns) in registers for all
 * steps of a short sum, while rows go by one after another. Lanes, the invocations of a subgroup, load a
 * row's operand once and exchange it by shuffles. These schedules are for rotations by small blocks on CPUs
 * with vectors. A block is loaded once for many rows. No loop carries a sum from step to step, which would
 * take a load, a selection and a store of each sum.
 */
import { constantOf, dimConst } from '../../../compiler/dims/dims.ts';
import { ax, iadd, int } from '../../../compiler/primitives/build.ts';
import type { IntExpr } from '../../../compiler/primitives/expr.ts';
import type { Axis, ContractionPrim } from '../../../compiler/primitives/prim.ts';
import { rewriteInt, substituteAxes } from '../../../compiler/primitives/substitute.ts';
import { loadsOf } from '../../../compiler/primitives/visit.ts';
import { type Frame, operand, type Schedule } from '../../families/contraction/frame.ts';
import { exchanged, range, sizesOf } from '../../families/contraction/root.ts';
import { vectorSum, vectorsAlone } from '../../families/contraction/vectors.ts';
import type { ScheduleOptions } from '../../families/family.ts';
import { isMultiple, partOf, vectorsOf } from '../../families/vectors.ts';
import { axisRefs, classify, count, extents, innermost, longest, looped } from '../../fuse/axes.ts';
import { nodesOf } from '../../fuse/cost.ts';
import { type ContractionKernel, productsOf } from '../../fuse/kernel.ts';
import { isContiguous } from '../../fuse/strides.ts';
import { wholeOf } from '../../memory/overwrite.ts';
import { VECTOR } from '../../wgsl/vectors.ts';
import { CYCLES, isScattered, type LaneSchedule, loadCycles, MIN_WORK, PARALLEL } from './cycles.ts';
import { fromLane, LANE, LANES, shuffles } from './lanes.ts';
import { type Run, runsOf, stepsOf } from './steps.ts';
import { COLS, SCATTERED } from './tiles.ts';

/** The numbers of rows in turn that a tile may have. */
export const IN_TURN: readonly number[] = [16, 32, 64, 128];
/** The number of columns that suffices for a lane. They share one load of a row's operand. More need more registers. */
const ENOUGH_COLS = 4;
/** The largest number of values that a lane has in registers, and of statements in a step of the loop over rows. */
const MAX_HELD = 512;
/** The axis of the step that a lane loads, where fewer steps are left than lanes. */
const MINE = 'mine';
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
): readonly [LaneSchedule | undefined, LaneSchedule | undefined] {
  return [choose(kernel, options), choose(exchanged(kernel), options)];
}

/** The schedule with `rows` of a tile and `cols` of a lane; undefined where a lane would need too many registers. */
export function stationaryOf(kernel: ContractionKernel, rows: number, cols: number): Schedule | undefined {
  const products = productsOf(kernel);
  const held = stepsOf(products) * cols;
  if (held === 0 || held > MAX_HELD || products.some((p) => longest(p.over) === undefined)) return undefined;
  if (innermost(classify(kernel.root).n) === undefined) return undefined;
  const vectors = vectorsAlone(kernel, { rows: 1, cols });
  // A tile's rows are a multiple of the rows that one step of its loop computes.
  const each = [4, 2, 1].find((n) => n * cols <= CHAINS && n * held <= MAX_HELD) ?? 1;
  const tile = { rows: each, cols, batchThreads: 1, rowThreads: 1, colThreads: LANES, inTurn: rows / each };
  const before = (p: ContractionPrim) => stepsOf(products.slice(0, products.indexOf(p)));
  return {
    kernel,
    tile,
    begin: (frame) => hold(frame, products),
    sum: (frame) => sumOfRows(frame, before(frame.root)),
    ...(vectors ? { vectors } : {}),
  };
}

function choose(
  kernel: ContractionKernel,
  { tokens, strategy }: Pick<ScheduleOptions, 'tokens' | 'strategy'>,
): LaneSchedule | undefined {
  const { root } = kernel;
  const { batch, m, n } = sizesOf(kernel, tokens);
  const products = productsOf(kernel);
  const k = stepsOf(products);
  const along = innermost(classify(root).n);
  if (products.some((p) => loadsOfRow(p) > 2 * Math.ceil(stepsOf([p]) / LANES))) return undefined;
  if (along === undefined || (strategy !== 'lanes' && batch * m * n * k < MIN_WORK)) return undefined;
  const whole = wholeOf(kernel);
  const enough = Math.min(Math.max(ENOUGH_COLS, Math.ceil(whole.cols / LANES)), Math.ceil(n / LANES));
  const cols = COLS.find((c) => c >= enough) ?? Infinity;
  const store = along === innermost(root.axes) ? CYCLES.load : SCATTERED;
  let best: LaneSchedule | undefined;
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
    const held = cols * sum((p) => stepsOf([p]) * (readingCycles(p, 'b', along, vectors) + STATIONARY.hold));
    const idle = (Math.ceil(tiles / PARALLEL) * PARALLEL) / tiles;
    const cycles = tiles * (held + Math.min(rows, m) * row) * idle;
    if (!best || cycles < best.cycles) best = { ...schedule, cycles };
  }
  return best;
}

/**
 * The number of loads by all lanes together that a row's operand takes. Each loads LANES steps along the
 * longest axis.
 */
function loadsOfRow({ over }: ContractionPrim): number {
  const steps = constantOf(count(over)) ?? 1;
  const inner = longest(over);
  const along = (inner && constantOf(inner.extent)) ?? 1;
  return (steps / along) * Math.ceil(along / LANES);
}

/** Estimated cycles for all lanes to load one operand at one step. */
function readingCycles(
  p: ContractionPrim,
  which: 'a' | 'b',
  along: Axis,
  vectors: Schedule['vectors'],
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
 * The largest number of values of a shift register. Moving more takes longer than a store to an array at a variable
 * index.
 */
const MAX_SHIFTED = 128;

/** Whether the columns' operand is loaded through a shift register, to which each step adds VECTOR values. */
function isShifted(p: ContractionPrim, cols: number): boolean {
  const inner = longest(p.over)!;
  const inOrder = inner === looped(p.over).at(-1) && isMultiple(constantOf(inner.extent));
  return inOrder && stepsOf([p]) * cols <= MAX_SHIFTED;
}

/** The name of value i of the columns' operands, which are counted product by product. */
const heldAt = (i: number, shifted: boolean): string => (shifted ? `held_${i}` : `held[${i}]`);

/**
 * Loads the columns' operand at every step of every product. It does so in loops, because each load in the text is slow
 * to compile. Where values are few, they go through a shift register of variables: a store to an array at a variable
 * index takes a CPU one store for each lane.
 */
function hold(frame: Frame, products: readonly ContractionPrim[]): void {
  const { e } = frame;
  const { sums } = frame;
  const cols = frame.cols.each;
  const groups = sums.variables;
  if (!products.every((p) => isShifted(p, cols)))
    e.line(`var held: array<${sums.type}, ${stepsOf(products) * groups}>;`);
  const { rolled } = e;
  e.shuffles = shuffles;
  e.rolled = true;
  let first = 0;
  for (const product of products) {
    const loops = looped(product.over);
    const inner = longest(product.over)!;
    const shifted = isShifted(product, cols);
    const quads = shifted || (frame.vectorSums.b && vectorSum(product, 'b') === inner);
    const quad = `${inner.name}_quad`;
    const names = range(stepsOf([product]) * groups).map((i) => heldAt(first + i, shifted));
    if (shifted) for (const name of names) e.line(`var ${name} = ${sums.type}();`);
    for (const a of loops) {
      if (a === inner && quads) e.loop(quad, vectorsOf(a));
      else e.loop(a.name, a.extent);
    }
    const steps = range(quads ? VECTOR : 1).map((u) =>
      quads ? new Map([[inner.name, partOf(ax(quad), VECTOR, u)]]) : new Map<string, IntExpr>(),
    );
    const values = steps.map((at) =>
      sums.grouped(range(cols).map((j) => operand({ ...frame, root: product }, 'b', j, at))),
    );
    if (shifted) {
      const next = [...names, ...values.flat()].slice(VECTOR * groups);
      for (const [i, name] of names.entries()) e.line(`${name} = ${next[i]};`);
    } else {
      for (const [u, here] of values.entries()) {
        const step = axisRefs(loops).map((x) => rewriteInt(x, substituteAxes(steps[u]!)));
        const place = e.address(extents(loops), step);
        for (const [j, value] of here.entries())
          e.line(`held[(${place}) * ${groups} + ${first + j}] = ${value};`);
      }
    }
    for (const _ of loops) e.close();
    first += names.length;
  }
  e.rolled = rolled;
  e.shuffles = undefined;
}

/** Emits the sums of the current rows for one product. `first` is the number of steps of the products before it. */
function sumOfRows(frame: Frame, first: number): void {
  const { e, rows, cols, sums } = frame;
  const shifted = isShifted(frame.root, cols.each);
  e.shuffles = shuffles;
  for (const run of runsOf(frame.root)) {
    const left = range(rows.each).map((i) => broadcastAlong(frame, i, run));
    for (const [k, step] of run.steps.entries()) {
      const right = range(sums.variables).map((g) => heldAt((first + step) * sums.variables + g, shifted));
      const here = left.map((l) => l[k]!);
      sums.add(e, here, right);
    }
  }
  e.shuffles = undefined;
}

/** WGSL for a row's operand at each step: a shuffle from the lane that loaded it. */
function broadcastAlong(frame: Frame, i: number, { inner, others, steps }: Run): string[] {
  const { e, root } = frame;
  const each = frame.vectorSums.a && vectorSum(root, 'a') === inner ? VECTOR : 1;
  const held = range(Math.ceil(steps.length / (LANES * each))).map((chunk) => {
    const first = chunk * LANES;
    const whole = (first + LANES) * each <= steps.length;
    if (whole) e.define(LANE, LANE, dimConst(LANES));
    else e.define(MINE, e.name(`min(${first} + lane, ${steps.length - 1})`, e.depth).text, inner.extent);
    const at = whole ? iadd(int(first), ax(LANE)) : ax(MINE);
    const part = (u: number) => new Map([...others, [inner.name, partOf(at, each, u)]]);
    return range(each).map((u) => operand(frame, 'a', i, part(u)));
  });
  return range(steps.length).map((k) => {
    const place = Math.floor(k / each);
    return fromLane(held[Math.floor(place / LANES)]![k % each]!, place % LANES);
  });
}
