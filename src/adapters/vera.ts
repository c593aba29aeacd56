import { diag, frozen, input, layer, type Tensor, trainable, when } from '../language/dsl/index.ts';

export interface VeraConfig {
  /** The seed of A and B; PEFT's `projection_prng_key`. */
  seed: number;
  /** The start of every element of d; PEFT's `d_initial`. */
  initial: number;
  /** Whether A and B come from a file of PEFT's, and not from the seed. */
  imported: boolean;
  /** Whether the frozen layer has a bias. */
  bias: boolean;
}

type Projections = readonly [A: Tensor<['r', 'in']>, B: Tensor<['out', 'r']>];

/** The start of A and B. Imported ones are the adapter's own, and no seed makes them again. */
function randomIn({ imported, seed }: VeraConfig) {
  const of = { kaiming: 1, gain: Math.sqrt(6) };
  return imported ? of : { seed, of };
}

/** The merged weight W + diag(b)·B·diag(d)·A. */
const adapted = (
  W: Tensor<['out', 'in']>,
  [A, B]: Projections,
  [b, d]: readonly [Tensor<['out']>, Tensor<['r']>],
) => W.add(diag(b).matmul(B).matmul(diag(d)).matmul(A));

/**
 * VeRA: W′ = W + diag(b)·B·diag(d)·A. A and B are random and frozen, and the vectors b and d are trained. A and B
 * follow from the seed and the sizes of the layer, so that layers of one size share them. PEFT's files have one A and
 * one B for all layers, of which each takes the first rows and columns.
 */
export const vera = layer(
  (c: VeraConfig) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in', { stored: 'weight' }),
    bias: when(c.bias, frozen('out', { stored: 'bias' })),
    A: frozen('r', 'in', { init: randomIn(c) }),
    B: frozen('out', 'r', { init: randomIn(c) }),
    b: trainable('out', { stored: 'vera_lambda_b', init: 'zeros' }),
    d: trainable('r', { stored: 'vera_lambda_d', init: { constant: c.initial } }),
  }),
  ({ x, W, bias, A, B, b, d }) => {
    const y = x.matmul(adapted(W, [A, B], [b, d]).T);
    return bias ? y.add(bias) : y;
  },
  {
    name: 'vera',
    source: 'https://arxiv.org/abs/2310.11454',
    config: { seed: 0, initial: 0.1, imported: false, bias: false },
    claims: ({ W, bias, A, B, b, d }) => ({ weight: adapted(W, [A, B], [b, d]), bias }),
  },
);
