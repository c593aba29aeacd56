/**
 * Rules that move transposes towards the leaves, where they are views or vanish. Each operator with a transpose of
 * its own has such a rule.
 */
import { apply } from '../../ir/build.ts';
import type { OpNode } from '../../ir/node.ts';
import { actionOf, type Operator, operator, structureOf } from '../../ir/operator.ts';
import { operators } from '../../ops/index.ts';
import { isOp } from '../../ops/nodes.ts';
import { defineRules, LINEAR, matches, type Numerics, type Rule } from '../rule.ts';

/** The rule that applies an operator's transpose, if it has one. */
export function transposeRule(
  { name, transpose, transposeLaw, sample }: Operator,
  numerics: Numerics,
): Rule | undefined {
  if (!transpose) return undefined;
  return {
    name: `transpose-${name.toLowerCase()}`,
    law: transposeLaw ?? `${name}(…)ᵀ, by the operator's own transpose`,
    numerics,
    pattern: { op: 'transpose', args: [{ op: name }] },
    build: (node, ctx) => {
      const [a] = node.args as [OpNode];
      const pushed = transpose(a);
      const isFormed = !structureOf(a) && !actionOf(a) && !matches({ op: LINEAR }, a);
      // A shared value keeps its transpose as a view: pushing it inside would compute the value twice.
      return isFormed && isOp(pushed, name) && pushed !== a && ctx.uses(a) > 1 ? undefined : pushed;
    },
    instance: (d) => apply('transpose', [sample!(d)]),
  };
}

// Sorted, because which file registers its operator first depends on which is imported first.
const names = operators().map((op) => op.name);
defineRules(...names.sort().flatMap((name) => transposeRule(operator(name), 'exact') ?? []));
