import { frozen, input, kronecker, layer, type Tensor, trainable, when } from '../language/dsl/index.ts';

export interface LokrConfig {
  /** The scale s, PEFT's alpha / r. */
  scale: number;
  /** Whether the left factor is a product of rank r too; PEFT's `decompose_both`. */
  both: boolean;
  /** Whether the right factor is no product, as in PEFT where r is at least half its larger side. */
  full: boolean;
  /** Whether the frozen layer has a bias. */
  bias: boolean;
}

/** The two factors; either is a matrix of its own or a product B·A. */
interface Factors {
  readonly C: Tensor<['l', 'm']> | undefined;
  readonly B1: Tensor<['l', 'r']> | undefined;
  readonly A1: Tensor<['r', 'm']> | undefined;
  readonly D: Tensor<['k', 'n']> | undefined;
  readonly B2: Tensor<['k', 'r']> | undefined;
  readonly A2: Tensor<['r', 'n']> | undefined;
}

/** The merged weight W + s·C ⊗ D. */
function adapted(W: Tensor<['out', 'in']>, { C, B1, A1, D, B2, A2 }: Factors, c: LokrConfig): Tensor {
  const left = C ?? B1!.matmul(A1!);
  const right = D ?? B2!.matmul(A2!);
  return W.add(kronecker(left, right).mul(c.scale));
}

/**
 * LoKr as PEFT runs it: W′ = W + s·C ⊗ D, a Kronecker product. C is (l, m) and D (k, n), so that C cuts the outputs
 * into l parts and the inputs into m. D is a product B₂·A₂ of rank r unless `full`, and C is B₁·A₁ with `both`.
 */
export const lokr = layer(
  (c: LokrConfig) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in', { stored: 'weight' }),
    bias: when(c.bias, frozen('out', { stored: 'bias' })),
    C: when(!c.both, trainable('l', 'm', { stored: 'lokr_w1', init: 'zeros' })),
    B1: when(c.both, trainable('l', 'r', { stored: 'lokr_w1_a', init: 'zeros' })),
    A1: when(c.both, trainable('r', 'm', { stored: 'lokr_w1_b', init: { kaiming: 1 } })),
    D: when(c.full, trainable('k', 'n', { stored: 'lokr_w2', init: { kaiming: 1 } })),
    B2: when(!c.full, trainable('k', 'r', { stored: 'lokr_w2_a', init: { kaiming: 1 } })),
    A2: when(!c.full, trainable('r', 'n', { stored: 'lokr_w2_b', init: { kaiming: 1 } })),
  }),
  ({ x, W, bias, ...factors }, c) => {
    const y = x.matmul(adapted(W, factors, c).T);
    return bias ? y.add(bias) : y;
  },
  {
    name: 'lokr',
    source: 'https://arxiv.org/abs/2309.14859',
    where: { out: 'l*k', in: 'm*n' },
    config: { scale: 1, both: false, full: false, bias: false },
    claims: ({ W, bias, ...factors }, c) => ({ weight: adapted(W, factors, c), bias }),
  },
);
