/** Rules that move transposes towards the leaves, where they are views or vanish. */
import { dimConst } from '../../dims/dims.ts';
import { apply, input } from '../../ir/build.ts';
import type { Node, OpNode } from '../../ir/node.ts';
import { operator } from '../../ir/operator.ts';
import { type Draw, defineRules, type Rule } from '../rule.ts';

const t = (a: Node) => apply('transpose', [a]);

/** A rule that applies the operator's own transpose. */
export function pushed(
  op: string,
  law: string,
  instance: (d: Draw) => OpNode,
  when: 'always' | 'used once' = 'always',
): Rule {
  return {
    name: `transpose-${op.toLowerCase()}`,
    law,
    numerics: 'exact',
    pattern: { op: 'transpose', args: [{ op }] },
    build: (node, ctx) => {
      const [a] = node.args as [OpNode];
      // A shared value keeps its transpose as a view: pushing it inside would compute the value twice.
      if (when === 'used once' && ctx.uses(a) > 1) return undefined;
      return operator(op).transpose!(a);
    },
    instance: (d) => t(instance(d)),
  };
}

export const transposeRules = defineRules(
  pushed('transpose', '(Aᵀ)ᵀ = A', (d) => t(d.tensor(d.int(1, 4), d.int(1, 4)))),
  pushed('identity', 'Iᵀ = I', () => apply('identity', [], { shape: [3, 3].map(dimConst) })),
  pushed(
    'matmul',
    '(A·B)ᵀ = Bᵀ·Aᵀ',
    (d) => {
      const [m, k, n] = [d.int(1, 4), d.int(1, 4), d.int(1, 4)];
      return apply('matmul', [d.tensor(m, k), d.tensor(k, n)]);
    },
    'used once',
  ),
  pushed('scale', '(c·A)ᵀ = c·Aᵀ', (d) =>
    apply('scale', [d.tensor(d.int(1, 4), d.int(1, 4))], { by: { num: BigInt(d.int(2, 9)), den: 4n } }),
  ),
  pushed('blockDiag', 'diag(T)ᵀ = diag(Tᵀ)', (d) =>
    apply('blockDiag', [d.tensor(d.int(1, 3), d.int(1, 3), d.int(1, 3))]),
  ),
  pushed('skew', 'Qᵀ = −Q', (d) => {
    const b = d.int(2, 5);
    return apply('skew', [d.tensor(d.int(1, 3), (b * (b - 1)) / 2)]);
  }),
  pushed('diag', 'diag(v)ᵀ = diag(v)', (d) => apply('diag', [d.tensor(d.int(1, 4))])),
  pushed('shuffle', 'Pᵀ reorders the digits back', (d) =>
    apply('shuffle', [], { digits: [d.int(1, 3), d.int(1, 3)].map(dimConst), order: [1, 0] }),
  ),
  pushed('kronecker', '(A ⊗ B)ᵀ = Aᵀ ⊗ Bᵀ', (d) =>
    apply('kronecker', [d.tensor(d.int(1, 3), d.int(1, 3)), d.tensor(d.int(1, 3), d.int(1, 3))]),
  ),
  pushed('permutation', 'Pᵀ is the inverse permutation', (d) => {
    const n = d.int(1, 4);
    const p = input(`p${n}`, 'frozen', { shape: [dimConst(n)], dtype: 'i32' });
    return apply('permutation', [p], d.pick({}, { inverse: true }));
  }),
);
