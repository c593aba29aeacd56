import {
  diag,
  frozen,
  input,
  layer,
  max,
  size,
  sqrt,
  sum,
  type Tensor,
  trainable,
  when,
} from '../language/dsl/index.ts';

export interface DeloraConfig {
  /** The start of λ, which bounds the change; PEFT's `delora_lambda`. */
  lambda: number;
  /** Whether the frozen layer has a bias. */
  bias: boolean;
}

type Factors = readonly [A: Tensor<['r', 'in']>, B: Tensor<['out', 'r']>];

/** The norms of rows or columns, from the sums of their squares. PEFT replaces those below 10⁻⁴, as of B at its start. */
const norms = (squares: Tensor): Tensor<['r']> => sqrt(max(squares, 1e-8)).reshape('r');

/** The merged weight W + B·Ξ·A·diag(‖columns of W‖), with the diagonal Ξᵢ = λ/(r·‖rowᵢ of A‖·‖columnᵢ of B‖). */
function adapted(W: Tensor<['out', 'in']>, [A, B]: Factors, lambda: Tensor<['1']>): Tensor {
  const product = norms(sum(A.mul(A), -1)).mul(norms(sum(B.mul(B), 0)));
  const scale = lambda.div(product.mul(size('r')));
  const columns = sqrt(sum(W.mul(W), 0)).reshape('in');
  return W.add(B.matmul(diag(scale)).matmul(A).matmul(diag(columns)));
}

/**
 * DeLoRA as PEFT runs it: W′ = W + (λ/r)·Σᵢ bᵢaᵢ/(‖bᵢ‖·‖aᵢ‖)·diag(‖columns of W‖). The rows aᵢ of A and the columns bᵢ of
 * B only give directions, and λ bounds how far W′ may be from W. PEFT stores the column norms of W with the adapter.
 */
export const delora = layer(
  (c: DeloraConfig) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in', { stored: 'weight' }),
    bias: when(c.bias, frozen('out', { stored: 'bias' })),
    A: trainable('r', 'in', { stored: 'delora_A', init: { kaiming: 1 } }),
    B: trainable('out', 'r', { stored: 'delora_B', init: 'zeros' }),
    lambda: trainable(1, { stored: 'delora_lambda', init: { constant: c.lambda } }),
  }),
  ({ x, W, bias, A, B, lambda }) => {
    const y = x.matmul(adapted(W, [A, B], lambda).T);
    return bias ? y.add(bias) : y;
  },
  {
    name: 'delora',
    source: 'https://arxiv.org/abs/2503.18225',
    config: { lambda: 15, bias: false },
    claims: ({ W, bias, A, B, lambda }) => ({ weight: adapted(W, [A, B], lambda), bias }),
  },
);
