/** Rotations from a generator of low rank, Q = A·Bᵀ − B·Aᵀ. */
import { cayley, expm, frozen, input, layer, type Tensor, trainable } from 'oftc';

const generator = (A: Tensor<['in', 'k']>, B: Tensor<['in', 'k']>) => A.matmul(B.T).sub(B.matmul(A.T));
const declared = {
  x: input('tokens', 'in'),
  W: frozen('out', 'in'),
  A: trainable('in', 'k'),
  B: trainable('in', 'k'),
};

export const lowRankExpm = layer(declared, ({ x, W, A, B }) =>
  x.matmul(expm(generator(A, B).mul(0.25)).matmul(W.T)),
);

export const lowRankCayley = layer(declared, ({ x, W, A, B }) =>
  x.matmul(cayley(generator(A, B)).matmul(W.T)),
);
