/** One block that is repeated on the input side and, transposed, on the output side, after the bias. */
import { blockDiag, cayley, expand, frozen, input, layer, skew, trainable } from 'oftc';

export const bothSides = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), bias: frozen('out'), v: trainable('tri(b)') },
  ({ x, W, bias, v }) => {
    const R = cayley(skew(v));
    const left = blockDiag(expand(R, 'r', 'b', 'b'));
    const right = blockDiag(expand(R, 's', 'b', 'b'));
    return x.matmul(left).matmul(W.T).add(bias).matmul(right.T);
  },
  { where: { in: 'r*b', out: 's*b' } },
);

/** A square weight in a rotated basis, Rᵀ·W·R: the parameter occurs twice, once transposed. */
export const conjugated = layer(
  { x: input('tokens', 'd'), W: frozen('d', 'd'), v: trainable('r', 'tri(b)') },
  ({ x, W, v }) => {
    const R = blockDiag(cayley(skew(v)));
    return x.matmul(R.T.matmul(W).matmul(R).T);
  },
  { where: { d: 'r*b' } },
);
