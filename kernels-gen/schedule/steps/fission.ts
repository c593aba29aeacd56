/**
 * Gives each statement inside a nest of loops a nest of its own. Loops of sums move around it, so that each step of a
 * sum is added to all elements. A register of the nest becomes an array with an element for each iteration.
 *
 *     for i in 2:                    for i in 2: acc[i] = 0
 *       acc = 0                      for k in 3:
 *       for k in 3:            →       for i in 2: acc[i] += a[i, k]
 *         acc += a[i, k]             for i in 2: out[i] = acc[i]
 *       out[i] = acc
 *
 * A register that iterations hand on, because they read it or add to it before they store to it, stays one register. The
 * statements that read and change it stay together.
 *
 * The nest's iterations must not read what others store to buffers, unless a barrier stands between.
 */
import { ax } from '../../../compiler/primitives/build.ts';
import type { IntExpr } from '../../../compiler/primitives/expr.ts';
import { LoopError } from '../../loops/error.ts';
import {
  boundsOf,
  expressionsOf,
  isWrite,
  memoriesIn,
  memoriesLoaded,
  writesIn,
} from '../../loops/expressions.ts';
import { axesOf, type Head, namesOf, nested, nestOf, type PerfectNest } from '../../loops/perfect-nest.ts';
import { indexedBy, loopOver, replaceLoop } from '../../loops/rewrite.ts';
import type { Body, LoopKernel, Memory, Statement } from '../../loops/type.ts';
import { iterations } from './registers.ts';
import type { LoopStep } from './step.ts';

/** `axes` are the loops of the nest, outermost first, each with a fixed number of iterations. */
export const fission = (axes: readonly string[]): LoopStep => ({
  says: `fission ${axes.join(', ')}`,
  apply(kernel) {
    const nest = nestOf(loopOver(kernel, axes[0]!), new Set(axes));
    if (nest === undefined)
      throw new LoopError('form', `the loops over ${axes.join(', ')} do not contain each other`);
    const sizes = nest.loops.map(iterations);
    const changed = writesIn(nest.body).map((s) => s.to);
    const carried = carriedIn(kernel, nest.body);
    const isOwn = (n: number) => kernel.memories[n]!.space === 'register' && !carried.has(n);
    const expanded = new Set(changed.filter(isOwn));
    const memories = kernel.memories.map(
      (m, n): Memory => (expanded.has(n) ? { ...m, shape: [...sizes, ...m.shape] } : m),
    );
    const body = indexedBy(
      nest.body,
      expanded,
      nest.loops.map((l) => ax(l.axis)),
    );
    const read = memoriesLoaded(body);
    const handed = new Set([...carried].filter((n) => read.has(n)));
    return replaceLoop({ ...kernel, memories }, nest.loops[0]!.axis, () => apart({ ...nest, body }, handed));
  },
});

/** The registers that iterations hand on. */
function carriedIn({ memories }: LoopKernel, body: Body): ReadonlySet<number> {
  const [stored, carried] = [new Set<number>(), new Set<number>()];
  const touched = (n: number) => {
    if (memories[n]!.space === 'register' && !stored.has(n)) carried.add(n);
  };
  const walk = (block: Body): void => {
    for (const s of block) {
      for (const n of memoriesIn(expressionsOf(s))) touched(n);
      if (s.k === 'for' || s.k === 'if') walk(s.body);
      else if (s.k === 'store') stored.add(s.to);
      else if (isWrite(s)) touched(s.to);
    }
  };
  walk(body);
  const changed = new Set(writesIn(body).map((s) => s.to));
  return new Set([...carried].filter((n) => changed.has(n)));
}

/**
 * A nest for each statement, inside the loops that are serial and do not depend on it. `handed` are registers that
 * are handed on.
 */
function apart(nest: PerfectNest, handed: ReadonlySet<number>): Body {
  const touches = (s: Statement): boolean =>
    [...memoriesLoaded([s]), ...writesIn([s]).map((w) => w.to)].some((n) => handed.has(n));
  const [from, to] = [nest.body.findIndex(touches), nest.body.findLastIndex(touches)];
  const own = new Set([...nest.loops.map((l) => l.axis), ...nest.heads.flatMap(namesOf)]);
  const depends = (...all: readonly IntExpr[]) =>
    all.some((e) => [...axesOf(e)].some((name) => own.has(name)));
  const heads = [...nest.heads];
  return nest.body.flatMap((s, n): Body => {
    if (n >= from && n < to) return [];
    if (n === to) return nested({ ...nest, heads, body: nest.body.slice(from, to + 1) });
    if (s.k === 'barrier') return [s];
    if (s.k === 'let' || s.k === 'digits') {
      if (standsAlone(s, heads) && !depends(namedBy(s))) return [s];
      for (const name of namesOf(s)) own.add(name);
      heads.push(s);
      return [];
    }
    const isOutside = s.k === 'for' && (s.how === 'serial' || s.how === 'opaque') && !depends(...boundsOf(s));
    if (isOutside) return [{ ...s, body: apart({ ...nest, heads, body: s.body }, handed) }];
    if (s.k !== 'if') return nested({ ...nest, heads, body: [s] });
    const within = { ...nest, heads: [...heads, { ...s, body: [] }], body: s.body };
    // Writes alone keep one condition.
    return s.body.every(isWrite) ? nested(within) : apart(within, handed);
  });
}

type Naming = Statement & { readonly k: 'let' | 'digits' };

const namedBy = (s: Naming): IntExpr => (s.k === 'let' ? s.value : s.of);

/**
 * Whether a name may stand once before all nests. Under a condition, it may be in range only where that holds. Another
 * name of an axis stands where it is used.
 */
const standsAlone = (s: Naming, heads: readonly Head[]): boolean =>
  (s.k === 'digits' || s.value.k !== 'axis') && !heads.some((h) => h.k === 'if');
