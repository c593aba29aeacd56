/** Planted fault: a rule with the law (A ⊗ B)·(C ⊗ D) = A·C ⊗ B·D builds C·A ⊗ B·D. */
import { defineRule, frozen, input, kronecker, layer, trainable } from 'oftc';
import { apply, isOp, type OpNode, product } from 'oftc/extend';

defineRule({
  name: 'mixed-product',
  law: '(A ⊗ B)·(C ⊗ D) = A·C ⊗ B·D',
  numerics: 'reassociates',
  pattern: { op: 'matmul', some: { op: 'kronecker' } },
  build: (node) => {
    const at = node.args.findIndex(
      (a, i) => isOp(a, 'kronecker') && isOp(node.args[i + 1] ?? node, 'kronecker'),
    );
    if (at < 0) return undefined;
    const [[a, b], [c, d]] = node.args.slice(at, at + 2).map((k) => (k as OpNode).args) as [
      OpNode['args'],
      OpNode['args'],
    ];
    const both = apply('kronecker', [apply('matmul', [c!, a!]), apply('matmul', [b!, d!])]);
    return product([...node.args.slice(0, at), both, ...node.args.slice(at + 2)]);
  },
  instance: (draw) => {
    const [r, b] = [draw.int(1, 3), draw.int(1, 3)];
    const both = () => apply('kronecker', [draw.tensor(r, r), draw.tensor(b, b)]);
    return apply('matmul', [draw.tensor(draw.int(1, 3), r * b), both(), both()]);
  },
});

export const fault = layer(
  {
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    A: trainable('r', 'r'),
    B: trainable('b', 'b'),
    C: trainable('r', 'r'),
    D: trainable('b', 'b'),
  },
  ({ x, W, A, B, C, D }) => x.matmul(kronecker(A, B)).matmul(kronecker(C, D)).matmul(W.T),
  { where: { in: 'r*b' } },
);
