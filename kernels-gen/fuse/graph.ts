/** Order and readers of primitives. */
import type { IntExpr } from '../../compiler/primitives/expr.ts';
import type { Axis } from '../../compiler/primitives/prim.ts';
import { type LoopPrim, rewritePrim, substituteAxes } from '../../compiler/primitives/substitute.ts';

/** Depth first from the roots, arguments in order: each tensor after what it reads. */
export function topological<T>(roots: readonly T[], argsOf: (t: T) => readonly T[]): T[] {
  const order: T[] = [];
  const seen = new Set<T>();
  // An explicit stack: chains may be longer than the call stack is deep.
  const stack: { node: T; next: number }[] = [];
  for (const root of roots) {
    if (!seen.has(root)) stack.push({ node: root, next: 0 });
    seen.add(root);
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      const args = argsOf(top.node);
      if (top.next === args.length) {
        order.push(top.node);
        stack.pop();
      } else {
        const arg = args[top.next++]!;
        if (!seen.has(arg)) stack.push({ node: arg, next: 0 });
        seen.add(arg);
      }
    }
  }
  return order;
}

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
