/** HRA (arXiv 2405.17484, PEFT `hra`): W′ = W·H₀…H_{r−1}, Hᵢ = I − 2ûᵢûᵢᵀ; with `gs` the uᵢ are orthonormalised first. */
import { frozen, householder, input, layer, reflectSpan, trainable, when } from '../dsl/index.ts';

export interface HraConfig {
  /** PEFT's `apply_GS`. */
  gs: boolean;
  bias: boolean;
}

export const hra = layer(
  (c: HraConfig) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    bias: when(c.bias, frozen('out')),
    u: trainable('in', 'r'),
  }),
  ({ x, W, bias, u }, c) => {
    const H = c.gs ? reflectSpan(u) : householder(u);
    const y = x.matmul(W.matmul(H).T);
    return bias ? y.add(bias) : y;
  },
  { name: 'hra', config: { gs: false, bias: false } },
);
