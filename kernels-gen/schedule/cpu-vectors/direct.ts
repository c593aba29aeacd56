/** Sums whose operands each invocation loads itself. */
import { constantOf, dimConst } from '../../../compiler/dims/dims.ts';
import { ax, iadd, imul, int } from '../../../compiler/primitives/build.ts';
import type { IntExpr } from '../../../compiler/primitives/expr.ts';
import type { Axis, ContractionPrim } from '../../../compiler/primitives/prim.ts';
import { type Frame, operand } from '../../families/contraction/frame.ts';
import { range } from '../../families/contraction/root.ts';
import { vectorSum } from '../../families/contraction/vectors.ts';
import { partOf, vectorsOf } from '../../families/vectors.ts';
import { looped } from '../../fuse/axes.ts';
import { nodesOf } from '../../fuse/cost.ts';
import type { Emitter } from '../../wgsl/emitter.ts';
import { VECTOR } from '../../wgsl/vectors.ts';

/** The largest bodies, in nodes, that the text repeats for four steps of the innermost loop. */
const MAX_UNROLLED_NODES = 24;
const isBrief = ({ a, b }: ContractionPrim): boolean => nodesOf(a) + nodesOf(b) <= MAX_UNROLLED_NODES;

/** Emits the sums of a tile whose operands each invocation loads from memory itself. */
export function sumDirectly(frame: Frame): void {
  const { e } = frame;
  const { steps, loops } = openLoops(frame);
  for (const at of steps) {
    const left = range(frame.rows.each).map((i) => operand(frame, 'a', i, at));
    const right = range(frame.cols.each).map((j) => operand(frame, 'b', j, at));
    frame.sums.add(e, left, frame.sums.grouped(right), (acc, a, b) => `${acc} + ${a} * ${b}`);
  }
  for (const _ of range(loops)) e.close();
}

/** The value of an axis at `by` steps after the current one of its loop, by the axis's name. */
export function stepped(axis: string, by: number): Map<string, IntExpr> {
  const here: IntExpr = { k: 'axis', name: axis };
  return new Map([[axis, { k: 'iadd', a: here, b: { k: 'int', value: by } }]]);
}

/** Defines an axis that counts chunks of `by` steps of `axis`, if something is quantised and the extent known. */
export function chunks(e: Emitter, axis: Axis, start: string, by: number): string | undefined {
  const extent = constantOf(axis.extent);
  if (!e.quantized || extent === undefined) return undefined;
  const chunk = `${axis.name}_chunk`;
  e.define(chunk, `${start} >> ${Math.log2(by)}`, dimConst(Math.ceil(extent / by)));
  return chunk;
}

/**
 * Tells the emitter that an axis equals by·chunk + `within`, where `within` is WGSL for a place in the chunk,
 * 0 … `last`.
 */
export function madeOf(
  e: Emitter,
  axis: string,
  chunk: string,
  by: number,
  within = '0',
  last = within === '0' ? 0 : by - 1,
): void {
  const place = `${axis}_within`;
  e.define(place, within, dimConst(last + 1));
  e.made(axis, iadd(imul(int(by), ax(chunk)), ax(place)));
}

/**
 * Opens the loops over k. The innermost loop is unrolled: VECTOR times where an operand is loaded as vectors along it;
 * 4 or 2 times where that divides its extent and bodies are small; otherwise not at all. Returns the axes' values at
 * each step of the unrolled text, and the number of loops.
 */
function openLoops({ e, root, vectorSums }: Frame): {
  readonly steps: readonly ReadonlyMap<string, IntExpr>[];
  readonly loops: number;
} {
  const loops = looped(root.over);
  const inner = loops.at(-1);
  const extent = inner && constantOf(inner.extent);
  const isAlong = (which: 'a' | 'b') => vectorSums[which] && vectorSum(root, which) === inner;
  const quads = isAlong('a') || isAlong('b');
  const times = [4, 2].find((u) => isBrief(root) && extent !== undefined && extent % u === 0) ?? 1;
  for (const a of loops) {
    if (a !== inner || (times === 1 && !quads)) {
      e.loop(a.name, a.extent);
    } else if (quads) {
      e.loop(`${a.name}_quad`, vectorsOf(a));
    } else {
      e.stride(a.name, extent!, times);
      const chunk = chunks(e, a, a.name, times);
      if (chunk) madeOf(e, a.name, chunk, times);
    }
  }
  const steps = range(quads ? VECTOR : times).map((u) =>
    quads
      ? new Map([[inner!.name, partOf(ax(`${inner!.name}_quad`), VECTOR, u)]])
      : stepped(inner?.name ?? '', u),
  );
  return { steps, loops: loops.length };
}
