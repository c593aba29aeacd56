/** Draws the parts of an expression one by one inside a property. */
import fc, { type GeneratorValue } from 'fast-check';
import { dimConst, dimVar } from '../../compiler/dims/dims.ts';
import { input } from '../../compiler/ir/build.ts';
import type { InputNode } from '../../compiler/ir/node.ts';
import type { Draw } from '../../compiler/rewrite/rule.ts';

/** The `Draw` that a rule's or an operator's instance takes; its tensors are named t0, t1, …. */
export function drawFrom(
  g: GeneratorValue,
): Draw & { tensor(...shape: readonly (number | 'tokens')[]): InputNode } {
  let next = 0;
  return {
    int: (min, max) => g(fc.integer, { min, max }),
    pick: (...choices) => choices[g(fc.nat, { max: choices.length - 1 })]!,
    tensor: (...shape) =>
      input(`t${next++}`, 'trainable', {
        shape: shape.map((n) => (typeof n === 'number' ? dimConst(n) : dimVar(n))),
        dtype: 'f32',
      }),
  };
}
