/**
 * Emits the kernel around a contraction's sums: the positions of a thread's results, and their stores. Rows and
 * columns beyond the edge repeat the last one and are not stored.
 */
import { constantOf, dimConst } from '../../../compiler/dims/dims.ts';
import { ax, iadd, imul, int } from '../../../compiler/primitives/build.ts';
import type { Axis } from '../../../compiler/primitives/prim.ts';
import { classify, count, digitsOf } from '../../fuse/axes.ts';
import { productsOf } from '../../fuse/kernel.ts';
import type { Emitter } from '../../wgsl/emitter.ts';
import { VECTOR } from '../../wgsl/vectors.ts';
import { unravel } from '../family.ts';
import { Accumulators } from './accumulators.ts';
import type { Schedule } from './frame.ts';
import { type Direction, groupedAxes, range, spanOf } from './root.ts';
import { type Results, type StoreTarget, storeEach, storeInLoops } from './store.ts';

/** WGSL for the number of tiles along a direction. */
function tilesText(e: Emitter, d: Direction): string {
  const span = spanOf(d);
  const constant = constantOf(d.size);
  if (constant !== undefined) return `${Math.ceil(constant / span)}`;
  return e.name(`(${e.size(d.size)} + ${span - 1}) / ${span}`, 0).text;
}

/**
 * Emits this thread's positions along a direction, counted from the tile's first one. A vector of neighbours
 * is one position. Returns the condition under which each position is a result; null where it always is.
 */
function positions(
  e: Emitter,
  d: Direction,
  tile: string,
  thread: string,
  each: number,
  firsts: Map<Direction, string>,
): (string | null)[] {
  const axes = groupedAxes(d);
  const size = count(axes);
  const span = (d.threads * d.each) / d.vectorWidth;
  const constant = constantOf(size);
  const exact = constant !== undefined && constant % span === 0;
  return range(each / d.vectorWidth).map((i) => {
    const start = [
      tile === '0' ? [] : [span === 1 ? tile : `${tile} * ${span}`],
      thread === '0' ? [] : [thread],
    ].flat();
    const text = [...start, ...(i > 0 ? [i * d.threads] : [])].join(' + ') || '0';
    const at = /^[a-z]\w*$/.test(text) ? text : e.name(text, e.depth).text;
    if (i === 0) firsts.set(d, at);
    const inside = exact ? at : e.name(`min(${at}, ${e.size(size)} - 1)`, e.depth).text;
    unravel(e, axes, inside, `_${i}`);
    if (constant !== undefined) placeInWords(e, d, tile, thread, i);
    return exact ? null : `${at} < ${e.size(size)}`;
  });
}

/**
 * Tells the emitter how a position follows from its tile and thread, where something is quantised and the
 * number of threads divides that of positions. The emitter then sees that neighbouring threads read one word
 * of a quantised tensor. Positions beyond the edge repeat the last ones.
 */
function placeInWords(e: Emitter, d: Direction, tile: string, thread: string, i: number): void {
  const rounds = constantOf(d.size)! / d.threads;
  if (!e.quantized || d.threads === 1 || d.axes.length === 0 || !Number.isInteger(rounds)) return;
  const [start, round, lane] = [`${d.name}_tile`, `${d.name}_round${i}`, `${d.name}_thread`];
  const exact = rounds % d.each === 0;
  if (i === 0) {
    e.define(lane, thread, dimConst(d.threads));
    e.define(start, tile, dimConst(Math.ceil(rounds / d.each)));
  }
  if (!exact) e.define(round, `min(${tile} * ${d.each} + ${i}, ${rounds - 1})`, dimConst(rounds));
  const at = exact ? iadd(imul(int(d.each), ax(start)), int(i)) : ax(round);
  const flat = iadd(imul(int(d.threads), at), ax(lane));
  for (const [name, value] of digitsOf(d.axes, flat)!) e.made(`${name}_${i}`, value);
}

/**
 * The largest number of results of a thread that are stored without a loop. Each store in the text is slow to
 * compile.
 */
const MAX_STORES = 16;

/** The directions of a schedule. Tiles are counted along columns fastest, then rows, then batch. */
function directionsOf({
  kernel,
  tile,
  vectors,
}: Schedule): [cols: Direction, rows: Direction, batch: Direction] {
  const groups = classify(kernel.root);
  const direction = (
    name: string,
    axes: readonly Axis[],
    threads: number,
    each: number,
    vectorWidth = 1,
  ) => ({
    name,
    axes,
    size: count(axes),
    threads,
    each,
    vectorWidth,
  });
  return [
    direction('col', groups.n, tile.colThreads, tile.cols, vectors?.cols ? VECTOR : 1),
    direction('row', groups.m, tile.rowThreads, tile.rows, vectors?.rows ? VECTOR : 1),
    direction('batch', groups.batch, tile.batchThreads, 1),
  ];
}

/** The number of tiles of a contraction without run-time sizes. */
export const tileCount = (schedule: Schedule): number =>
  directionsOf(schedule).reduce((n, d) => n * Math.ceil(constantOf(d.size)! / spanOf(d)), 1);

/** Emits the sums of a tile, whose index is `position`, and the stores of its results to every target. */
export function emitTile(
  e: Emitter,
  schedule: Schedule,
  position: string,
  targets: readonly StoreTarget[],
): void {
  const { kernel, tile, sum, lockstep } = schedule;
  const { root, epilogue } = kernel;
  const directions = directionsOf(schedule);
  const [cols, rows, batch] = directions;
  const guards = new Map<Direction, (string | null)[]>();
  const threads = new Map<Direction, string>();
  const firsts = new Map<Direction, string>();
  let rest = position;
  let thread = 1;
  for (const d of directions) {
    const n = tilesText(e, d);
    const lane =
      d.threads === 1
        ? '0'
        : e.name(`${thread === 1 ? 'lane' : `(lane >> ${Math.log2(thread)})`} & ${d.threads - 1}`, 0).text;
    thread *= d.threads;
    let at = '0';
    if (d === batch) {
      at = rest;
    } else if (n !== '1') {
      const divisor = /^\d+$/.test(n) ? `${Math.max(1, Number(n))}u` : `u32(max(${n}, 1))`;
      const next = e.name(`i32(u32(${rest}) / ${divisor})`, e.depth).text;
      at = e.name(`${rest} - ${next} * ${n}`, e.depth).text;
      rest = next;
    }
    threads.set(d, lane);
    guards.set(d, positions(e, d, at, lane, d.each, firsts));
  }

  const frame = {
    e,
    root,
    rows,
    cols,
    batch,
    vectorSums: schedule.vectors?.sums ?? { a: false, b: false },
    thread: (d: Direction) => threads.get(d)!,
    first: (d: Direction) => firsts.get(d)!,
    sums: new Accumulators(tile.rows, tile.cols, { scalar: e.quantized }),
  };
  frame.sums.declare(e);
  for (const product of productsOf(kernel)) {
    // The operands of each product have names of their own.
    if (product !== root) e.open('');
    sum({ ...frame, root: product });
    if (product !== root) e.close();
  }
  // The barrier waits until all threads of the workgroup have read what the stores will overwrite.
  if (kernel.overwrites?.by === 'rows' && !lockstep) e.line('storageBarrier();');

  const finished: Results = { epilogue, frame, guards, targets };
  if (tile.rows * tile.cols > MAX_STORES) storeInLoops(finished);
  else storeEach(finished);
}
