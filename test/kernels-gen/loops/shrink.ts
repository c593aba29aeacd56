/**
 * Shrinks the trip counts of a scheduled kernel: its naive loops get fewer iterations, its memories fewer elements, and
 * the same steps are applied again. An extent keeps its remainder by every number that a step splits it by, so that
 * steps that rely on a remainder, or on there being none, stay right.
 */
import { constantOf, dimConst, equalDim, evalDim, productDim } from '../../../compiler/dims/dims.ts';
import { rangeInt } from '../../../compiler/primitives/affine.ts';
import { ax, int } from '../../../compiler/primitives/build.ts';
import type { BoolExpr, Expr, IntExpr } from '../../../compiler/primitives/expr.ts';
import type { Axis } from '../../../compiler/primitives/prim.ts';
import { rewriteInt } from '../../../compiler/primitives/substitute.ts';
import { visit } from '../../../compiler/primitives/visit.ts';
import { expressionsOf } from '../../../kernels-gen/loops/expressions.ts';
import {
  type Body,
  type For,
  type LoopKernel,
  type Memory,
  type Scheduled,
  type Statement,
  VECTOR,
} from '../../../kernels-gen/loops/type.ts';

/** The iterations of an axis: `rest` more than a multiple of `by`, of which there are at least as many as that. */
interface Trip {
  readonly axis: string;
  readonly extent: number;
  readonly by: number;
}

/**
 * The kernel with its own extents where its loops run at most `most` statements, else with two blocks of each extent, or
 * with one. Inputs that lie in an output's buffer keep as many elements as it has.
 */
export function shrunk(made: Scheduled, tokens: number, most: number): Scheduled {
  const { naive, again } = made;
  if (again === undefined) return fewerBlocks(made);
  const trips = tripsOf(naive, made.steps);
  const withBlocks = (blocks: number): Scheduled => {
    const sizes = new Map<string, number>();
    const sized = (): LoopKernel => fitted({ ...naive, body: resized(naive.body, sizes) });
    for (const { axis, extent, by } of trips) {
      sizes.set(axis, Math.min(extent, (extent % by) + blocks * by));
      if (!isShared(sized())) sizes.set(axis, extent);
    }
    const own = sized();
    return { ...made, naive: own, loops: again(own, true) };
  };
  const isLittle = ({ loops }: Scheduled) => workOf(loops.body, tokens) <= most;
  if (isLittle(made)) return withBlocks(Infinity);
  const two = withBlocks(2);
  return isLittle(two) ? two : withBlocks(1);
}

/** Whether each input that lies in the buffer of an output has as many elements. */
function isShared({ memories }: LoopKernel): boolean {
  const elements = (m: Memory) => productDim(m.shape);
  return memories.every((m) => m.alias === undefined || equalDim(elements(m), elements(memories[m.alias]!)));
}

/**
 * The loops of fixed size, and the numbers that steps split them by. The loops of a linear system depend on each other,
 * so that only their number changes.
 */
function tripsOf({ body }: LoopKernel, steps: readonly string[]): readonly Trip[] {
  const found = new Map<string, number>();
  const isSystem = hasTriangle(body);
  const walk = (block: Body): void => {
    for (const s of block) {
      const extent = s.k === 'for' && s.trips.by === 1 && !s.from && !s.end && constantOf(s.trips.of);
      if (s.k === 'for' && extent) found.set(s.axis, extent);
      if (s.k === 'for' && s.trips.by > 1) for (const [name, of] of namesWithin(s)) found.set(name, of);
      if ((s.k === 'for' || s.k === 'if') && !isSystem) walk(s.body);
    }
  };
  walk(body);
  return [...found].map(([axis, extent]) => ({ axis, extent, by: splitBy(axis, extent, found, steps) }));
}

/** Whether a loop starts at each next iteration of another. */
const hasTriangle = (block: Body): boolean =>
  block.some(
    (s) => (s.k === 'for' && s.from?.step === 1) || ((s.k === 'for' || s.k === 'if') && hasTriangle(s.body)),
  );

