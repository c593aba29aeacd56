import {
  blockDiag,
  cayley,
  frozen,
  input,
  layer,
  max,
  shuffle,
  size,
  sqrt,
  sum,
  type Tensor,
  trainable,
  when,
} from '../language/dsl/index.ts';

export interface LycorisBoftConfig {
  /** Number of butterfly factors. LyCORIS takes one more than the digits 1 of the binary number k − 1, of k blocks. */
  factors: number;
  /** LyCORIS' `constraint` c, which keeps ‖Q‖_F of all factors together within c·out; 0 is none. */
  constraint: number;
  /** Whether to train a scale per output; LyCORIS' `rescaled`. */
  rescale: boolean;
  /** Whether the frozen layer has a bias. */
  bias: boolean;
}

/** The generators Q/max(1, ‖Q‖_F/(c·out)) with Q = A − Aᵀ. The gradient passes through the norm. */
function generators(A: Tensor, c: LycorisBoftConfig): Tensor {
  const Q: Tensor = A.sub(A.T);
  if (c.constraint === 0) return Q;
  const radius = size('out').mul(c.constraint);
  const parts = Q.reshape(`${c.factors}*k*b*b`).div(radius);
  return Q.div(sqrt(max(sum(parts.mul(parts), -1), 1)));
}

function factors(A: Tensor, c: LycorisBoftConfig): Tensor[] {
  const Q = generators(A, c);
  return Array.from({ length: c.factors }, (_, i) => {
    const R = cayley(Q.slice(0, i, 1).reshape('k', 'b', 'b'));
    const P = shuffle([`k/${2 ** i}`, 2, 2 ** i, 'b/2'], [0, 2, 3, 1]);
    return P.matmul(blockDiag(R)).matmul(P.T);
  });
}

/** The merged weight s ⊙ (B_{m−1}…B₀·W). */
function merged(W: Tensor<['out', 'in']>, A: Tensor, s: Tensor | undefined, c: LycorisBoftConfig): Tensor {
  let product: Tensor = W;
  for (const B of factors(A, c)) product = B.matmul(product);
  return s ? product.mul(s) : product;
}

/**
 * BOFT (LyCORIS): W′ = s ⊙ (B_{m−1}…B₀·W) on the output side, with Bᵢ = Pᵢ·diag(R)·Pᵢᵀ and R = (I+Q)(I−Q)⁻¹. Pᵢ is the
 * butterfly of stride 2ⁱ·b/2 whose two branches alternate, and s an optional scale per output. A constraint c divides
 * all Q = A − Aᵀ by max(1, ‖Q‖_F/(c·out)). The bias is neither rotated nor scaled.
 */
export const lycorisBoft = layer(
  (c: LycorisBoftConfig) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in', { stored: 'weight' }),
    bias: when(c.bias, frozen('out', { stored: 'bias' })),
    blocks: trainable(c.factors, 'k', 'b', 'b', { stored: 'oft_blocks', init: 'zeros' }),
    rescale: when(c.rescale, trainable('out', 1, { stored: 'rescale', init: 'ones' })),
  }),
  ({ x, W, bias, blocks, rescale }, c) => {
    const y = x.matmul(merged(W, blocks, rescale, c).T);
    return bias ? y.add(bias) : y;
  },
  {
    name: 'lycorisBoft',
    source: 'https://github.com/KohakuBlueleaf/LyCORIS',
    where: { out: 'k*b' },
    config: { factors: 1, constraint: 0, rescale: false, bias: false },
    claims: ({ W, bias, blocks, rescale }, c) => ({
      weight: merged(W, blocks, rescale, c),
      bias,
      orthogonal: factors(blocks, c),
    }),
  },
);
