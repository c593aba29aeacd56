/** Draws instances of operators and rules, and makes programs of them. */
import { dimConst, dimVar } from '../dims/dims.ts';
import { input, topological } from '../ir/build.ts';
import type { InputNode, Node, Program } from '../ir/node.ts';
import type { Draw } from '../rewrite/rule.ts';

/**
 * Draws by `next`, which returns random numbers in [0, 1). Tensors are named t0, t1, …. `size` in [0, 1] scales how far
 * an integer may be above its minimum, so that small instances can come first.
 */
export function drawing(next: () => number, size = 1): Draw {
  let tensors = 0;
  return {
    int: (min, max) => min + Math.floor(next() * (Math.floor((max - min) * size) + 1)),
    pick: (...choices) => choices[Math.floor(next() * choices.length)]!,
    tensor: (...shape) =>
      input(`t${tensors++}`, 'trainable', {
        shape: shape.map((n) => (n === 'tokens' ? dimVar(n) : dimConst(n))),
        dtype: 'f32',
      }),
  };
}

/** Draws each integer at its minimum, and the first of all choices. */
export const smallest = (): Draw => drawing(() => 0);

/** A program of expressions. Its inputs are those that the expressions read, in order of appearance. */
export function programOf(name: string, outputs: Readonly<Record<string, Node>>): Program {
  const inputs = new Map<string, InputNode>();
  for (const n of topological(Object.values(outputs))) if (n.kind === 'input') inputs.set(n.name, n);
  return {
    name,
    inputs: [...inputs.values()],
    outputs: Object.entries(outputs).map(([output, node]) => ({ name: output, node })),
    where: {},
  };
}
