/** The same rotation applied to inputs of every rank. */
import { blockDiag, cayley, frozen, input, layer, skew, type Tensor, trainable } from 'oftc';

const rest = { W: frozen('out', 'in'), v: trainable('r', 'tri(b)') };
const where = { in: 'r*b' };
const turned = (x: Tensor, W: Tensor, v: Tensor) => x.matmul(blockDiag(cayley(skew(v))).matmul(W.T));

/** An input of rank 1, which becomes a matrix of one row. */
export const rank1 = layer(
  { x: input('in'), ...rest },
  ({ x, W, v }) => turned(x.reshape(1, 'in'), W, v).reshape('out'),
  { where },
);
export const rank2 = layer({ x: input('tokens', 'in'), ...rest }, ({ x, W, v }) => turned(x, W, v), {
  where,
});
export const rank3 = layer({ x: input('tokens', 'heads', 'in'), ...rest }, ({ x, W, v }) => turned(x, W, v), {
  where,
});
export const rank4 = layer(
  { x: input('tokens', 'frames', 'heads', 'in'), ...rest },
  ({ x, W, v }) => turned(x, W, v),
  { where },
);
/** An input with a batch axis of fixed size in front of the tokens. */
export const batchFirst = layer({ x: input(3, 'tokens', 'in'), ...rest }, ({ x, W, v }) => turned(x, W, v), {
  where,
});
