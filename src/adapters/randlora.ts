import { frozen, input, layer, type Tensor, trainable, when } from '../language/dsl/index.ts';

export interface RandloraConfig {
  /** The scale s, PEFT's randlora_alpha / r. */
  scale: number;
  /** The seed of A and B; PEFT's `projection_prng_key`. */
  seed: number;
  /** Whether the layer has fewer outputs than inputs; A and Γ then act on the outputs. */
  fewerOutputs: boolean;
  /** Whether A and B come from a file of PEFT's, and not from the seed. */
  imported: boolean;
  /** Whether the frozen layer has a bias. */
  bias: boolean;
}

type Bases = readonly [A: Tensor, B: Tensor];
type Scales = readonly [lambda: Tensor, gamma: Tensor];

/** The name of the dimension that A and Γ act on, and that of the other one. */
const sides = (c: RandloraConfig) => (c.fewerOutputs ? (['out', 'in'] as const) : (['in', 'out'] as const));

/** The factors of W′ − W: s·B, and all Λₙ·A·Γₙ, whose row k·(number of bases) + n is row k of Λₙ·A·Γₙ. */
function factors([A, B]: Bases, [lambda, gamma]: Scales, c: RandloraConfig): readonly [Tensor, Tensor] {
  const [small, large] = sides(c);
  const scaled = lambda
    .reshape('r', `${small}/r`, 1)
    .mul(A.reshape('r', 1, small))
    .mul(gamma.reshape(1, `${small}/r`, small))
    .reshape(small, small);
  const all = B.reshape(large, small);
  return c.fewerOutputs ? [scaled.T.mul(c.scale), all.T] : [all.mul(c.scale), scaled];
}

/**
 * RandLoRA as PEFT runs it: W′ = W + s·Σₙ Bₙ·Λₙ·A·Γₙ, a change of full rank. A and the Bₙ of rank r are random and
 * frozen, and the diagonals Λₙ and Γₙ are trained. There are in/r bases, and B has all Bₙ: the columns n, in/r + n,
 * 2·in/r + n, … are those of Bₙ. A and B follow from the seed and their sizes, so that layers of one size share them.
 */
export const randlora = layer(
  (c: RandloraConfig) => {
    const [small, large] = sides(c);
    const of = { uniform: Math.sqrt(3) };
    const random = { init: c.imported ? of : { seed: c.seed, of } };
    return {
      x: input('tokens', 'in'),
      W: frozen('out', 'in', { stored: 'weight' }),
      bias: when(c.bias, frozen('out', { stored: 'bias' })),
      A: frozen('r', small, random),
      B: frozen(large, `${small}/r`, 'r', random),
      lambda: trainable('r', `${small}/r`, { stored: 'randlora_lambda', init: 'zeros' }),
      gamma: trainable(`${small}/r`, small, { stored: 'randlora_gamma', init: { constant: 1, over: 1 } }),
    };
  },
  ({ x, W, bias, A, B, lambda, gamma }, c) => {
    // With all bases, the sum in W′ would be formed: it costs less than x takes where tokens are many.
    const [left, right] = factors([A, B], [lambda, gamma], c);
    const y = x.matmul(W.T).add(x.matmul(right.T).matmul(left.T));
    return bias ? y.add(bias) : y;
  },
  {
    name: 'randlora',
    source: 'https://arxiv.org/abs/2502.00987',
    config: { scale: 20, seed: 0, fewerOutputs: false, imported: false, bias: false },
    claims: ({ W, bias, A, B, lambda, gamma }, c) => {
      const [left, right] = factors([A, B], [lambda, gamma], c);
      return { weight: W.add(left.matmul(right)), bias };
    },
  },
);
