/** Inverses in products: of the identity plus low rank and of block-diagonal matrices, times a weight or alone. */
import { blockDiag, cayley, frozen, identity, input, inverse, layer, skew, solve, trainable } from 'oftc';

export const rebased = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), A: trainable('in', 'k'), B: trainable('k', 'in') },
  ({ x, W, A, B }) => x.matmul(inverse(identity('in').add(A.matmul(B))).matmul(W.T)),
);

export const solvedBlocks = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), S: trainable('r', 'b', 'b') },
  ({ x, W, S }) => {
    const near = blockDiag(identity('r', 'b', 'b').add(S.sub(S.T)));
    return x.matmul(solve(near, W.T));
  },
  { where: { in: 'r*b' } },
);

export const cayleyOfBlocks = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), v: trainable('r', 'tri(b)') },
  ({ x, W, v }) => x.matmul(cayley(blockDiag(skew(v))).matmul(W.T)),
  { where: { in: 'r*b' } },
);
