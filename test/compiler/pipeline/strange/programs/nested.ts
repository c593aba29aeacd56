/** Layers that call another layer, which rotates a weight, twice, with different configurations and block sizes. */
import { blockDiag, cayley, cayleyNeumann, frozen, input, layer, skew, trainable } from 'oftc';

const turn = layer(
  (_: { exact: boolean }) => ({ W: frozen('n', 'd'), v: trainable('r', 'tri(b)') }),
  ({ W, v }, c) => {
    const Q = skew(v);
    return W.matmul(blockDiag(c.exact ? cayley(Q) : cayleyNeumann(Q)).T);
  },
  { where: { d: 'r*b' }, config: { exact: true } },
);

/** A weight that is rotated twice on its input side. */
export const twiceTurned = layer(
  {
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    v: trainable('k', 'tri(c)'),
    w: trainable('l', 'tri(e)'),
  },
  ({ x, W, v, w }) => {
    const once = turn({ W, v });
    return x.matmul(turn({ W: once, v: w }, { exact: false }).T);
  },
  { where: { in: 'k*c', l: 'in/e' } },
);

/** A weight that the same layer rotates on both sides; on the output side, it rotates the transpose. */
export const turnedAround = layer(
  {
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    v: trainable('k', 'tri(c)'),
    w: trainable('l', 'tri(e)'),
  },
  ({ x, W, v, w }) => {
    const left = turn({ W: W.T, v: w }, { exact: false }).T;
    return x.matmul(turn({ W: left, v }).T);
  },
  { where: { in: 'k*c', out: 'l*e' } },
);
