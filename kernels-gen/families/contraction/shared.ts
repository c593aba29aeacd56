/**
 * A workgroup copies a tile of each operand, DEPTH steps of k at a time, to its memory, and its threads multiply from
 * there: what a thread of the direct kernel loads for itself is loaded once for all. Steps beyond the last are 0.
 */
import { constantOf } from '../../../compiler/ir/dims.ts';
import type { Axis } from '../../../compiler/primitives/prim.ts';
import { rewriteExpr } from '../../../compiler/primitives/substitute.ts';
import { sizeAt } from '../../fuse/cost.ts';
import { extents, looped, type ScheduleOptions, unravel } from '../family.ts';
import type { Frame, Schedule } from './emit.ts';
import {
  type ContractionKernel,
  classify,
  type Direction,
  instance,
  isContiguous,
  longest,
  range,
} from './root.ts';

/** Steps of k that are staged together, and that the innermost loop repeats in its text. */
const DEPTH = 16;
const UNROLLED = 4;
/** Results of a thread along each direction, and of a workgroup. */
const EACH = 4;
const LEAST = 16;
const MOST = 64;
/** Workgroups that keep a GPU busy: tiles shrink until there are as many. */
const PARALLEL = 128;
/** Below this many multiply-adds staging does not pay. */
const MIN_WORK = 1 << 24;

/** undefined where a tile would be mostly edge, or there is too little to do. */
export function sharedSchedule(
  kernel: ContractionKernel,
  { tokens, strategy }: ScheduleOptions,
): Schedule | undefined {
  const { root } = kernel;
  const groups = classify(root);
  const size = (axes: readonly Axis[]) => sizeAt(extents(axes), tokens);
  const [batch, m, n, k] = [size(groups.batch), size(groups.m), size(groups.n), size(root.over)];
  if (longest(root.over) === undefined) return undefined;
  if (strategy !== 'shared' && (Math.min(m, n) < LEAST || batch * m * n * k < MIN_WORK)) return undefined;
  let [rows, cols] = [MOST, MOST];
  const shrink = () => batch * Math.ceil(m / rows) * Math.ceil(n / cols) < PARALLEL;
  while (rows > LEAST && (rows >= 2 * m || shrink())) rows /= 2;
  while (cols > LEAST && (cols >= 2 * n || shrink())) cols /= 2;
  const tile = { rows: EACH, cols: EACH, batchThreads: 1, rowThreads: rows / EACH, colThreads: cols / EACH };
  return { kernel, tile, sum: sumStaged, shared: { name: 'staged', elements: (rows + cols) * DEPTH } };
}

/** One operand's part in staging. */
interface Staged {
  readonly which: 'a' | 'b';
  readonly direction: Direction;
  /** Positions of the tile, and where it begins in workgroup memory. */
  readonly span: number;
  readonly base: number;
}

function sumStaged(frame: Frame): void {
  const { e, root, rows, cols } = frame;
  const inner = longest(root.over)!;
  const extent = constantOf(inner.extent);
  const exact = extent !== undefined && extent % DEPTH === 0;
  const threads = rows.threads * cols.threads;
  const left: Staged = { which: 'a', direction: rows, span: rows.threads * rows.each, base: 0 };
  const right: Staged = {
    which: 'b',
    direction: cols,
    span: cols.threads * cols.each,
    base: left.span * DEPTH,
  };
  const loads = [left, right].flatMap((s) => places(frame, s, inner, threads));
  const outer = looped(root.over.filter((a) => a !== inner));
  for (const a of outer) e.loop(a.name, a.extent);
  const first = `${inner.name}_first`;
  e.loop(first, inner.extent, '0', DEPTH);
  e.line('workgroupBarrier();');
  for (const load of loads) load(first, exact);
  e.line('workgroupBarrier();');
  e.open(`for (var step = 0; step < ${DEPTH}; step += ${UNROLLED})`);
  for (const u of range(UNROLLED)) {
    const read = ({ which, direction, span, base }: Staged) =>
      range(direction.each).map((i) => {
        const name = `${which}${i}_${u}`;
        const offset = base + u * span + i * direction.threads;
        e.line(`let ${name} = staged[step * ${span} + ${frame.thread(direction)} + ${offset}];`);
        return name;
      });
    const [xs, ys] = [read(left), read(right)];
    for (const [i, x] of xs.entries())
      for (const [j, y] of ys.entries()) e.line(`acc_${i}_${j} = fma(${x}, ${y}, acc_${i}_${j});`);
  }
  for (const _ of range(outer.length + 2)) e.close();
}

/**
 * The elements that this thread copies: neighbours in memory by neighbouring threads. Their positions are known
 * before the loops; what is returned emits the copies in them.
 */
function places(
  { e, root, batch, tileStart }: Frame,
  { which, direction, span, base }: Staged,
  inner: Axis,
  threads: number,
): ((first: string, exact: boolean) => void)[] {
  const alongK = isContiguous(root[which], inner, root.args, [...root.axes, ...root.over]);
  return range((span * DEPTH) / threads).map((s) => {
    const copy = `${which}${s}`;
    const at = e.name(`lane + ${s * threads}`, 0).text;
    const [low, high] = [alongK ? DEPTH : span, alongK ? span : DEPTH];
    const fast = e.name(`${at} & ${low - 1}`, 0).text;
    const slow = e.name(`(${at} >> ${Math.log2(low)}u) & ${high - 1}`, 0).text;
    const [step, place] = alongK ? [fast, slow] : [slow, fast];
    const inside = e.name(`min(${tileStart(direction)} + ${place}, ${e.size(direction.size)} - 1)`, 0).text;
    unravel(e, direction.axes, inside, `_${copy}`);
    return (first, exact) => {
      const size = e.size(inner.extent);
      const k = `${inner.name}_${copy}`;
      e.line(`let ${k}_at = ${first} + ${step};`);
      e.define(k, exact ? `${k}_at` : `min(${k}_at, ${size} - 1)`, inner.extent);
      const here = instance(
        [
          [batch, 0],
          [direction, copy],
        ],
        new Map([[inner.name, { k: 'axis', name: k }]]),
      );
      const value = e.floatName(rewriteExpr(root[which], here));
      const known = exact ? value : `select(0.0f, ${value}, ${k}_at < ${size})`;
      e.line(`staged[${step} * ${span} + ${place}${base === 0 ? '' : ` + ${base}`}] = ${known};`);
    };
  });
}
