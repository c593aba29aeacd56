/**
 * Copies the factors of products into workgroup memory, as many steps of the sum at once as an inner loop has. Each
 * element is then loaded from its buffer once for all invocations. Steps beyond the last are 0.
 *
 *     for o in ⌈10 / 4⌉:                           for o in ⌈10 / 4⌉:
 *       for n in 4:                                  barrier
 *         if o * 4 + n < 10:                         for left_step in 4:
 *           let k = o * 4 + n                          for left_place in 8:
 *           for i in 2:                                  let k = (o * 4 + left_step, or the last one)
 *             let row = i * 4 + t            →           left_tile[left_step, left_place] =
 *             acc[i] += a[row, k] * b[k]                   a[left_place, k], or 0 beyond the last step
 *                                                    (and b likewise)
 *                                                    barrier
 *                                                    for n in 4:
 *                                                      for i in 2:
 *                                                        let row = i * 4 + t
 *                                                        acc[i] += left_tile[n, row] * right_tile[n, …]
 *
 * A place is a name between the loops, such as `row`, or one of these loops: all of its values are copied. The tile of a
 * factor that does not depend on its place has no dimension for it, unless it is to be `whole`.
 */
import { constantOf, type Dim, dimConst, equalDim } from '../../../compiler/dims/dims.ts';
import { ax, int, iselect, isub, select, extentOf as sizeOf } from '../../../compiler/primitives/build.ts';
import type { BoolExpr, Expr, IntExpr } from '../../../compiler/primitives/expr.ts';
import {
  rewriteBool,
  rewriteExpr,
  rewriteInt,
  substituteAxes,
} from '../../../compiler/primitives/substitute.ts';
import { LoopError } from '../../loops/error.ts';
import { type Head, namesOf, nested, nestOf, type PerfectNest } from '../../loops/perfect-nest.ts';
import { freeName, inside } from '../../loops/rewrite.ts';
import { type Body, type For, type Memory, type Statement, trips } from '../../loops/type.ts';
import type { LoopStep } from './step.ts';

type Side = 'left' | 'right';

export interface Staging {
  /** The loop over steps of the sum that are staged at once, and the loop inside over these steps. */
  readonly outer: string;
  readonly inner: string;
  /** The loops around the product, inside the sum. */
  readonly axes: readonly string[];
  /** The name that tells an element of each factor's tile. */
  readonly places: Readonly<Record<Side, string>>;
  /** The places in the loops, and their numbers, where each tile is to have a dimension for them. */
  readonly whole?: Readonly<Record<Side, { readonly at: IntExpr; readonly size: number }>>;
  /** The element type of the tiles. */
  readonly dtype: 'f32' | 'f16';
  /** The factors whose neighbouring steps, not places, are neighbours in their buffers. */
  readonly alongSum: readonly Side[];
}

export const stage = (staging: Staging): LoopStep => ({
  says: `stage both factors of ${staging.inner} in workgroup memory`,
  apply(kernel) {
    const memories: Memory[] = [...kernel.memories];
    let isFound = false;
    const change = (block: Body): Body =>
      block.map((s): Statement => {
        if (s.k !== 'for' || s.axis !== staging.outer) return inside(s, change);
        isFound = true;
        return { ...s, body: staged(s, staging, memories) };
      });
    const body = change(kernel.body);
    if (!isFound) throw new LoopError('form', `there is no loop over ${staging.outer}`);
    return { ...kernel, memories, body };
  },
});

function staged(outer: For, staging: Staging, memories: Memory[]): Body {
  const { inner, axes } = staging;
  const [loop, ...others] = outer.body;
  const nest = loop?.k === 'for' && others.length === 0 ? nestOf(loop, new Set([inner, ...axes])) : undefined;
  const [s, ...more] = nest?.body ?? [];
  if (
    !nest ||
    s?.k !== 'accumulate' ||
    s.combine !== 'sum' ||
    more.length > 0 ||
    s.value.k !== 'call' ||
    s.value.fn !== 'mul'
  )
    throw new LoopError('form', `the loop over ${staging.outer} adds no product over ${inner}`);
  const factors = s.value.args.map((factor, n) =>
    tileOf(factor, nest, { ...staging, side: n === 0 ? 'left' : 'right' }, memories),
  );
  const wait: Statement = { k: 'barrier', scope: 'workgroup' };
  const product: Statement = { ...s, value: { ...s.value, args: factors.map((f) => f.load) } };
  const heads = nest.heads.filter((h) => h.k !== 'if');
  return [wait, ...factors.flatMap((f) => f.copy), wait, ...nested({ ...nest, heads, body: [product] })];
}

