/** Order and readers of primitives. */
import type { IntExpr } from '../../compiler/primitives/expr.ts';
import type { Axis } from '../../compiler/primitives/prim.ts';
import { type LoopPrim, rewritePrim, substituteAxes } from '../../compiler/primitives/substitute.ts';

/** Depth first from the roots, arguments in order: each tensor after what it reads. */
export { postOrder as topological } from '../../compiler/primitives/walk.ts';

/** Axes renamed by `id`, so that those of different primitives are distinct. */
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
    prim.kind === 'reduce' || prim.kind === 'contraction'
      ? { ...p, axes: rename(prim.axes), over: rename(prim.over) }
      : { ...p, axes: rename(prim.axes) };
  return rewritePrim(renamed, substituteAxes(names));
}
