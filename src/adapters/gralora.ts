import {
  blockDiag,
  frozen,
  input,
  layer,
  shuffle,
  type Tensor,
  trainable,
  when,
} from '../language/dsl/index.ts';

export interface GraloraConfig {
  /** Number k of blocks along each side of W; PEFT's `gralora_k`. It divides in, out and r. */
  blocks: number;
  /** The rank of a LoRA that is trained beside the blocks, or 0; PEFT's `hybrid_r`. */
  hybrid: number;
  /** The scale s, PEFT's alpha / (r + hybrid_r). */
  scale: number;
  /** Whether the frozen layer has a bias. */
  bias: boolean;
}

type Factors = readonly [A: Tensor, B: Tensor];
type Lora = readonly [A: Tensor | undefined, B: Tensor | undefined];

/** The merged weight W + s·(diag(A)·P·diag(B))ᵀ + s·D·C, where P gives each block of B a share of every block of A. */
function merged(
  W: Tensor<['out', 'in']>,
  [A, B]: Factors,
  [C, D]: Lora,
  { blocks: k, scale }: GraloraConfig,
) {
  const P = shuffle([k, k, `r/${k}`], [1, 0, 2]);
  const adapted: Tensor = W.add(blockDiag(A).matmul(P).matmul(blockDiag(B)).T.mul(scale));
  return C && D ? adapted.add(D.matmul(C).mul(scale)) : adapted;
}

/**
 * GraLoRA as PEFT runs it: W is cut into k×k blocks, and each gets a product of rank r/k. Block (j, i) of W′ − W is
 * s·(A_i[:, j]·B_j[i])ᵀ, where A_i[:, j] are the j-th r/k columns of A_i, and B_j[i] the i-th r/k rows of B_j. It trains
 * and computes as much as LoRA of rank r does, and W′ − W has a rank of up to k·r.
 */
export const gralora = layer(
  (c: GraloraConfig) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in', { stored: 'weight' }),
    bias: when(c.bias, frozen('out', { stored: 'bias' })),
    A: trainable(c.blocks, `in/${c.blocks}`, 'r', { stored: 'gralora_A', init: { kaiming: 1 } }),
    B: trainable(c.blocks, 'r', `out/${c.blocks}`, { stored: 'gralora_B', init: 'zeros' }),
    C: when(
      c.hybrid > 0,
      trainable(c.hybrid, 'in', { stored: 'gralora_A_general.weight', init: { kaiming: 1 } }),
    ),
    D: when(c.hybrid > 0, trainable('out', c.hybrid, { stored: 'gralora_B_general.weight', init: 'zeros' })),
  }),
  ({ x, W, bias, A, B, C, D }, c) => {
    const y = x.matmul(merged(W, [A, B], [C, D], c).T);
    return bias ? y.add(bias) : y;
  },
  {
    name: 'gralora',
    source: 'https://arxiv.org/abs/2505.20355',
    config: { blocks: 2, hybrid: 0, scale: 1, bias: false },
    claims: ({ W, bias, A, B, C, D }, c) => ({ weight: merged(W, [A, B], [C, D], c), bias }),
  },
);