/** The largest number that steps split an axis by, or a loop that the axis is flattened into. */
function splitBy(
  axis: string,
  extent: number,
  extents: ReadonlyMap<string, number>,
  steps: readonly string[],
): number {
  let by = 1;
  /** The factor of the axis in each name that is made of it, as a fraction. */
  const names = new Map<string, Fraction>([[axis, [1, 1]]]);
  /** The known extents, those of names that are made of axes included. */
  const sizes = new Map(extents);
  for (const says of steps) {
    const [, from, size, outer, inner] = /^split (\w+) by (\d+) into (\w+), (\w+)$/.exec(says) ?? [];
    const whole = from === undefined ? undefined : sizes.get(from);
    if (whole !== undefined) {
      sizes.set(outer!, Math.ceil(whole / Number(size)));
      sizes.set(inner!, Number(size));
    }
    const factor = from === undefined ? undefined : names.get(from);
    if (factor !== undefined) {
      const [top, bottom] = factor;
      const all = Number(size) * bottom;
      by = Math.max(by, all / gcd(all, top));
      names.set(inner!, factor);
      names.set(outer!, [top / gcd(all, top), all / gcd(all, top)]);
    }
    const [, all, into] = /^flatten (.+) into (\w+)$/.exec(says) ?? [];
    const parts = all?.split(', ') ?? [];
    const place = parts.findIndex((p) => names.has(p));
    if (into === undefined) continue;
    const isFixed = parts.every((p) => sizes.has(p));
    const count = (own: readonly string[]) => own.reduce((n, p) => n * sizes.get(p)!, 1);
    if (isFixed) sizes.set(into, count(parts));
    if (place >= 0) {
      // No step relies on a remainder of an extent with `tokens`, of which any number divides 0.
      const inside = isFixed ? count(parts.slice(place + 1)) : 0;
      const [top, bottom] = names.get(parts[place]!)!;
      names.set(into, [inside * top, bottom]);
    }
  }
  return Math.min(least(by, VECTOR), extent);
}

type Fraction = readonly [top: number, bottom: number];

const least = (a: number, b: number): number => (a * b) / gcd(a, b);
const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** Statements whose loops and names have other extents. A sum in parts has its axis as a name. */
function resized(block: Body, sizes: ReadonlyMap<string, number>): Body {
  return block.map((s): Statement => {
    if (s.k === 'let') return sizes.has(s.name) ? { ...s, extent: dimConst(sizes.get(s.name)!) } : s;
    if (s.k === 'digits') {
      const [axis, ...others] = s.axes;
      const own = s.of.k === 'axis' && others.length === 0 ? sizes.get(s.of.name) : undefined;
      return own ? { ...s, axes: [{ ...axis!, extent: dimConst(own) }] } : s;
    }
    if (s.k === 'if') return { ...s, cond: bounded(s.cond, s.body, sizes), body: resized(s.body, sizes) };
    if (s.k !== 'for') return s;
    const [name] = s.trips.by === 1 ? [s.axis] : namesWithin(s).keys();
    const own = name === undefined ? undefined : sizes.get(name);
    return {
      ...s,
      ...(own ? { trips: { ...s.trips, of: dimConst(own) } } : {}),
      body: resized(s.body, sizes),
    };
  });
}

/** The axis of a sum in parts, which is a name in the loop over its blocks, and its extent. */
function namesWithin(loop: For): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const walk = (block: Body): void => {
    for (const s of block) {
      const extent = s.k === 'let' && equalDim(s.extent, loop.trips.of) ? constantOf(s.extent) : undefined;
      if (s.k === 'let' && extent !== undefined) found.set(s.name, extent);
      if (s.k === 'for' || s.k === 'if') walk(s.body);
    }
  };
  walk(loop.body);
  return found;
}

