/** A family's layers: the embedding, and its block whole and in halves, in which adapters may replace linear layers. */
import type { ModelShape } from '../../formats/config/model-config.ts';
import { attention, frozen, input, layer, type Param, type Tensor, take } from '../../language/dsl/index.ts';
import { type Adapters, blockTensors, type Tensors, toolsOf } from './block-tensors.ts';
import { crossedBy, memoryInputs, SOURCES } from './encoder-block.ts';
import { embeddingPath, ROOT } from './linear-layers.ts';
import type { Half } from './modules.ts';
import { familyOf } from './registry.ts';
import { tableRows } from './rope.ts';

export const embed = (c: ModelShape) =>
  layer(
    {
      ids: input('tokens', { dtype: 'i32' }),
      E: frozen(c.vocabSize, c.hiddenSize, { stored: `${embeddingPath(c).slice(ROOT.length + 1)}.weight` }),
    },
    ({ ids, E }) =>
      c.embeddingScale === undefined ? take(E, ids, 0) : take(E, ids, 0).mul(c.embeddingScale),
    { name: 'embed' },
  );

/** The row of each token in the tables of the rotary embedding, of a model that has one. */
const positions = (c: ModelShape): Record<string, Param> =>
  c.rope ? { position: input('tokens', { dtype: 'i32' }) } : {};

const tables = (c: ModelShape): Record<string, Param> =>
  c.rope
    ? {
        cosTable: frozen(tableRows(c), c.headDim / 2),
        sinTable: frozen(tableRows(c), c.headDim / 2),
      }
    : {};

const before = (c: ModelShape, adapters: Adapters, all: Tensors) =>
  familyOf(c).before(all.x!, toolsOf(c, adapters, all), c);

const after = (c: ModelShape, adapters: Adapters, all: Tensors, mixed: Tensor, rows?: number): Tensor =>
  familyOf(c).after(
    all.x!,
    mixed.reshape('tokens', c.heads * c.headDim),
    { ...toolsOf(c, adapters, all, rows), ...(c.encoder ? { crossed: crossedBy(c, all) } : {}) },
    c,
  );

/**
 * One block; `adapters` replace the linear layers that they name. In a model with an encoder it attends to `sources` rows
 * of the encoder's result.
 */
export const block = (c: ModelShape, adapters: Adapters = {}, sources: number | string = SOURCES) => {
  const halves = familyOf(c).halves(c);
  const whole: Half = {
    norms: { ...halves.before.norms, ...halves.after.norms },
    linear: { ...halves.before.linear, ...halves.after.linear },
  };
  return layer(
    {
      x: input('tokens', c.hiddenSize),
      ...positions(c),
      start: input('tokens', { dtype: 'i32' }),
      ...(c.encoder ? memoryInputs(c, sources) : {}),
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
      ...positions(c),
      ...tables(c),
      ...blockTensors(adapters, familyOf(c).halves(c).before),
    } as Record<string, Param>,
    (tensors) => ({ ...before(c, adapters, tensors as Tensors) }),
    { name: 'beforeAttention' },
  );

/**
 * The second half: attention to cached keys and values of `room` rows, and the rest of the block. `rows` is the number of
 * rows that an expert's tokens fill at a time.
 */
export const fromAttention = (
  c: ModelShape,
  room: number,
  adapters: Adapters = {},
  sources: number | string = SOURCES,
  rows?: number,
) =>
  layer(
    {
      x: input('tokens', c.hiddenSize),
      query: input('tokens', c.heads, c.headDim),
      keys: frozen(room, c.kvHeads, c.headDim),
      values: frozen(room, c.kvHeads, c.headDim),
      seen: input('tokens', 2, { dtype: 'i32' }),
      ...(c.encoder ? memoryInputs(c, sources) : {}),
      ...blockTensors(adapters, familyOf(c).halves(c).after),
    } as Record<string, Param>,
    (tensors) => {
      const all = tensors as Tensors;
      const mixed = attention(all.query!, all.keys!, all.values!, all.seen!, c.scores);
      return after(c, adapters, all, mixed, rows);
    },
    { name: 'fromAttention' },
  );
