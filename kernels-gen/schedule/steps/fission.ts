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
 * The nest's iterations must not read what others store to buffers, unless a barrier stands between.
 */
import { constantOf, dimConst } from '../../../compiler/dims/dims.ts';
import { ax } from '../../../compiler/primitives/build.ts';
import type { Expr } from '../../../compiler/primitives/expr.ts';
import { LoopError } from '../../loops/error.ts';
import { boundsOf } from '../../loops/expressions.ts';
import { axesOf, namesOf, nested, nestOf, type PerfectNest } from '../../loops/perfect-nest.ts';
import { loopOver, replaceLoop, rewriteBlock } from '../../loops/rewrite.ts';
import type { Body, LoopKernel, Memory, Statement } from '../../loops/type.ts';
import type { LoopStep } from './step.ts';

/** `axes` are the loops of the nest, outermost first, each with a fixed number of iterations. */
export const fission = (axes: readonly string[]): LoopStep => ({
  says: `fission ${axes.join(', ')}`,
  apply(kernel) {
    const nest = nestOf(loopOver(kernel, axes[0]!), new Set(axes));
    if (nest === undefined)
      throw new LoopError('form', `the loops over ${axes.join(', ')} do not contain each other`);
    const sizes = nest.loops.map(({ axis, trips: { of, by } }) => {
      const extent = constantOf(of);
      if (extent === undefined) throw new LoopError('form', `the loop over ${axis} has no fixed size`);
      return dimConst(Math.ceil(extent / by));
    });
    const expanded = new Set(registersOf(kernel, nest.body));
    const memories = kernel.memories.map(
      (m, n): Memory => (expanded.has(n) ? { ...m, shape: [...sizes, ...m.shape] } : m),
    );
    const body = rewriteRegisters(
      nest.body,
      expanded,
      nest.loops.map((l) => l.axis),
    );
    return replaceLoop({ ...kernel, memories }, nest.loops[0]!.axis, () => apart({ ...nest, body }));
  },
});

/** A nest for each statement, inside the loops that are serial and do not depend on it. */
function apart(nest: PerfectNest): Body {
  const own = new Set([...nest.loops.map((l) => l.axis), ...nest.heads.flatMap(namesOf)]);
  const heads = [...nest.heads];
  return nest.body.flatMap((s): Body => {
    if (s.k === 'barrier') return [s];
    if (s.k === 'let' || s.k === 'digits') {
      heads.push(s);
      return [];
    }
    const isOutside =
      s.k === 'for' &&
      (s.how === 'serial' || s.how === 'opaque') &&
      !boundsOf(s).some((e) => [...axesOf(e)].some((name) => own.has(name)));
    if (isOutside) return [{ ...s, body: apart({ ...nest, heads, body: s.body }) }];
    return s.k === 'if'
      ? apart({ ...nest, heads: [...heads, { ...s, body: [] }], body: s.body })
      : nested({ ...nest, heads, body: [s] });
  });
}

/** The registers that statements store to. */
function registersOf(kernel: LoopKernel, body: Body): number[] {
  return body.flatMap((s) => {
    if (s.k === 'for' || s.k === 'if') return registersOf(kernel, s.body);
    return (s.k === 'store' || s.k === 'accumulate' || s.k === 'collect') &&
      kernel.memories[s.to]!.space === 'register'
      ? [s.to]
      : [];
  });
}

function rewriteRegisters(body: Body, expanded: ReadonlySet<number>, axes: readonly string[]): Body {
  const at = axes.map(ax);
  const load = (arg: number, index: Extract<Expr, { k: 'load' }>['index']): Expr | undefined =>
    expanded.has(arg) ? { k: 'load', arg, index: [...at, ...index] } : undefined;
  const stores = (block: Body): Body =>
    block.map((s): Statement => {
      if (s.k === 'for' || s.k === 'if') return { ...s, body: stores(s.body) };
      if (s.k !== 'store' && s.k !== 'accumulate' && s.k !== 'collect') return s;
      return expanded.has(s.to) ? { ...s, index: [...at, ...s.index] } : s;
    });
  return stores(rewriteBlock(body, { load }));
}
