/**
 * Stages operands: a workgroup copies a tile of each to its memory, DEPTH steps of k at a time, and multiplies from
 * there. Each element is loaded once for all threads, and not by each. Steps beyond the last are 0.
 */
import { constantOf } from '../../../compiler/dims/dims.ts';
import type { Axis, ContractionPrim } from '../../../compiler/primitives/prim.ts';
import { rewriteExpr } from '../../../compiler/primitives/substitute.ts';
import type { Frame } from '../../families/contraction/frame.ts';
import { type Direction, instance, range, spanOf } from '../../families/contraction/root.ts';
import { unravel } from '../../families/family.ts';
import { isVector } from '../../families/vectors.ts';
import { classify, innermost, longest, looped } from '../../fuse/axes.ts';
import { type ContractionKernel, productsOf } from '../../fuse/kernel.ts';
import { isContiguous } from '../../fuse/strides.ts';
import { PARTS, VECTOR } from '../../wgsl/vectors.ts';
import { DEPTH } from './shared.ts';

/** An operand's tile in workgroup memory. Its element (step, place) is at base + step·span + place. */
export interface Staged {
  readonly which: 'a' | 'b';
  readonly direction: Direction;
  /** The number of positions of the tile. */
  readonly span: number;
  readonly base: number;
}

/** Emits loops over k in which the workgroup stages both operands as `element`s and `multiply` adds products. */
export function sumStaged(
  frame: Frame,
  element: 'f32' | 'f16',
  multiply: (left: Staged, right: Staged) => void,
): void {
  const { e, root, rows, cols } = frame;
  const inner = longest(root.over)!;
  const extent = constantOf(inner.extent);
  const exact = extent !== undefined && extent % DEPTH === 0;
  const threads = rows.threads * cols.threads;
  const left: Staged = { which: 'a', direction: rows, span: spanOf(rows), base: 0 };
  const right: Staged = { which: 'b', direction: cols, span: spanOf(cols), base: left.span * DEPTH };
  const loads = [left, right].flatMap((s) => places(frame, s, inner, threads, element));
  const outer = looped(root.over.filter((a) => a !== inner));
  for (const a of outer) e.loop(a.name, a.extent);
  const first = `${inner.name}_first`;
  e.loop(first, inner.extent, '0', DEPTH);
  e.line('workgroupBarrier();');
  for (const load of loads) load(first, exact);
  e.line('workgroupBarrier();');
  multiply(left, right);
  for (const _ of range(outer.length + 1)) e.close();
}

/** Whether neighbouring steps of the sum are neighbours in memory. If not, neighbouring rows or columns may be. */
const alongSum = (root: ContractionPrim, which: 'a' | 'b', inner: Axis): boolean =>
  isContiguous(root[which], inner, root.args, [...root.axes, ...root.over]);

/** The arguments that staging loads as vectors, and that code must declare as arrays of vectors. */
export function vectorArgs(kernel: ContractionKernel): ReadonlySet<number> {
  const { m, n } = classify(kernel.root);
  const found = new Set<number>();
  for (const root of productsOf(kernel)) {
    for (const which of ['a', 'b'] as const) {
      const inner = longest(root.over)!;
      const axis = alongSum(root, which, inner) ? inner : innermost(which === 'a' ? m : n);
      const e = root[which];
      if (axis === undefined || e.k !== 'load' || !isVector(e, axis, root)) continue;
      if (root.args[e.arg] !== kernel.overwrites?.tensor) found.add(e.arg);
    }
  }
  return found;
}

/**
 * Emits the positions of the elements that this thread copies, before the loops, and returns functions that emit the
 * copies inside them. Neighbouring threads copy neighbours in memory, or a thread copies a vector.
 */
function places(
  { e, root, batch, tileStart }: Frame,
  { which, direction, span, base }: Staged,
  inner: Axis,
  threads: number,
  element: 'f32' | 'f16',
): ((first: string, exact: boolean) => void)[] {
  const alongK = alongSum(root, which, inner);
  const along = alongK ? inner : innermost(direction.axes);
  const operand = root[which];
  const vectors =
    along !== undefined &&
    operand.k === 'load' &&
    isVector(operand, along, root) &&
    e.tensors[operand.arg]!.vectors === true;
  const each = vectors ? VECTOR : 1;
  const [low, high] = [(alongK ? DEPTH : span) / each, alongK ? span : DEPTH];
  const cast = (text: string) => (element === 'f32' ? text : `${element}(${text})`);
  return range((span * DEPTH) / each / threads).map((s) => {
    const copy = `${which}${s}`;
    const at = s === 0 ? 'lane' : e.name(`lane + ${s * threads}`, 0).text;
    const fastest = e.name(`${at} & ${low - 1}`, 0).text;
    const fast = each === 1 ? fastest : e.name(`${fastest} * ${each}`, 0).text;
    const slow = e.name(`(${at} >> ${Math.log2(low)}) & ${high - 1}`, 0).text;
    const [step, place] = alongK ? [fast, slow] : [slow, fast];
    const last = (size: string, by: number) => `${size} - ${by}`;
    const inside = e.name(
      `min(${tileStart(direction)} + ${place}, ${last(e.size(direction.size), alongK ? 1 : each)})`,
      0,
    ).text;
    unravel(e, direction.axes, inside, `_${copy}`);
    const to = e.name(`${step} * ${span} + ${place}`, 0).text;
    const staged = (by: number) => `staged[${base + by === 0 ? to : `${to} + ${base + by}`}]`;
    return (first, exact) => {
      const size = e.size(inner.extent);
      const k = `${inner.name}_${copy}`;
      e.line(`let ${k}_at = ${first} + ${step};`);
      e.define(k, exact ? `${k}_at` : `min(${k}_at, ${last(size, alongK ? each : 1)})`, inner.extent);
      const here = instance(
        [
          [batch, 0],
          [direction, copy],
        ],
        new Map([[inner.name, { k: 'axis', name: k }]]),
      );
      const read = rewriteExpr(operand, here);
      if (each === 1 || read.k !== 'load') {
        const value = e.floatName(read);
        const known = exact ? value : `select(0.0f, ${value}, ${k}_at < ${size})`;
        e.line(`${staged(0)} = ${cast(known)};`);
        return;
      }
      const { dtype, shape } = root.args[read.arg]!;
      e.used.add(read.arg);
      const { index, inside: there } = e.guarded(shape, read.index);
      const whole = `arg${read.arg}[(${e.address(shape, index)}) >> 2]`;
      const value = e.name(dtype === 'f32' ? whole : `vec4f(${whole})`, e.depth, 'v').text;
      const conditions = [...(exact ? [] : [`${k}_at < ${size}`]), ...(there ? [there.text] : [])];
      const known =
        conditions.length === 0
          ? value
          : e.name(`select(vec4f(), ${value}, ${conditions.join(' && ')})`, e.depth, 'v').text;
      for (const [u, p] of PARTS.entries())
        e.line(`${staged(u * (alongK ? span : 1))} = ${cast(`${known}.${p}`)};`);
    };
  });
}
