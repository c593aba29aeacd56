/**
 * Loads one factor of the products in a nest of loops into registers before the nest, once for each value that it has
 * there. The loops that the factor does not depend on then use it again.
 *
 *     for i in 2:                               for i in 2: left[i] = a[i]
 *       for j in 3:                       →     for i in 2:
 *         acc[i, j] += a[i] * b[j]                for j in 3:
 *                                                   acc[i, j] += left[i] * b[j]
 */
import { constantOf, dimConst } from '../../../compiler/dims/dims.ts';
import { ax } from '../../../compiler/primitives/build.ts';
import { LoopError } from '../../loops/error.ts';
import { axesOf, namesOf, nested, nestOf, type PerfectNest } from '../../loops/perfect-nest.ts';
import { inside } from '../../loops/rewrite.ts';
import type { Body, For, LoopKernel, Memory } from '../../loops/type.ts';
import type { LoopStep } from './step.ts';

/** Holds the factor `side` of every product in nests of loops over `axes`. */
export const hold = (side: 'left' | 'right', axes: readonly string[]): LoopStep => ({
  says: `hold the ${side} factor in registers before ${axes.join(', ')}`,
  apply(kernel) {
    const memories: Memory[] = [...kernel.memories];
    let count = 0;
    const change = (block: Body): Body =>
      block.flatMap((s): Body => {
        const nest = s.k === 'for' && axes.includes(s.axis) ? nestOf(s, new Set(axes)) : undefined;
        const held = nest && heldBefore(nest, side, memories, count === 0 ? side : `${side}${count}`);
        if (held === undefined) return [inside(s, change)];
        count++;
        return held;
      });
    const body = change(kernel.body);
    if (count === 0) throw new LoopError('form', `no product is in loops over ${axes.join(', ')} alone`);
    return { ...kernel, memories, body } satisfies LoopKernel;
  },
});

function heldBefore(
  nest: PerfectNest,
  side: 'left' | 'right',
  memories: Memory[],
  name: string,
): Body | undefined {
  const [s, ...others] = nest.body;
  if (s?.k !== 'accumulate' || others.length > 0 || s.value.k !== 'call' || s.value.fn !== 'mul')
    return undefined;
  const [left, right] = s.value.args;
  const factor = side === 'left' ? left! : right!;
  const needed = neededBy(nest, axesOf(factor));
  const loops = nest.loops.filter((l) => needed.has(l.axis));
  const to = memories.length;
  memories.push({ name, space: 'register', shape: loops.map(iterations), dtype: 'f32' });
  const index = loops.map((l) => ax(l.axis));
  const load = { k: 'load', arg: to, index } as const;
  const args = side === 'left' ? [load, right!] : [left!, load];
  return [
    ...nested({ loops, heads: nest.heads, body: [{ k: 'store', to, index, value: factor }] }),
    ...nested({ ...nest, body: [{ ...s, value: { ...s.value, args } }] }),
  ];
}

const iterations = ({ axis, trips: { of, by } }: For) => {
  const extent = constantOf(of);
  if (extent === undefined) throw new LoopError('form', `the loop over ${axis} has no fixed size`);
  return dimConst(Math.ceil(extent / by));
};

/** The names that some names are computed from, and these. */
function neededBy({ heads }: PerfectNest, names: ReadonlySet<string>): ReadonlySet<string> {
  const needed = new Set(names);
  for (const h of [...heads].reverse()) {
    if (h.k === 'if' || !namesOf(h).some((name) => needed.has(name))) continue;
    for (const name of axesOf(h.k === 'let' ? h.value : h.of)) needed.add(name);
  }
  return needed;
}
