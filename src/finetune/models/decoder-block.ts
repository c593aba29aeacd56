/** A family's layers: the embedding, and its block whole and in halves, in which adapters may replace linear layers. */
import type { ModelShape } from '../../formats/config/model-config.ts';
import { attention, frozen, input, layer, type Param, type Tensor, take } from '../../language/dsl/index.ts';
import { type Adapted, applyAdapter, prefixed } from './adapted.ts';
import type { BlockTools, Half } from './family.ts';
import type { Target } from './linear-layers.ts';
import { rope } from './parts.ts';
import { familyOf } from './registry.ts';
import { tableRows } from './rope.ts';

export const embed = (c: ModelShape) =>
  layer(
    {
      ids: input('tokens', { dtype: 'i32' }),
      E: frozen(c.vocabSize, c.hiddenSize, { stored: 'embed_tokens.weight' }),
    },
    ({ ids, E }) =>
      c.embeddingScale === undefined ? take(E, ids, 0) : take(E, ids, 0).mul(c.embeddingScale),
    { name: 'embed' },
  );

type Adapters = Partial<Record<Target, Adapted>>;
type Tensors = Readonly<Record<string, Tensor>>;

/** The name of a linear layer's bias among a block's tensors. */
const biasName = (t: Target): string => `${t}_bias`;

/** Declares norms, weights and biases; then the adapters' tensors with prefixes (adapted.ts). */
function blockTensors(adapters: Adapters, { norms, linear }: Half): Record<string, Param> {
  const all = Object.entries(linear);
  const weights = all.flatMap(([name, { module, shape, bias }]): [string, Param][] => {
    const [out, inner] = shape;
    const weight: [string, Param] = [name, frozen(out, inner, { stored: `${module}.weight` })];
    return bias ? [weight, [biasName(name), frozen(out, { stored: `${module}.bias` })]] : [weight];
  });
  const trained = all.map(([name, { module }]) => {
    const adapter = adapters[name];
    return adapter ? prefixed(name, module, adapter) : {};
  });
  return {
    ...Object.fromEntries(
      Object.entries(norms).map(([name, { module, width }]) => [
        name,
        frozen(width, { stored: `${module}.weight` }),
      ]),
    ),
    ...Object.fromEntries(weights),
    ...Object.assign({}, ...trained),
  };
}

const tables = (c: ModelShape) => ({
  cosTable: frozen(tableRows(c), c.headDim / 2),
  sinTable: frozen(tableRows(c), c.headDim / 2),
});

/** The operations of a block on the tensors that it declares. */
function toolsOf(c: ModelShape, adapters: Adapters, all: Tensors): BlockTools {
  const angles = (table: string) => take(all[table]!, all.position!, 0);
  let turns: { readonly cos: Tensor; readonly sin: Tensor } | undefined;
  return {
    tensor: (name) => all[name]!,
    linear: (name, x) => {
      const [W, bias, adapter] = [all[name]!, all[biasName(name)], adapters[name]];
      if (adapter) return applyAdapter(adapter, name, { x, W, bias }, all);
      const y = x.matmul(W.T);
      return bias ? y.add(bias) : y;
    },
    norm: (name, x) => familyOf(c).norm(x, all[name]!, c),
    rotated: (x) => {
      turns ??= { cos: angles('cosTable'), sin: angles('sinTable') };
      return rope({ x, ...turns });
    },
  };
}

const before = (c: ModelShape, adapters: Adapters, all: Tensors) =>
  familyOf(c).before(all.x!, toolsOf(c, adapters, all), c);

const after = (c: ModelShape, adapters: Adapters, all: Tensors, mixed: Tensor): Tensor =>
  familyOf(c).after(all.x!, mixed.reshape('tokens', c.heads * c.headDim), toolsOf(c, adapters, all), c);

/** One block; `adapters` replace the linear layers that they name. */
export const block = (c: ModelShape, adapters: Adapters = {}) => {
  const halves = familyOf(c).halves(c);
  const whole: Half = {
    norms: { ...halves.before.norms, ...halves.after.norms },
    linear: { ...halves.before.linear, ...halves.after.linear },
  };
  return layer(
    {
      x: input('tokens', c.hiddenSize),
      position: input('tokens', { dtype: 'i32' }),
      start: input('tokens', { dtype: 'i32' }),
      ...tables(c),
      ...blockTensors(adapters, whole),
    } as Record<string, Param>,
    (tensors) => {
      const all = tensors as Tensors;
      const { query, key, value } = before(c, adapters, all);
      return after(c, adapters, all, attention(query, key, value, all.start!, c.scores));
    },
    { name: 'block' },
  );
};

/** The first half of a block for decoding, up to the new tokens' queries, keys and values. */
export const beforeAttention = (c: ModelShape, adapters: Adapters = {}) =>
  layer(
    {
      x: input('tokens', c.hiddenSize),
      position: input('tokens', { dtype: 'i32' }),
      ...tables(c),
      ...blockTensors(adapters, familyOf(c).halves(c).before),
    } as Record<string, Param>,
    (tensors) => ({ ...before(c, adapters, tensors as Tensors) }),
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
      ...blockTensors(adapters, familyOf(c).halves(c).after),
    } as Record<string, Param>,
    (tensors) => {
      const all = tensors as Tensors;
      return after(c, adapters, all, attention(all.query!, all.keys!, all.values!, all.seen!, c.scores));
    },
    { name: 'fromAttention' },
  );
