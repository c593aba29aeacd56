/**
 * The mixture of experts of Mixtral and Qwen3-MoE, with OFT on every expert: a router chooses k experts for each token by
 * a softmax over all, and their results are weighed by it. Each expert is a SwiGLU MLP. The router has no auxiliary loss.
 */
import {
  blockDiag,
  cayleyNeumann,
  collect,
  dispatch,
  exp,
  expand,
  frozen,
  input,
  layer,
  logSumExp,
  ofExpert,
  pick,
  silu,
  skew,
  sum,
  type Tensor,
  topK,
  trainable,
} from 'oftc';

interface Config {
  /** The number of experts of a token. */
  k: number;
  /** Whether the weights of a token's experts are divided by their sum, as `norm_topk_prob` says. */
  normalised: boolean;
  /** The number of rows of a tile. */
  rows: number;
}

const rotated = (W: Tensor, v: Tensor) => blockDiag(cayleyNeumann(skew(v), { terms: 5 })).matmul(W.T);

export const mixture = layer(
  (_: Config) => ({
    x: input('tokens', 'width'),
    router: frozen('experts', 'width', { stored: 'gate.weight' }),
    gate: frozen('experts', 'inner', 'width'),
    up: frozen('experts', 'inner', 'width'),
    down: frozen('experts', 'width', 'inner'),
    gate_v: trainable('experts', 'r', 'tri(b)', { init: 'zeros' }),
    up_v: trainable('experts', 'r', 'tri(b)', { init: 'zeros' }),
    down_v: trainable('experts', 's', 'tri(b)', { init: 'zeros' }),
  }),
  ({ x, router, gate, up, down, gate_v, up_v, down_v }, { k, normalised, rows }) => {
    const z = x.matmul(router.T);
    const p = exp(z.sub(logSumExp(z)));
    const chosen = topK(p, k);
    const w = pick(expand(p.reshape('tokens', 1, 'experts'), 'tokens', k, 'experts'), chosen);
    const share = normalised ? w.div(sum(w, 1)) : w;

    const own = (a: Tensor) => ofExpert(a, chosen, { rows });
    const h = dispatch(x, chosen, 'experts', { rows });
    const inner = silu(h.matmul(rotated(own(gate), own(gate_v)))).mul(h.matmul(rotated(own(up), own(up_v))));
    const y = collect(inner.matmul(rotated(own(down), own(down_v))), chosen, 'experts', { rows });
    return sum(y.mul(share), 1).reshape('tokens', 'width');
  },
  { where: { width: 'r*b', inner: 's*b' }, config: { k: 2, normalised: true, rows: 32 } },
);
