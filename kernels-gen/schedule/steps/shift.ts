/**
 * Shifts an array of registers along a loop instead of indexing it by the loop: the first element is always the present
 * one. Registers then need no index that changes.
 *
 *     for s in 4:                    for s in 4:
 *       acc += d[s] * a[s]     →       acc += d[0] * a[s]
 *                                      for n in 3: d[n] = d[n + 1]
 *
 * Nothing else may read the array, because the loop leaves the last element everywhere.
 */
import { constantOf, dimConst } from '../../../compiler/dims/dims.ts';
import { ax, iadd, int } from '../../../compiler/primitives/build.ts';
import type { IntExpr } from '../../../compiler/primitives/expr.ts';
import { LoopError } from '../../loops/error.ts';
import { memoriesLoaded, writesIn } from '../../loops/expressions.ts';
import { nest } from '../../loops/naive.ts';
import { inside, loopOver, replaceLoop, rewriteBlock } from '../../loops/rewrite.ts';
import type { Body, Statement } from '../../loops/type.ts';
import { registersNamed } from './registers.ts';
import type { LoopStep } from './step.ts';

/** Shifts the registers `name` along the loop over `axis`, the loops that shift being named after the array. */
export const shift = (name: string, axis: string): LoopStep => ({
  says: `shift ${name} along ${axis}`,
  apply(kernel) {
    const [of] = registersNamed(kernel, [name]) as [number];
    const { shape } = kernel.memories[of]!;
    const loop = loopOver(kernel, axis);
    let along: number | undefined;
    const load = (arg: number, index: readonly IntExpr[]) => {
      if (arg !== of) return undefined;
      const d = index.findIndex((i) => i.k === 'axis' && i.name === axis);
      if (d < 0 || (along !== undefined && along !== d))
        throw new LoopError('form', `${name} has no dimension along ${axis}`);
      along = d;
      return { k: 'load', arg, index: index.map((i, n) => (n === d ? int(0) : i)) } as const;
    };
    const body = rewriteBlock(loop.body, { load });
    const size = along === undefined ? undefined : constantOf(shape[along]!);
    if (size === undefined || size !== constantOf(loop.trips.of) || loop.from)
      throw new LoopError('form', `the loop over ${axis} does not read ${name} from its start to its end`);
    if (writesIn(loop.body).some((s) => s.to === of))
      throw new LoopError('form', `the loop over ${axis} changes ${name}`);
    const outside = (block: Body): Body =>
      block.flatMap((s): Body => (s.k === 'for' && s.axis === axis ? [] : [inside(s, outside)]));
    if (memoriesLoaded(outside(kernel.body)).has(of))
      throw new LoopError('form', `${name} is read outside of the loop over ${axis}`);
    const axes = shape.map((extent, d) => ({
      name: shiftOf(name, d),
      extent: d === along ? dimConst(size - 1) : extent,
    }));
    const here = axes.map((a) => ax(a.name));
    const next = here.map((i, d) => (d === along ? iadd(i, int(1)) : i));
    const moved: Statement = { k: 'store', to: of, index: here, value: { k: 'load', arg: of, index: next } };
    return replaceLoop(kernel, axis, () => [{ ...loop, body: [...body, ...nest(axes, [moved])] }]);
  },
});

/** The name of the loop over dimension `d` that shifts an array. */
export const shiftOf = (name: string, d: number): string => `${name}_shift${d}`;
