/**
 * OFT on a convolution, by the merge rule: the kernel, viewed as (out, in·k·k), times Rᵀ; that is, the patches
 * rotated before it. (PEFT 0.20 folds overlapping patches instead, and its forward and merged outputs differ.)
 */
import {
  blockDiag,
  cayleyNeumann,
  frozen,
  input,
  layer,
  skew,
  trainable,
  unfold,
  when,
} from '../dsl/index.ts';

export interface OftConvConfig {
  height: number;
  width: number;
  kernel: number;
  stride: number;
  padding: number;
  terms: number;
  bias: boolean;
}

const outputSize = (n: number, c: OftConvConfig): number =>
  Math.floor((n + 2 * c.padding - c.kernel) / c.stride) + 1;

export const oftConv = layer(
  (c: OftConvConfig) => ({
    // The blocked dimension is in·kernel² = r·b.
    x: input('tokens', `r*b/${c.kernel ** 2}`, c.height, c.width),
    W: frozen('out', `r*b/${c.kernel ** 2}`, c.kernel, c.kernel),
    bias: when(c.bias, frozen('out')),
    v: trainable('r', 'tri(b)'),
  }),
  ({ x, W, bias, v }, c) => {
    const R = blockDiag(cayleyNeumann(skew(v), { terms: c.terms }));
    const patches = unfold(x, { kernel: c.kernel, stride: c.stride, padding: c.padding });
    const flat = patches.matmul(R.matmul(W.reshape('out', 'r*b').T));
    const y = bias ? flat.add(bias) : flat;
    return y.permute(0, 2, 1).reshape('tokens', 'out', outputSize(c.height, c), outputSize(c.width, c));
  },
  {
    name: 'oftConv',
    config: { height: 8, width: 8, kernel: 3, stride: 1, padding: 1, terms: 5, bias: false },
  },
);
