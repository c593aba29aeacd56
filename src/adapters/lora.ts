/** LoRA (arXiv 2106.09685): W′ = W + s·B·A; DoRA (arXiv 2402.09353): W′ = m ⊙ (W + s·B·A)/‖row‖, the norm detached. */
import { detach, frozen, input, layer, sqrt, sum, trainable, when } from '../dsl/index.ts';

export interface LoraConfig {
  /** lora_alpha / r. */
  scale: number;
  bias: boolean;
}

export const lora = layer(
  (c: LoraConfig) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    bias: when(c.bias, frozen('out')),
    A: trainable('r', 'in'),
    B: trainable('out', 'r'),
  }),
  ({ x, W, bias, A, B }, c) => {
    const y = x.matmul(W.add(B.matmul(A).mul(c.scale)).T);
    return bias ? y.add(bias) : y;
  },
  { name: 'lora', config: { scale: 1, bias: false } },
);

export const dora = layer(
  (c: LoraConfig) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    bias: when(c.bias, frozen('out')),
    A: trainable('r', 'in'),
    B: trainable('out', 'r'),
    m: trainable('out'),
  }),
  ({ x, W, bias, A, B, m }, c) => {
    const V = W.add(B.matmul(A).mul(c.scale));
    const norm = detach(sqrt(sum(V.mul(V), -1)));
    const y = x.matmul(V.mul(m.reshape('out', 1).div(norm)).T);
    return bias ? y.add(bias) : y;
  },
  { name: 'dora', config: { scale: 1, bias: false } },
);
