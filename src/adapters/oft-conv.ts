import { frozen, input, layer, unfold, when } from '../language/dsl/index.ts';
import { ROTATION, type RotationConfig, rotation, triangles } from './rotation.ts';

export interface OftConvConfig extends RotationConfig {
  /** Height of the image. */
  height: number;
  /** Width of the image. */
  width: number;
  /** Side of the square kernel. */
  kernel: number;
  /** Stride of the kernel, in both directions. */
  stride: number;
  /** Width of the border of zeros around the image. */
  padding: number;
  /** Whether the frozen layer has a bias. */
  bias: boolean;
}

const outputSize = (n: number, c: OftConvConfig): number =>
  Math.floor((n + 2 * c.padding - c.kernel) / c.stride) + 1;

/**
 * OFT on a convolution: W′ = W·Rᵀ, where the kernel W is viewed as a matrix (out, in·k·k) and R has r blocks of b with
 * r·b = in·k·k. So R rotates the patches of the image. PEFT 0.20 merges in the same way, but its forward folds the
 * rotated patches into an image first, which adds up their overlaps: PEFT's layer changes when it is merged.
 */
export const oftConv = layer(
  (c: OftConvConfig) => ({
    x: input('tokens', `r*b/${c.kernel ** 2}`, c.height, c.width),
    W: frozen('out', `r*b/${c.kernel ** 2}`, c.kernel, c.kernel, { stored: 'weight' }),
    bias: when(c.bias, frozen('out', { stored: 'bias' })),
    v: triangles(c, 'oft_R.weight'),
  }),
  ({ x, W, bias, v }, c) => {
    const patches = unfold(x, { kernel: c.kernel, stride: c.stride, padding: c.padding });
    const flat = patches.matmul(rotation(v, c).matmul(W.reshape('out', 'r*b').T));
    const y = bias ? flat.add(bias) : flat;
    return y.permute(0, 2, 1).reshape('tokens', 'out', outputSize(c.height, c), outputSize(c.width, c));
  },
  {
    name: 'oftConv',
    source: 'https://arxiv.org/abs/2306.07280',
    config: { ...ROTATION, height: 8, width: 8, kernel: 3, stride: 1, padding: 1, bias: false },
    claims: ({ W, bias, v }, c) => ({
      weight: W.reshape('out', 'r*b')
        .matmul(rotation(v, c).T)
        .reshape('out', `r*b/${c.kernel ** 2}`, c.kernel, c.kernel),
      bias,
      orthogonal: c.cayley === 'exact' ? rotation(v, c) : [],
    }),
  },
);
