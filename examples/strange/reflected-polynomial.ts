/** A polynomial of a product of reflections, M = H(u)·S(w): W′ = W·(½I + M − ¼M²)ᵀ. It is no rotation, and needs none. */
import { frozen, householder, input, layer, polynomial, reflectSpan, trainable } from 'oftc';

export const reflectedPolynomial = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), u: trainable('in', 'k'), w: trainable('in', 2) },
  ({ x, W, u, w }) => {
    const M = householder(u).matmul(reflectSpan(w));
    return x.matmul(W.matmul(polynomial(M, [0.5, 1, -0.25]).T).T);
  },
);
