import {
  detach,
  frozen,
  input,
  layer,
  sqrt,
  sum,
  type Tensor,
  trainable,
  when,
} from '../language/dsl/index.ts';

export interface LoraConfig {
  /** The scale s, PEFT's lora_alpha / r. */
  scale: number;
  /** Whether the frozen layer has a bias. */
  bias: boolean;
}

type Factors = readonly [A: Tensor<['r', 'in']>, B: Tensor<['out', 'r']>];

const adapted = (W: Tensor<['out', 'in']>, [A, B]: Factors, c: LoraConfig) => W.add(B.matmul(A).mul(c.scale));

/** LoRA as PEFT runs it, a baseline: W′ = W + s·B·A. */
export const lora = layer(
  (c: LoraConfig) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in', { stored: 'weight' }),
    bias: when(c.bias, frozen('out', { stored: 'bias' })),
    A: trainable('r', 'in', { stored: 'lora_A.weight', init: { kaiming: 1 } }),
    B: trainable('out', 'r', { stored: 'lora_B.weight', init: 'zeros' }),
  }),
  ({ x, W, bias, A, B }, c) => {
    const y = x.matmul(adapted(W, [A, B], c).T);
    return bias ? y.add(bias) : y;
  },
  {
    name: 'lora',
    source: 'https://arxiv.org/abs/2106.09685',
    config: { scale: 1, bias: false },
    claims: ({ W, bias, A, B }, c) => ({ weight: adapted(W, [A, B], c), bias }),
  },
);

function rescaled(W: Tensor<['out', 'in']>, factors: Factors, m: Tensor<['out']>, c: LoraConfig) {
  const V = adapted(W, factors, c);
  const norm = detach(sqrt(sum(V.mul(V), -1)));
  return V.mul(m.reshape('out', 1).div(norm));
}

/**
 * DoRA as PEFT runs it, a baseline: W′ = m ⊙ (W + s·B·A)/‖row‖. PEFT detaches the norm in the gradient. A new
 * adapter starts with m as the row norms of W.
 */
export const dora = layer(
  (c: LoraConfig) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in', { stored: 'weight' }),
    bias: when(c.bias, frozen('out', { stored: 'bias' })),
    A: trainable('r', 'in', { stored: 'lora_A.weight', init: { kaiming: 1 } }),
    B: trainable('out', 'r', { stored: 'lora_B.weight', init: 'zeros' }),
    m: trainable('out', { stored: 'lora_magnitude_vector', init: { rowNorms: 'W' } }),
  }),
  ({ x, W, bias, A, B, m }, c) => {
    const y = x.matmul(rescaled(W, [A, B], m, c).T);
    return bias ? y.add(bias) : y;
  },
  {
    name: 'dora',
    source: 'https://arxiv.org/abs/2402.09353',
    config: { scale: 1, bias: false },
    claims: ({ W, bias, A, B, m }, c) => ({ weight: rescaled(W, [A, B], m, c), bias }),
  },
);
