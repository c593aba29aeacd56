/**
 * Emits a tile's sums in fused blocks by one subgroup. Each lane (an invocation) loads one step of the rows' operand a.
 * Lanes get each other's steps by shuffles. In the emitted code, `first` is the step of the first lane, and `mine` that
 * of this lane.
 */
import { constantOf } from '../../../compiler/dims/dims.ts';
import { ax } from '../../../compiler/primitives/build.ts';
import type { IntExpr } from '../../../compiler/primitives/expr.ts';
import type { Axis } from '../../../compiler/primitives/prim.ts';
import { rewriteExpr } from '../../../compiler/primitives/substitute.ts';
import { loadsOf } from '../../../compiler/primitives/visit.ts';
import { fused, named } from '../../families/contraction/accumulators.ts';
import { type Frame, operand } from '../../families/contraction/frame.ts';
import { instance, range } from '../../families/contraction/root.ts';
import { rowAt } from '../../families/contraction/store.ts';
import { innermost, longest, looped } from '../../fuse/axes.ts';
import { unknown } from '../../wgsl/size.ts';
import { isScattered } from './cycles.ts';
import { chunks, madeOf, stepped } from './direct.ts';
import { LANES, shuffles } from './lanes.ts';

export function sumInLanes(frame: Frame): void {
  const { e, root } = frame;
  e.shuffles = shuffles;
  const inner = longest(root.over)!;
  const outer = looped(root.over.filter((a) => a !== inner));
  for (const a of outer) e.loop(a.name, a.extent);
  // All steps of a column come before the next column, whose loads may evict the column's lines from the cache.
  const isFar = isScattered(root, innermost(frame.cols.axes)!);
  sumSingly(frame, inner, isFar && (constantOf(inner.extent) ?? 1) % 2 === 0 ? 2 : 1);
  for (const _ of outer) e.close();
  e.shuffles = undefined;
}

/** The rows' operand. Each lane has loaded one step of it. */
interface Left {
  /** The WGSL name of each row's value. */
  readonly held: readonly string[];
  /** The axis of the first lane's step. */
  readonly first: string;
  /** The axis that counts chunks of LANES steps, for a quantised operand. */
  readonly chunk: string | undefined;
}

function loadLeft(frame: Frame, inner: Axis): Left {
  const { e } = frame;
  const size = e.size(inner.extent);
  const exact = isExact(inner);
  const [first, mine] = [`${inner.name}_first`, `${inner.name}_mine`];
  e.loop(first, inner.extent, '0', LANES);
  const chunk = chunks(e, inner, first, LANES);
  e.define(mine, exact ? `${first} + lane` : `min(${first} + lane, ${size} - 1)`, inner.extent);
  if (chunk && exact) madeOf(e, mine, chunk, LANES, 'lane');
  const at = new Map([[inner.name, ax(mine)]]);
  const held = isBrief(frame, inner)
    ? loadedInLoop(frame, at)
    : range(frame.rows.each).map((i) => operand(frame, 'a', i, at));
  return { held, first, chunk };
}

/**
 * The largest number of steps of a sum that loads its rows' operand in a loop. Written one by one, the loads would be
 * most of the text of so short a sum.
 */
const BRIEF = 64;

function isBrief({ e, root, rows }: Frame, { extent }: Axis): boolean {
  if (rows.each <= LANES || rows.vectorWidth > 1) return false;
  const plain = loadsOf(root.a).every((l) => !e.tensors[l.arg]!.storage);
  return plain && (constantOf(extent) ?? Infinity) <= BRIEF;
}

/** Loads the operand of every row at one place of the sum. */
function loadedInLoop(frame: Frame, at: ReadonlyMap<string, IntExpr>): string[] {
  const { e, root, rows, batch } = frame;
  e.line(`var loaded: array<f32, ${rows.each}>;`);
  e.open(`for (var i = 0; i < ${unknown(rows.each)}; i += 1)`);
  const row = rowAt(frame, 'i');
  e.line(`loaded[i] = ${e.float(rewriteExpr(root.a, instance([[batch, 0], row], at)))};`);
  e.close();
  return range(rows.each).map((i) => `loaded[${i}]`);
}

const isExact = ({ extent }: Axis): boolean => (constantOf(extent) ?? 1) % LANES === 0;

/** Emits sums whose lanes load one element of the rows' operand at a time, and `unrolled` steps of each column. */
function sumSingly(frame: Frame, inner: Axis, unrolled: number): void {
  const { e } = frame;
  const { held, first, chunk } = loadLeft(frame, inner);
  const count = isExact(inner)
    ? `${LANES}`
    : e.name(`min(${LANES}, ${e.size(inner.extent)} - ${first})`, e.depth).text;
  e.open(`for (var step = 0; step < ${e.end(count)}; step += ${unrolled})`);
  e.define(inner.name, `${first} + step`, inner.extent);
  if (chunk) madeOf(e, inner.name, chunk, LANES, 'step', LANES - unrolled);
  const steps = range(unrolled).map((u) => stepped(inner.name, u));
  const right = range(frame.cols.each).map((j) => steps.map((at) => operand(frame, 'b', j, at)));
  for (const u of range(unrolled)) {
    const step = e.name(`u32(${u > 0 ? `step + ${u}` : 'step'})`, e.depth).text;
    addProducts(
      frame,
      held.map((h) => `subgroupShuffle(${h}, ${step})`),
      right.map((r) => r[u]!),
    );
  }
  e.close();
  e.close();
}

/**
 * Adds a step's products to the accumulators. For vectors, it adds all rows of one column of vectors before
 * the next column, so that one right value is in registers at a time. This takes lavapipe 2 to 5% less time.
 * For numbers, it would take 5 to 8% more.
 */
function addProducts({ e, sums }: Frame, left: readonly string[], right: readonly string[]): void {
  const columns = sums.grouped(right);
  if (sums.type === 'f32' || sums.variables === 1 || left.length === 1) {
    sums.add(e, left, columns);
    return;
  }
  const names = columns.map((c) => named(e, c));
  const rows = left.map((l) => named(e, l));
  for (const [g, column] of names.entries())
    for (const [i, row] of rows.entries()) {
      const acc = sums.ofRow(i)[g]!;
      e.line(`${acc} = ${fused(acc, row, column, sums.type)};`);
    }
}
