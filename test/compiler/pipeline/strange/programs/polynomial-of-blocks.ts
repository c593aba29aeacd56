/** Functions of a block-diagonal generator as a matrix, which the author does not apply block by block. */
import { blockDiag, expm, frozen, identity, input, layer, polynomial, skew, trainable } from 'oftc';

const declared = { x: input('tokens', 'in'), W: frozen('out', 'in'), v: trainable('r', 'tri(b)') };
const where = { in: 'r*b' };

export const polynomialOfBlocks = layer(
  declared,
  ({ x, W, v }) => x.matmul(polynomial(blockDiag(skew(v)), [1, 1, 0.5, 0.25]).matmul(W.T)),
  { where },
);

export const expmOfBlocks = layer(declared, ({ x, W, v }) => x.matmul(expm(blockDiag(skew(v))).matmul(W.T)), {
  where,
});

/** A polynomial of the generator whose powers are written as products. */
export const powersWritten = layer(
  declared,
  ({ x, W, v }) => {
    const Q = blockDiag(skew(v));
    const [Q2, Q3] = [Q.matmul(Q), Q.matmul(Q).matmul(Q)];
    const R = identity('in').add(Q.mul(2)).add(Q2.mul(2)).add(Q3);
    return x.matmul(R.matmul(W.T));
  },
  { where },
);
