/** The rule that moves `detach` inside a structured matrix, so that the matrix keeps its structure. */
import { dimConst } from '../../dims/dims.ts';
import { apply, reapply } from '../../ir/build.ts';
import type { OpNode } from '../../ir/node.ts';
import { actionOf, structureOf } from '../../ir/operator.ts';
import { isOp } from '../../ops/nodes.ts';
import { defineRules } from '../rule.ts';

defineRules({
  name: 'detach-structured',
  law: 'detach(f(A)) = f(detach(A)) for what multiplies without being formed, its scale and its transpose',
  numerics: 'exact',
  pattern: { op: 'detach' },
  build: (node) => {
    const inner = node.args[0] as OpNode;
    const passes = structureOf(inner) || actionOf(inner) || isOp(inner, 'scale') || isOp(inner, 'transpose');
    if (!passes) return undefined;
    const detached = inner.args.map((a) => (a.type.dtype === 'i32' ? a : apply('detach', [a])));
    return reapply(inner, detached);
  },
  instance: (d) => {
    const n = d.int(1, 3);
    const inner = d.pick(
      () => apply('blockDiag', [d.tensor(d.int(1, 3), n, d.int(1, 3))]),
      () => apply('diag', [d.tensor(n)]),
      () => apply('shuffle', [], { digits: [n, 2].map(dimConst), order: [1, 0] }),
      () => apply('transpose', [d.tensor(n, 2)]),
    )();
    return apply('detach', [inner]);
  },
});
