/** The layers that an encoder adds to a decoder: its block, and the keys and values that the decoder reads of its result. */
import type { ModelShape } from '../../formats/config/model-config.ts';
import { attention, input, layer, type Param, type Tensor } from '../../language/dsl/index.ts';
import { type Adapters, blockTensors, toolsOf } from './block-tensors.ts';
import { encodedOf } from './registry.ts';

/** The dimension of the rows of the encoder's result, where their number is not known yet. */
export const SOURCES = 'sources';

/** A block of the encoder. Each token sees the range `seen` of tokens, its own text, before and after it. */
export const encoderBlock = (c: ModelShape, adapters: Adapters = {}) => {
  const family = encodedOf(c);
  return layer(
    {
      x: input('tokens', c.hiddenSize),
      seen: input('tokens', 2, { dtype: 'i32' }),
      ...blockTensors(adapters, family.block(c)),
    } as Record<string, Param>,
    (tensors) => {
      const all = tensors as Readonly<Record<string, Tensor>>;
      const attended = (query: Tensor, key: Tensor, value: Tensor) =>
        attention(query, key, value, all.seen!).reshape('tokens', c.hiddenSize);
      return family.encode(all.x!, { ...toolsOf(c, adapters, all), attended }, c);
    },
    { name: 'encoderBlock' },
  );
};

/** The keys and values of the encoder's result x that one block of the decoder attends to. */
export const memoryOf = (c: ModelShape, adapters: Adapters = {}) => {
  const family = encodedOf(c);
  return layer(
    {
      x: input('tokens', c.hiddenSize),
      ...blockTensors(adapters, family.memory(c)),
    } as Record<string, Param>,
    (tensors) => {
      const all = tensors as Readonly<Record<string, Tensor>>;
      return { ...family.remember(all.x!, toolsOf(c, adapters, all), c) };
    },
    { name: 'memory' },
  );
};

/** The inputs of a decoder's block by which it attends to `sources` rows of the encoder's result. */
export const memoryInputs = (c: ModelShape, sources: number | string): Record<string, Param> => ({
  sourceKeys: input(sources, c.heads, c.headDim),
  sourceValues: input(sources, c.heads, c.headDim),
  /** The first and the last row of the encoder's result that each token sees. */
  sourceSeen: input('tokens', 2, { dtype: 'i32' }),
});

/** Attention to the encoder's result, for `BlockTools.crossed`. */
export const crossedBy =
  (c: ModelShape, all: Readonly<Record<string, Tensor>>) =>
  (query: Tensor): Tensor =>
    attention(query, all.sourceKeys!, all.sourceValues!, all.sourceSeen!).reshape(
      'tokens',
      c.heads * c.headDim,
    );
