/**
 * Decoders of the Llama family (Llama, Mistral without its window, Qwen2) as layers: the block as its paper writes it,
 * with an adapter in place of any of its linear layers, and the head with its loss. A sequence is a run of tokens;
 * several lie one after another along `tokens`.
 */
import {
  attention,
  concat,
  frozen,
  input,
  layer,
  type Param,
  silu,
  size,
  sqrt,
  sum,
  type Tensor,
  take,
} from '../../dsl/index.ts';
import { type Adapted, applyAdapter, prefixed } from './adapted.ts';
import { MODULES, type ModelConfig, PROJECTIONS, type Projection, shapeOf } from './config.ts';

/** x/√(mean x² + ε) ⊙ weight (Zhang and Sennrich, arXiv 1910.07467). */
export const rmsNorm = layer(
  (_: { epsilon: number }) => ({ x: input('tokens', 'n'), weight: frozen('n') }),
  ({ x, weight }, { epsilon }): Tensor =>
    x.div(sqrt(sum(x.mul(x), -1).div(size('n')).add(epsilon))).mul(weight),
  { name: 'rmsNorm', config: { epsilon: 1e-5 } },
);

/** Channel pairs (c, c + d/2) of every head turned by the angle of the token's position. */
export const rope = layer(
  { x: input('tokens', 'heads', 'd'), cos: frozen('tokens', 'd/2'), sin: frozen('tokens', 'd/2') },
  ({ x, cos, sin }): Tensor => {
    const [a, b] = [x.slice(2, 0, 'd/2'), x.slice(2, 'd/2', 'd/2')];
    const c = cos.reshape('tokens', 1, 'd/2');
    const s = sin.reshape('tokens', 1, 'd/2');
    return concat([a.mul(c).sub(b.mul(s)), b.mul(c).add(a.mul(s))], 2);
  },
  { name: 'rope' },
);

export const embed = (c: ModelConfig) =>
  layer(
    {
      ids: input('tokens', { dtype: 'i32' }),
      E: frozen(c.vocabulary, c.hidden, { stored: 'embed_tokens.weight' }),
    },
    ({ ids, E }) => take(E, ids, 0),
    { name: 'embed' },
  );

/** Name of a projection's bias among a block's tensors. */
export const biasName = (p: Projection): string => `${p}_bias`;

/** Tensors of a block that are its own: norms, weights and biases. */
function blockTensors(c: ModelConfig): Record<string, Param> {
  const norm = (name: string) => frozen(c.hidden, { stored: `${name}.weight` });
  const weights = PROJECTIONS.flatMap((p): [string, Param][] => {
    const [out, inner] = shapeOf(c, p);
    const stored = MODULES[p];
    return [
      [p, frozen(out, inner, { stored: `${stored}.weight` })],
      ...(c.biased.includes(p)
        ? [[biasName(p), frozen(out, { stored: `${stored}.bias` })] as [string, Param]]
        : []),
    ];
  });
  return {
    attentionNorm: norm('input_layernorm'),
    mlpNorm: norm('post_attention_layernorm'),
    ...Object.fromEntries(weights),
  };
}

/**
 * One block: x + attention(norm x), then h + mlp(norm h). `adapters` stand in for the projections they name; their
 * tensors are the block's, prefixed (adapted.ts).
 */
export const block = (c: ModelConfig, adapters: Partial<Record<Projection, Adapted>> = {}) => {
  const own = blockTensors(c);
  const trained = PROJECTIONS.map((p) => {
    const adapter = adapters[p];
    return adapter ? prefixed(p, MODULES[p], adapter) : {};
  });
  return layer(
    {
      x: input('tokens', c.hidden),
      position: input('tokens', { dtype: 'i32' }),
      start: input('tokens', { dtype: 'i32' }),
      cosTable: frozen(c.positions, c.headWidth / 2),
      sinTable: frozen(c.positions, c.headWidth / 2),
      ...own,
      ...Object.assign({}, ...trained),
    } as Record<string, Param>,
    (tensors) => {
      const all = tensors as Readonly<Record<string, Tensor>>;
      const of = (name: string): Tensor => all[name]!;
      const linear = (p: Projection, x: Tensor): Tensor => {
        const [W, bias, adapter] = [of(p), all[biasName(p)], adapters[p]];
        if (adapter) return applyAdapter(adapter, p, { x, W, bias }, all);
        const y = x.matmul(W.T);
        return bias ? y.add(bias) : y;
      };
      const norm = (x: Tensor, weight: Tensor): Tensor => rmsNorm({ x, weight }, { epsilon: c.normEpsilon });
      const [cos, sin] = [take(of('cosTable'), of('position'), 0), take(of('sinTable'), of('position'), 0)];
      const heads = (x: Tensor, n: number) => x.reshape('tokens', n, c.headWidth);

      const x = of('x');
      const a = norm(x, of('attentionNorm'));
      const q = rope({ x: heads(linear('q', a), c.heads), cos, sin });
      const k = rope({ x: heads(linear('k', a), c.keyHeads), cos, sin });
      const mixed = attention(q, k, heads(linear('v', a), c.keyHeads), of('start'));
      const h = x.add(linear('o', mixed.reshape('tokens', c.heads * c.headWidth)));
      const m = norm(h, of('mlpNorm'));
      return h.add(linear('down', silu(linear('gate', m)).mul(linear('up', m))));
    },
    { name: 'block' },
  );
};