/** The copy of a factor's tile, and the element that replaces the factor. */
function tileOf(
  factor: Expr,
  { loops, heads }: PerfectNest,
  { side, inner, places, dtype, alongSum, whole }: Staging & { readonly side: Side },
  memories: Memory[],
): { readonly copy: Body; readonly load: Expr } {
  const own = `${side}_place`;
  const place = places[side];
  const given = whole?.[side];
  const extent = given ? dimConst(given.size) : sizeOfName(place, loops, heads);
  const steps = sizeOfName(inner, loops, heads)!;
  const shape = extent ? [steps, extent] : [steps];
  const known = new Map<string, IntExpr>([
    [inner, ax(`${side}_step`)],
    [place, ax(own)],
  ]);
  const { names, conditions } = copied(heads, known, side);
  const value = conditions.reduceRight<Expr>(
    (v, c) => select(c, v, { k: 'const', value: ZERO }),
    rewriteExpr(factor, substituteAxes(known)),
  );
  const to = tileIn(memories, { name: `${side}_tile`, space: 'workgroup', shape, dtype });
  const copies = shape.map(
    (size, n): For => ({
      ...{ k: 'for', axis: n === 0 ? `${side}_step` : own },
      ...{ trips: trips(size), how: 'serial', body: [] },
    }),
  );
  const index = copies.map((l) => ax(l.axis));
  const copy: Body = nested({
    loops: alongSum.includes(side) ? copies.toReversed() : copies,
    heads: names,
    body: [{ k: 'store', to, index, value }],
  });
  const element = [ax(inner), given?.at ?? ax(place)].slice(0, shape.length);
  return { copy, load: { k: 'load', arg: to, index: element } };
}

/** The number of a tile's memory. Products that are added one after the other use one. */
function tileIn(memories: Memory[], tile: Memory): number {
  const isSame = (m: Memory) =>
    m.space === tile.space &&
    m.name.startsWith(tile.name) &&
    m.dtype === tile.dtype &&
    m.shape.length === tile.shape.length &&
    m.shape.every((d, n) => equalDim(d, tile.shape[n]!));
  const known = memories.findIndex(isSame);
  return known < 0 ? memories.push({ ...tile, name: freeName(memories, tile.name) }) - 1 : known;
}

const ZERO = { num: 0n, den: 1n };

/**
 * The names between the loops, but for `known` ones, as names of the copy. A condition that an index in range depends on
 * clamps it, and is one of the conditions under which the element exists.
 */
function copied(
  heads: readonly Head[],
  known: Map<string, IntExpr>,
  side: Side,
): { readonly names: readonly Head[]; readonly conditions: readonly BoolExpr[] } {
  const names: Head[] = [];
  const conditions: BoolExpr[] = [];
  for (const [n, h] of heads.entries()) {
    const by = substituteAxes(new Map(known));
    if (h.k === 'if') {
      conditions.push(rewriteBool(h.cond, by));
      continue;
    }
    if (h.k === 'let' && known.has(h.name)) continue;
    for (const name of namesOf(h)) known.set(name, ax(`${side}_${name}`));
    if (h.k === 'digits') {
      const axes = h.axes.map((a) => ({ ...a, name: `${side}_${a.name}` }));
      names.push({ ...h, axes, of: rewriteInt(h.of, by) });
      continue;
    }
    const value = rewriteInt(h.value, by);
    const last = isub(sizeOf(h.extent), int(1));
    const own = heads[n - 1]?.k === 'if' ? iselect(conditions.at(-1)!, value, last) : value;
    names.push({ ...h, name: `${side}_${h.name}`, value: own });
  }
  return { names, conditions };
}

/** The size of a loop, or of a name; undefined where the nest has neither, because nothing uses it. */
function sizeOfName(name: string, loops: readonly For[], heads: readonly Head[]): Dim | undefined {
  const loop = loops.find((l) => l.axis === name);
  const [named] = heads.flatMap((h) => (h.k === 'let' && h.name === name ? [trips(h.extent)] : []));
  const found = loop?.trips ?? named;
  if (!found) return undefined;
  const fixed = constantOf(found.of);
  if (fixed === undefined)
    throw new LoopError('form', `${name} has no fixed size, so that it is no place in a tile`);
  return dimConst(Math.ceil(fixed / found.by));
}
