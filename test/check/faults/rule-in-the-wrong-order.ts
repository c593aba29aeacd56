/** Planted fault: diag(S)·diag(T) = diag(S·T), built as diag(T·S). */
import { blockDiag, cayley, defineRule, frozen, input, layer, skew, trainable } from 'oftc';
import { apply, isOp, type OpNode, product } from 'oftc/extend';

defineRule({
  name: 'diag-diag',
  law: 'diag(S)·diag(T) = diag(S·T)',
  numerics: 'reassociates',
  pattern: { op: 'matmul', some: { op: 'blockDiag' } },
  build: (node) => {
    const at = node.args.findIndex(
      (a, i) => isOp(a, 'blockDiag') && isOp(node.args[i + 1] ?? node, 'blockDiag'),
    );
    if (at < 0) return undefined;
    const [s, t] = node.args.slice(at, at + 2).map((a) => (a as OpNode).args[0]!);
    const both = apply('blockDiag', [apply('matmul', [t!, s!])]);
    return product([...node.args.slice(0, at), both, ...node.args.slice(at + 2)]);
  },
  instance: (draw) => {
    const [r, b] = [draw.int(1, 3), draw.int(1, 3)];
    const diag = () => apply('blockDiag', [draw.tensor(r, b, b)]);
    return apply('matmul', [draw.tensor(draw.int(1, 3), r * b), diag(), diag()]);
  },
});

export const fault = layer(
  {
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    v: trainable('r', 'tri(b)'),
    T: trainable('r', 'b', 'b'),
  },
  ({ x, W, v, T }) =>
    x
      .matmul(blockDiag(cayley(skew(v))))
      .matmul(blockDiag(T))
      .matmul(W.T),
  { where: { in: 'r*b' } },
);