/** A condition that a name is below its extent, with the other extent. */
function bounded(cond: BoolExpr, [named]: Body, sizes: ReadonlyMap<string, number>): BoolExpr {
  const size = named?.k === 'let' ? sizes.get(named.name) : undefined;
  return cond.k === 'ilt' && cond.b.k === 'int' && size !== undefined ? { ...cond, b: int(size) } : cond;
}

/** The number of statements that run. */
function workOf(block: Body, tokens: number): number {
  return block.reduce((sum, s) => {
    if (s.k === 'if') return sum + workOf(s.body, tokens);
    if (s.k !== 'for') return sum + 1;
    const times = evalDim(s.trips.of, { tokens }) / s.trips.by / (s.from?.step ?? 1);
    return sum + Math.ceil(times) * workOf(s.body, tokens);
  }, 0);
}

/** The number of values that a loaded index may have. */
export const INDICES = 3;
/** The axis that stands for a loaded index. */
const LOADED = 'loaded index';

/** The kernel with memories of as many elements as its loops touch. */
function fitted(kernel: LoopKernel): LoopKernel {
  const ends = kernel.memories.map((m) => m.shape.map(() => 0));
  const loaded = { iload: () => ax(LOADED) };
  const endOf = (i: IntExpr, axes: readonly Axis[]): number => {
    const ranges = axes.map((a) => [a.name, { lo: 0, hi: (constantOf(a.extent) ?? Infinity) - 1 }] as const);
    const all = new Map([...ranges, [LOADED, { lo: 0, hi: INDICES - 1 }] as const]);
    return rangeInt(rewriteInt(i, loaded), all).hi + 1;
  };
  const touch = (to: number, index: readonly IntExpr[], axes: readonly Axis[]) => {
    for (const [d, i] of index.entries()) {
      const end = endOf(i, axes);
      ends[to]![d] = Math.max(ends[to]![d]!, end);
    }
  };
  const loads = (e: Expr | IntExpr | BoolExpr, axes: readonly Axis[]) =>
    visit(e, (x) => {
      if (x.k === 'load' || x.k === 'iload') touch(x.arg, x.index, axes);
    });
  const walk = (block: Body, around: readonly Axis[]): void => {
    const axes = [...around];
    for (const s of block) {
      for (const e of expressionsOf(s)) loads(e, axes);
      if (s.k === 'store' || s.k === 'accumulate') touch(s.to, s.index, axes);
      if (s.k === 'let') {
        const end = endOf(s.value, axes);
        const isLess = end < (constantOf(s.extent) ?? 0);
        axes.push({ name: s.name, extent: isLess ? dimConst(end) : s.extent });
      }
      if (s.k === 'digits') axes.push(...s.axes);
      if (s.k === 'if') walk(s.body, axes);
      if (s.k === 'for') walk(s.body, [...axes, { name: s.axis, extent: s.trips.of }]);
    }
  };
  walk(kernel.body, []);
  const memories = kernel.memories.map(
    (m, n): Memory => ({
      ...m,
      shape: m.shape.map((d, i) => {
        const end = ends[n]![i]!;
        const fixed = constantOf(d);
        return fixed !== undefined && end > 0 && end < fixed ? dimConst(end) : d;
      }),
    }),
  );
  return { ...kernel, memories };
}

/** The number of blocks that fused blocks keep. */
const BLOCKS = 2;

/** Fused blocks with fewer workgroups: each computes one block, whatever their number. */
function fewerBlocks(made: Scheduled): Scheduled {
  const fewer = (kernel: LoopKernel): LoopKernel => {
    const [loop] = kernel.body;
    if (loop?.k !== 'for' || loop.how !== 'workgroup' || loop.trips.by !== 1)
      throw new TypeError('fused blocks are one loop over workgroups');
    const all = constantOf(loop.trips.of);
    if (all === undefined || all <= BLOCKS) return kernel;
    const sizes = new Map([[loop.axis, BLOCKS]]);
    return fitted({ ...kernel, body: resized(kernel.body, sizes) });
  };
  return { ...made, naive: fewer(made.naive), loops: fewer(made.loops) };
}
