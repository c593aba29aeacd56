/**
 * Decoders of the Llama family (Llama, Mistral without its window, Qwen2) as layers: the embedding, and the block as
 * its paper writes it, in which adapters may replace linear layers. A sequence is a run of tokens; several follow one
 * another along `tokens`.
 */
import { hasBias } from '../../formats/config/expected.ts';
import type { ModelShape } from '../../formats/config/model-config.ts';
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
} from '../../language/dsl/index.ts';
import { type Adapted, applyAdapter, prefixed } from './adapted.ts';
import { MODULES, PROJECTIONS, type Projection, shapeOf } from './linear-layers.ts';

/** The RMS norm x/√(mean x² + ε) ⊙ weight (Zhang and Sennrich, arXiv 1910.07467). */
export const rmsNorm = layer(
  (_: { epsilon: number }) => ({ x: input('tokens', 'n'), weight: frozen('n') }),
  ({ x, weight }, { epsilon }): Tensor =>
    x.div(sqrt(sum(x.mul(x), -1).div(size('n')).add(epsilon))).mul(weight),
  { name: 'rmsNorm', config: { epsilon: 1e-5 } },
);

/** Rotates the channel pairs (c, c + d/2) of every head by the angle of the token's position. */
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

export const embed = (c: ModelShape) =>
  layer(
    {
      ids: input('tokens', { dtype: 'i32' }),
      E: frozen(c.vocabSize, c.hiddenSize, { stored: 'embed_tokens.weight' }),
    },
    ({ ids, E }) => take(E, ids, 0),
    { name: 'embed' },
  );

/** The name of a projection's bias among a block's tensors. */
export const biasName = (p: Projection): string => `${p}_bias`;

type Norm = 'attentionNorm' | 'mlpNorm';
type Adapters = Partial<Record<Projection, Adapted>>;

/** The norm and the projections before a block's attention, and those after it. */
const BEFORE = { norm: 'attentionNorm', projections: ['q', 'k', 'v'] } as const;
const AFTER = { norm: 'mlpNorm', projections: ['o', 'gate', 'up', 'down'] } as const;

const STORED_NORMS: Readonly<Record<Norm, string>> = {
  attentionNorm: 'input_layernorm',
  mlpNorm: 'post_attention_layernorm',
};

/** Declares norms, weights and biases; then the adapters' tensors with prefixes (adapted.ts). */
function blockTensors(
  c: ModelShape,
  adapters: Adapters,
  norms: readonly Norm[],
  projections: readonly Projection[],
): Record<string, Param> {
  const weights = projections.flatMap((p): [string, Param][] => {
    const [out, inner] = shapeOf(c, p);
    const stored = MODULES[p];
    return [
      [p, frozen(out, inner, { stored: `${stored}.weight` })],
      ...(hasBias(c, stored)
        ? [[biasName(p), frozen(out, { stored: `${stored}.bias` })] as [string, Param]]
        : []),
    ];
  });
  const trained = projections.map((p) => {
    const adapter = adapters[p];
    return adapter ? prefixed(p, MODULES[p], adapter) : {};
  });
  return {
    ...Object.fromEntries(
      norms.map((n) => [n, frozen(c.hiddenSize, { stored: `${STORED_NORMS[n]}.weight` })]),
    ),
    ...Object.fromEntries(weights),
    ...Object.assign({}, ...trained),
  };
}

const tables = (c: ModelShape) => ({
  cosTable: frozen(c.maxPositions, c.headDim / 2),
  sinTable: frozen(c.maxPositions, c.headDim / 2),
});

/** The computation of a block on the tensors that it declares. */
function stepsOf(c: ModelShape, adapters: Adapters, all: Readonly<Record<string, Tensor>>) {
  const of = (name: string): Tensor => all[name]!;
  const linear = (p: Projection, x: Tensor): Tensor => {
    const [W, bias, adapter] = [of(p), all[biasName(p)], adapters[p]];
    if (adapter) return applyAdapter(adapter, p, { x, W, bias }, all);
    const y = x.matmul(W.T);
    return bias ? y.add(bias) : y;
  };
  const norm = (x: Tensor, name: Norm): Tensor => rmsNorm({ x, weight: of(name) }, { epsilon: c.rmsNormEps });
  const heads = (x: Tensor, n: number) => x.reshape('tokens', n, c.headDim);
  return {
    /** Queries, keys and values (tokens, heads, channels); queries and keys are rotated by their positions. */
    before: (x: Tensor) => {
      const [cos, sin] = [take(of('cosTable'), of('position'), 0), take(of('sinTable'), of('position'), 0)];
      const a = norm(x, BEFORE.norm);
      return {
        query: rope({ x: heads(linear('q', a), c.heads), cos, sin }),
        key: rope({ x: heads(linear('k', a), c.kvHeads), cos, sin }),
        value: heads(linear('v', a), c.kvHeads),
      };
    },
    after: (x: Tensor, mixed: Tensor): Tensor => {
      const h = x.add(linear('o', mixed.reshape('tokens', c.heads * c.headDim)));
      const m = norm(h, AFTER.norm);
      return h.add(linear('down', silu(linear('gate', m)).mul(linear('up', m))));
    },
  };
}

/** One block: x + attention(norm x), then h + mlp(norm h). `adapters` replace the projections that they name. */
export const block = (c: ModelShape, adapters: Adapters = {}) =>
  layer(
    {
      x: input('tokens', c.hiddenSize),
      position: input('tokens', { dtype: 'i32' }),
      start: input('tokens', { dtype: 'i32' }),
      ...tables(c),
      ...blockTensors(c, adapters, [BEFORE.norm, AFTER.norm], PROJECTIONS),
    } as Record<string, Param>,
    (tensors) => {
      const all = tensors as Readonly<Record<string, Tensor>>;
      const { before, after } = stepsOf(c, adapters, all);
      const { query, key, value } = before(all.x!);
      return after(all.x!, attention(query, key, value, all.start!));
    },
    { name: 'block' },
  );

/** The first half of a block for decoding, up to the new tokens' queries, keys and values. */
export const beforeAttention = (c: ModelShape, adapters: Adapters = {}) =>
  layer(
    {
      x: input('tokens', c.hiddenSize),
      position: input('tokens', { dtype: 'i32' }),
      ...tables(c),
      ...blockTensors(c, adapters, [BEFORE.norm], BEFORE.projections),
    } as Record<string, Param>,
    (tensors) => {
      const all = tensors as Readonly<Record<string, Tensor>>;
      return stepsOf(c, adapters, all).before(all.x!);
    },
    { name: 'beforeAttention' },
  );

/** The second half: attention to cached keys and values of `room` rows, and the rest of the block. */
export const fromAttention = (c: ModelShape, room: number, adapters: Adapters = {}) =>
  layer(
    {
      x: input('tokens', c.hiddenSize),
      query: input('tokens', c.heads, c.headDim),
      keys: frozen(room, c.kvHeads, c.headDim),
      values: frozen(room, c.kvHeads, c.headDim),
      seen: input('tokens', 2, { dtype: 'i32' }),
      ...blockTensors(c, adapters, [AFTER.norm], AFTER.projections),
    } as Record<string, Param>,
    (tensors) => {
      const all = tensors as Readonly<Record<string, Tensor>>;
      const mixed = attention(all.query!, all.keys!, all.values!, all.seen!);
      return stepsOf(c, adapters, all).after(all.x!, mixed);
    },
    { name: 'fromAttention' },
  );
