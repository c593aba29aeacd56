/** The order of primitives, and distinct names for their axes. */
import type { IntExpr } from '../../compiler/primitives/expr.ts';
import type { Axis } from '../../compiler/primitives/prim.ts';
import { type LoopPrim, rewritePrim, substituteAxes } from '../../compiler/primitives/substitute.ts';

/** All tensors below the roots, each after those that it reads. */
export { postOrder as topological } from '../../compiler/primitives/walk.ts';

/** The primitive with its axes renamed by `id`, so that no two primitives share a name. */
export function uniqueAxes<P extends LoopPrim>(p: P, id: number): P {
  return renameAxes(p, (name) => `${name}.${id}`);
}

export function renameAxes<P extends LoopPrim>(p: P, to: (name: string) => string): P {
  const names = new Map<string, IntExpr>();
  const rename = (axes: readonly Axis[]): Axis[] =>
    axes.map((a) => {
      names.set(a.name, { k: 'axis', name: to(a.name) });
      return { name: to(a.name), extent: a.extent };
    });
  const prim: LoopPrim = p;
  const renamed =
    'over' in prim
      ? { ...p, axes: rename(prim.axes), over: rename(prim.over) }
      : { ...p, axes: rename(prim.axes) };
  return rewritePrim(renamed, substituteAxes(names));
}
