/**
 * ETHER and ETHER+ (arXiv 2405.20271): block-diagonal reflections H = I − 2uuᵀ on the input side; the relaxed
 * H⁺ = I − uuᵀ + vvᵀ on both. u and v are unit vectors per block.
 */
import {
  blockDiag,
  frozen,
  identity,
  input,
  layer,
  sqrt,
  sum,
  type Tensor,
  trainable,
  when,
} from '../dsl/index.ts';

/** Unit columns (k, b, 1). */
const unit = (u: Tensor<[string, string]>, b: string) => u.div(sqrt(sum(u.mul(u), -1))).reshape('k', b, 1);

const outer = (u: Tensor) => u.matmul(u.T);

export const ether = layer(
  (c: { bias: boolean }) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    bias: when(c.bias, frozen('out')),
    u: trainable('k', 'b'),
  }),
  ({ x, W, bias, u }) => {
    const H = blockDiag(identity('k', 'b', 'b').sub(outer(unit(u, 'b')).mul(2)));
    const y = x.matmul(H.matmul(W.T));
    return bias ? y.add(bias) : y;
  },
  { name: 'ether', where: { in: 'k*b' }, config: { bias: false } },
);

const relaxed = (u: Tensor<[string, string]>, v: Tensor<[string, string]>, b: string) =>
  blockDiag(
    identity('k', b, b)
      .sub(outer(unit(u, b)))
      .add(outer(unit(v, b))),
  );

export const etherPlus = layer(
  (c: { bias: boolean }) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    bias: when(c.bias, frozen('out')),
    uIn: trainable('k', 'b'),
    vIn: trainable('k', 'b'),
    uOut: trainable('k', 'a'),
    vOut: trainable('k', 'a'),
  }),
  ({ x, W, bias, uIn, vIn, uOut, vOut }) => {
    const merged = relaxed(uOut, vOut, 'a')
      .matmul(W)
      .matmul(relaxed(uIn, vIn, 'b'));
    const y = x.matmul(merged.T);
    return bias ? y.add(bias) : y;
  },
  { name: 'etherPlus', where: { in: 'k*b', out: 'k*a' }, config: { bias: false } },
);
