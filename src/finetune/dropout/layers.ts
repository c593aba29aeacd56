/** LoRA and DoRA with dropout as PEFT trains them: the mask `keep` multiplies the input of the adapter's branch alone. */
import type { LoraConfig } from '../../adapters/lora.ts';
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
} from '../../language/dsl/index.ts';

const tensors = (c: LoraConfig) => ({
  x: input('tokens', 'in'),
  W: frozen('out', 'in', { stored: 'weight' }),
  bias: when(c.bias, frozen('out', { stored: 'bias' })),
  A: trainable('r', 'in', { stored: 'lora_A.weight' }),
  B: trainable('out', 'r', { stored: 'lora_B.weight' }),
  keep: frozen('tokens', 'in'),
});

const CONFIG: LoraConfig = { scale: 1, bias: false };

/** y = x·Wᵀ + s·((x ⊙ keep)·Aᵀ)·Bᵀ. */
export const droppedLora = layer(
  tensors,
  ({ x, W, bias, A, B, keep }, c): Tensor => {
    const y = x.matmul(W.T).add(x.mul(keep).matmul(B.matmul(A).mul(c.scale).T));
    return bias ? y.add(bias) : y;
  },
  { name: 'droppedLora', config: CONFIG },
);

/** y = x·Wᵀ + (x ⊙ keep)·(W′ − W)ᵀ, where the frozen product of the second term is computed for the dropped input too. */
export const droppedDora = layer(
  (c: LoraConfig) => ({
    ...tensors(c),
    m: trainable('out', { stored: 'lora_magnitude_vector' }),
  }),
  ({ x, W, bias, A, B, keep, m }, c): Tensor => {
    const change = B.matmul(A).mul(c.scale);
    const V = W.add(change);
    const scale = m.div(detach(sqrt(sum(V.mul(V), -1))).reshape('out'));
    const kept = x.mul(keep);
    const base = kept.matmul(W.T);
    const y = x.matmul(W.T).add(base.add(kept.matmul(change.T)).mul(scale).sub(base));
    return bias ? y.add(bias) : y;
  },
  { name: 'droppedDora', config: CONFIG },
);
