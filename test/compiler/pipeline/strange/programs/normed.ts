/** RMS normalisation, a rotation, a gated output, and the output's squared norm as a second output. */
import { blockDiag, cayley, exp, frozen, input, layer, scalar, skew, sqrt, sum, tanh, trainable } from 'oftc';

export const normed = layer(
  {
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    gain: trainable('in'),
    v: trainable('r', 'tri(b)'),
    gate: trainable('out'),
  },
  ({ x, W, gain, v, gate }) => {
    const rms = sqrt(sum(x.mul(x), -1).div(16).add(1e-5));
    const h = x.div(rms).mul(gain);
    const y = h.matmul(blockDiag(cayley(skew(v))).matmul(W.T));
    const g = scalar(1).div(exp(gate.neg()).add(1));
    return { y: y.mul(g).add(tanh(y).mul(scalar(1).sub(g))), norm: sum(y.mul(y), -1) };
  },
  { where: { in: 'r*b' } },
);
