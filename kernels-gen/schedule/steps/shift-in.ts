/**
 * Fills an array of registers through its last places: each block of iterations moves what was stored before towards the
 * front, and stores its own values at the end. All places are constants where loops are unrolled, so that each element
 * can have a variable.
 *
 *     for k in 8:                         for k_clear in 8: r[k_clear] = 0
 *       r[k] = a[k]                       for k_block in 2:
 *                                 →         for k_move in 4: r[k_move] = r[k_move + 4]
 *                                           for k_part in 4:
 *                                             let k = k_block * 4 + k_part
 *                                             r[4 + k_part] = a[k]
 */
import { constantOf, dimConst } from '../../../compiler/dims/dims.ts';
import { ax, constant, iadd, int, load } from '../../../compiler/primitives/build.ts';
import type { Expr, IntExpr } from '../../../compiler/primitives/expr.ts';
import { digitsOf } from '../../fuse/axes.ts';
import { LoopError } from '../../loops/error.ts';
import { boundsOf, memoriesLoaded, writesIn } from '../../loops/expressions.ts';
import { nested, nestOf, type PerfectNest } from '../../loops/perfect-nest.ts';
import { inside, loopOver, replaceLoop } from '../../loops/rewrite.ts';
import { type Body, type For, type LoopKernel, loop, type Statement } from '../../loops/type.ts';
import { registersNamed } from './registers.ts';
import { split } from './split.ts';
import type { LoopStep } from './step.ts';

/** The names of the loops over blocks and over the iterations of a block. */
export const blockOf = (axis: string): string => `${axis}_block`;
export const partOf = (axis: string): string => `${axis}_part`;

/**
 * Shifts the register array `name` by `by` places at a time in the loops over `axes`, which count its first dimensions,
 * outermost first. The last of them is split into blocks.
 */
export const shiftIn = (name: string, axes: readonly string[], by: number): LoopStep => ({
  says: `shift ${name} in by ${by} along ${axes.join(', ')}`,
  apply(kernel) {
    const [to] = registersNamed(kernel, [name]) as [number];
    const nest = nestThatFills(kernel, to, axes);
    const sizes = nest.loops.slice(0, axes.length).map((l) => constantOf(l.trips.of)!);
    const places = sizes.reduce((n, size) => n * size, 1);
    const [first, last] = [axes[0]!, axes.at(-1)!];
    if (sizes.at(-1)! % by !== 0)
      throw new LoopError('form', `the loop over ${last} has no whole blocks of ${by} iterations`);
    /** The index of a place among the first dimensions. */
    const digits = (place: IntExpr): readonly IntExpr[] => {
      const values = digitsOf(
        sizes.map((size, d) => ({ name: `${d}`, extent: dimConst(size) })),
        place,
      )!;
      return sizes.map((_, d) => values.get(`${d}`)!);
    };
    /** A store of each element of `count` places, in unrolled loops. */
    const each = (
      as: string,
      count: number,
      value: (place: IntExpr, own: readonly IntExpr[]) => Expr,
    ): Body => {
      const place = loop(`${last}${as}`, count, 'unrolled', []);
      const inner = nest.loops.slice(axes.length).map((l): For => ({ ...l, axis: `${l.axis}${as}` }));
      const own = inner.map((l) => ax(l.axis));
      const index = [...digits(ax(place.axis)), ...own];
      const store: Statement = { k: 'store', to, index, value: value(ax(place.axis), own) };
      return nested({ loops: [place, ...inner], heads: [], body: [store] });
    };
    const clear = each('_clear', places, () => constant(0));
    const move = each('_move', places - by, (place, own) =>
      load(to, [...digits(iadd(place, int(by))), ...own]),
    );
    const end = digits(iadd(int(places - by), ax(partOf(last))));
    const change = (block: Body): Body =>
      block.map((s): Statement => {
        if (s.k === 'store') return { ...s, index: [...end, ...s.index.slice(axes.length)] };
        if (s.k !== 'for' || s.axis !== blockOf(last)) return inside(s, change);
        return { ...s, body: [...move, ...change(s.body)] };
      });
    const blocks = split(last, by, blockOf(last), partOf(last)).apply(kernel);
    return replaceLoop(blocks, first === last ? blockOf(last) : first, (filling) => [
      ...clear,
      ...change([filling]),
    ]);
  },
});

/** The loops over `axes` and those inside. Throws LoopError where they do more than fill an array in order. */
function nestThatFills(kernel: LoopKernel, to: number, axes: readonly string[]): PerfectNest {
  const { name, shape } = kernel.memories[to]!;
  const outermost = loopOver(kernel, axes[0]!);
  const [store, ...others] = writesIn(outermost.body);
  const index = store?.index.map((i) => (i.k === 'axis' ? i.name : '')) ?? [];
  const nest = nestOf(outermost, new Set(index));
  const isInOrder = nest?.loops.every(
    (l, d) =>
      l.axis === index[d] &&
      l.trips.by === 1 &&
      boundsOf(l).length === 0 &&
      constantOf(l.trips.of) === constantOf(shape[d]!),
  );
  const isFilled =
    isInOrder && nest?.heads.every((h) => h.k !== 'if') && axes.every((a, d) => a === index[d]);
  if (store?.k !== 'store' || store.to !== to || others.length > 0 || nest?.body.length !== 1 || !isFilled)
    throw new LoopError('form', `the loops over ${axes.join(', ')} do not fill ${name} in order`);
  if (memoriesLoaded([outermost]).has(to))
    throw new LoopError('form', `the loops over ${axes.join(', ')} read ${name}`);
  if (writesIn(kernel.body).filter((s) => s.to === to).length > 1)
    throw new LoopError('form', `${name} is stored elsewhere too`);
  return nest;
}
