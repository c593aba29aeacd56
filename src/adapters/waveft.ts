import {
  blockDiag,
  expand,
  frozen,
  hadamard,
  input,
  layer,
  sparse,
  type Tensor,
  trainable,
  when,
} from '../language/dsl/index.ts';

export interface WaveftConfig {
  /** The scale; PEFT's `scaling`. */
  scale: number;
  /** The seed of the positions; PEFT's `random_loc_seed`. */
  seed: number;
  /** Whether the spectrum is that of Haar wavelets; if not, it is added to W as it is. PEFT's `use_idwt`. */
  wavelet: boolean;
  /** Whether the frozen layer has a bias. */
  bias: boolean;
}

type Spectrum = readonly [c: Tensor<['n']>, p: Tensor<['3', 'n']>];

/** √2 times the Haar transform of pairs of numbers, each by its sum and its difference. It is its own inverse. */
const haar = (pairs: 'h' | 'w'): Tensor => blockDiag(expand(hadamard(2), pairs, 2, 2));

/** The merged weight W + s·M·S·N, where M and N transform columns and rows of the spectrum. */
function adapted(W: Tensor<['out', 'in']>, [v, p]: Spectrum, c: WaveftConfig): Tensor {
  const S = sparse(v, p, 'out', 'in');
  if (!c.wavelet) return W.add(S.mul(c.scale));
  const transformed: Tensor = haar('h').matmul(S).matmul(haar('w'));
  return W.add(transformed.mul(c.scale / 2));
}

/**
 * WaveFT as PEFT runs it: W′ = W + s·IDWT(S), the inverse Haar wavelet transform (db1) of a spectrum S that is zero but
 * at n positions. They follow from a seed, so that no adapter stores them. The sizes of W are even.
 */
export const waveft = layer(
  (c: WaveftConfig) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in', { stored: 'weight' }),
    bias: when(c.bias, frozen('out', { stored: 'bias' })),
    p: frozen(3, 'n', {
      dtype: 'i32',
      init: c.wavelet
        ? { positions: 'W', seed: c.seed, halves: 'interleaved' }
        : { positions: 'W', seed: c.seed },
    }),
    c: trainable('n', { stored: 'waveft_spectrum', init: 'zeros' }),
  }),
  ({ x, W, bias, p, c }, config) => {
    const y = x.matmul(adapted(W, [c, p], config).T);
    return bias ? y.add(bias) : y;
  },
  {
    name: 'waveft',
    source: 'https://arxiv.org/abs/2505.12532',
    where: { in: '2*w', out: '2*h' },
    config: { scale: 25, seed: 777, wavelet: true, bias: false },
    claims: ({ W, bias, p, c }, config) => ({ weight: adapted(W, [c, p], config), bias }),
  },
);
