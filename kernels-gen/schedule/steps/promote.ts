/**
 * Loads one factor of the products in a nest of loops into registers before the nest, once for each value that it has
 * there. The loops that the factor does not depend on then use it again.
 *
 *     for i in 2:                               for i in 2: left[i] = a[i]
 *       for j in 3:                       →     for i in 2:
 *         acc[i, j] += a[i] * b[j]                for j in 3:
 *                                                   acc[i, j] += left[i] * b[j]
 *
 * A product may be taken from the sum: acc[i, j] -= a[i] * b[j].
 */
import { ax, call, load } from '../../../compiler/primitives/build.ts';
import type { Expr } from '../../../compiler/primitives/expr.ts';
import { copyOf } from '../../loops/copies.ts';
import { LoopError } from '../../loops/error.ts';
import { memoriesIn, memoriesLoaded, writesIn } from '../../loops/expressions.ts';
import { axesOf, namesOf, nested, nestOf, type PerfectNest, usedBy } from '../../loops/perfect-nest.ts';
import { freeName, inside } from '../../loops/rewrite.ts';
import type { Body, For, LoopKernel, Memory, Statement } from '../../loops/type.ts';
import { iterations } from './registers.ts';
import type { LoopStep } from './step.ts';

interface Promotion {
  /** The name of the registers, which ends in a number where another memory has it. */
  readonly as?: string;
  /** The loop around the nests before which the factor is loaded. Absent: it is loaded right before its nest. */
  readonly before?: string;
  /** The loop to whose nests the step is confined. Absent: it takes all nests of the kernel. */
  readonly within?: string;
  /**
   * The end of the names in the loops that load, with a number for the nest's products after the first. Absent: the
   * names are those of the nest.
   */
  readonly suffix?: string;
}

/**
 * Promotes the factor `side` of every product in nests of loops over `axes`. These are also the order of the registers'
 * dimensions and of the loops that load.
 */
export const promote = (
  side: 'left' | 'right',
  axes: readonly string[],
  options: Promotion = {},
): LoopStep => ({
  says: saidOf(side, axes, options),
  apply(kernel) {
    const { before, within } = options;
    const memories: Memory[] = [...kernel.memories];
    let count = 0;
    const change = (block: Body, isWithin: boolean, loads?: Statement[]): Body =>
      block.flatMap((s): Body => {
        if (s.k === 'for' && s.axis === before) {
          const first: Statement[] = [];
          const body = change(s.body, isWithin, first);
          requireUnchanged(first, s);
          return [...first, { ...s, body }];
        }
        const isInside = isWithin && (before === undefined || loads !== undefined);
        const nest = isInside && s.k === 'for' ? nestOf(s, new Set(axes)) : undefined;
        const found = nest && promoted(nest, side, axes, memories, options);
        const own = isWithin || (s.k === 'for' && s.axis === within);
        if (found === undefined) return [inside(s, (b) => change(b, own, loads))];
        count++;
        loads?.push(...found.loads);
        return [...(loads ? [] : found.loads), ...found.products];
      });
    const body = change(kernel.body, within === undefined);
    if (count === 0) throw new LoopError('form', `no product is in loops over ${axes.join(', ')} alone`);
    return { ...kernel, memories, body } satisfies LoopKernel;
  },
});

const saidOf = (side: string, axes: readonly string[], { as = side, before }: Promotion): string =>
  `promote the ${side} factor to registers${as === side ? '' : ` ${as}`} before ${before ?? axes.join(', ')}`;

/** Throws LoopError where a loop stores to what statements before it load instead. */
function requireUnchanged(loads: Body, loop: For): void {
  const changed = new Set(writesIn(loop.body).map((s) => s.to));
  for (const arg of memoriesLoaded(loads))
    if (changed.has(arg)) throw new LoopError('form', `the loop over ${loop.axis} changes the factor`);
}

interface Replacement {
  readonly loads: Body;
  readonly products: Body;
}

/** The nest with factors of its products in registers; undefined where a statement in it adds no product. */
function promoted(
  nest: PerfectNest,
  side: 'left' | 'right',
  axes: readonly string[],
  memories: Memory[],
  { as = side, suffix = '' }: Promotion,
): Replacement | undefined {
  const products = nest.body.map(productOf);
  if (products.length === 0 || !products.every((p) => p !== undefined)) return undefined;
  const changed = new Set(products.map((p) => p.sum.to));
  const loads: Statement[] = [];
  const body = products.map(({ sum, isTaken, of: [left, right] }, n): Statement => {
    const factor = side === 'left' ? left : right;
    if ([...memoriesIn([factor])].some((m) => changed.has(m)))
      throw new LoopError('form', `the ${side} factor depends on the sum`);
    const needed = neededBy(nest, axesOf(factor));
    const loops = axes.flatMap((a) => nest.loops.filter((l) => l.axis === a && needed.has(a)));
    const [to, name] = [memories.length, freeName(memories, as)];
    memories.push({ name, space: 'register', shape: loops.map(iterations), dtype: 'f32' });
    const index = loops.map((l) => ax(l.axis));
    const own = nested({ loops, heads: nest.heads, body: [{ k: 'store', to, index, value: factor }] });
    loads.push(...(suffix === '' ? own : copyOf(own, new Map(), `${suffix}${n || ''}`)));
    const args = side === 'left' ? [load(to, index), right] : [left, load(to, index)];
    const value = call('mul', ...args);
    return { ...sum, value: isTaken ? call('neg', value) : value };
  });
  return { loads, products: nested({ ...nest, body }) };
}

/** The product that a statement adds to a sum, or takes from it; undefined for another statement. */
function productOf(s: Statement) {
  if (s.k !== 'accumulate' || s.value.k !== 'call') return undefined;
  const isTaken = s.value.fn === 'neg';
  const product = isTaken ? s.value.args[0]! : s.value;
  if (product.k !== 'call' || product.fn !== 'mul') return undefined;
  return { sum: s, isTaken, of: product.args as readonly [Expr, Expr] };
}

/** The names that some names are computed from, and these. */
function neededBy({ heads }: PerfectNest, names: ReadonlySet<string>): ReadonlySet<string> {
  const needed = new Set(names);
  for (const h of [...heads].reverse()) {
    if (namesOf(h).some((name) => needed.has(name))) for (const name of usedBy(h)) needed.add(name);
  }
  return needed;
}
