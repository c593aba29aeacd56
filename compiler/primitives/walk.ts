/** Walks over graphs of any depth. Each has a stack of its own, so that a deep graph cannot fill the call stack. */

/** A cache of results: a Map, or a WeakMap for results that outlive one walk. */
export interface Memo<N, T> {
  has(node: N): boolean;
  get(node: N): T | undefined;
  set(node: N, value: T): unknown;
}

/** A node on the stack. Its arguments before `next` are done. */
interface Walked<N> {
  readonly node: N;
  readonly args: readonly N[];
  next: number;
}

/** All nodes below the roots, each after its arguments. A node that `isKnown` is left out with all below it. */
export function postOrder<N>(
  roots: readonly N[],
  argsOf: (node: N) => readonly N[],
  isKnown: (node: N) => boolean = () => false,
): N[] {
  const order: N[] = [];
  const seen = new Set<N>();
  const stack: Walked<N>[] = [];
  const enter = (node: N): void => {
    if (seen.has(node) || isKnown(node)) return;
    seen.add(node);
    stack.push({ node, args: argsOf(node), next: 0 });
  };
  for (const root of roots) {
    enter(root);
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      if (top.next < top.args.length) enter(top.args[top.next++]!);
      else {
        order.push(top.node);
        stack.pop();
      }
    }
  }
  return order;
}

/**
 * A function of nodes, given by `step` in terms of its results for arguments. It runs once for each node, arguments
 * first. `step` gets results of arguments from `of`, and may ask it for those of other nodes.
 */
export function foldOver<N, T>(
  argsOf: (node: N) => readonly N[],
  step: (node: N, of: (arg: N) => T) => T,
  known: Memo<N, T> = new Map<N, T>(),
): (node: N) => T {
  const of = (root: N): T => {
    const result = known.get(root);
    if (result !== undefined || known.has(root)) return result as T;
    // The stack is a path of nodes that wait for their arguments. There are no cycles, so no node is on it twice.
    const stack: Walked<N>[] = [{ node: root, args: argsOf(root), next: 0 }];
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      if (top.next < top.args.length) {
        const node = top.args[top.next++]!;
        if (!known.has(node)) stack.push({ node, args: argsOf(node), next: 0 });
        continue;
      }
      stack.pop();
      if (!known.has(top.node)) known.set(top.node, step(top.node, of));
    }
    return known.get(root) as T;
  };
  return of;
}
