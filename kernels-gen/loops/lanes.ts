/** The lanes of a kernel: the invocations of a subgroup, whose registers the others can read. */
import { constantOf } from '../../compiler/dims/dims.ts';
import type { IntExpr } from '../../compiler/primitives/expr.ts';
import { LoopError } from './error.ts';
import { boundsOf } from './expressions.ts';
import { axesOf } from './perfect-nest.ts';
import type { Body, For, LoopKernel, Memory } from './type.ts';

/** Whether each invocation has a memory's elements, or some of them, in variables. */
export const isRegister = ({ space }: Memory): boolean => space === 'register' || space === 'lanes';

/** An index or a shape among the variables of one invocation: all of it but the lane, or the element of a matrix. */
export const ownIndex = <T>({ space }: Memory, index: readonly T[]): readonly T[] =>
  space === 'lanes' ? index.slice(0, -1) : space === 'matrix' ? index.slice(0, -2) : index;

/**
 * The number of lanes that a kernel's memories in lanes have; undefined without such memories. Throws LoopError
 * where they differ.
 */
export function lanesOf({ memories }: LoopKernel): number | undefined {
  let lanes: number | undefined;
  for (const { name, space, shape } of memories) {
    if (space !== 'lanes') continue;
    const own = shape.at(-1) && constantOf(shape.at(-1)!);
    if (own === undefined) throw new LoopError('form', `the last dimension of ${name} is no number of lanes`);
    if (lanes !== undefined && own !== lanes)
      throw new LoopError('form', `${name} has ${own} lanes, and others have ${lanes}`);
    lanes = own;
  }
  return lanes;
}

/** Whether the axis of a loop is the number of the lane that runs an iteration. */
export const isOverLanes = (
  { how, stride = 1, trips: { of, by } }: For,
  lanes: number | undefined,
): boolean =>
  how === 'invocation' && stride === 1 && by === 1 && lanes !== undefined && constantOf(of) === lanes;

/** The axes of a kernel's loops over its lanes. */
export function laneAxes(kernel: LoopKernel): ReadonlySet<string> {
  const lanes = lanesOf(kernel);
  const axesIn = (block: Body): string[] =>
    block.flatMap((s) => {
      if (s.k !== 'for') return s.k === 'if' ? axesIn(s.body) : [];
      return [...(isOverLanes(s, lanes) ? [s.axis] : []), ...axesIn(s.body)];
    });
  return new Set(lanes === undefined ? [] : axesIn(kernel.body));
}

/** The names that may differ among the invocations of a workgroup: loops over them, and what is computed from these. */
export function namesApart(body: Body, found: Set<string> = new Set()): ReadonlySet<string> {
  const isApart = (e: IntExpr) => [...axesOf(e)].some((name) => found.has(name));
  for (const s of body) {
    if (s.k === 'let' && isApart(s.value)) found.add(s.name);
    if (s.k === 'digits' && isApart(s.of)) for (const a of s.axes) found.add(a.name);
    if (s.k === 'for' && (s.how === 'invocation' || boundsOf(s).some(isApart))) found.add(s.axis);
    if (s.k === 'for' || s.k === 'if') namesApart(s.body, found);
  }
  return found;
}
