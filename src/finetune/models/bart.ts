/**
 * BART (Lewis et al., arXiv 1910.13461): an encoder and a decoder of post-norm blocks, with learned positions. Every
 * block of the decoder attends to the encoder's result after itself.
 */
import type { ModelShape } from '../../formats/config/model-config.ts';
import { frozen, gelu, input, layer, take } from '../../language/dsl/index.ts';
import { BART_FIELDS, OFFSET, readBart } from './bart-config.ts';
import type { ModelFamily } from './family.ts';
import type { Half, Linear, Norm } from './modules.ts';
import { layerNorm } from './parts.ts';

const square = (module: string, width: number): Linear => ({ module, shape: [width, width], bias: true });

/** The projections of one attention, by their names here. */
const projections = (at: string, width: number) => ({
  q: square(`${at}.q_proj`, width),
  k: square(`${at}.k_proj`, width),
  v: square(`${at}.v_proj`, width),
  o: square(`${at}.out_proj`, width),
});

const norm = (module: string, { hiddenSize: width }: ModelShape): Norm => ({ module, width, bias: true });

const mlp = (inner: number, width: number) => ({
  up: { module: 'fc1', shape: [inner, width], bias: true } as Linear,
  down: { module: 'fc2', shape: [width, inner], bias: true } as Linear,
});

export const bart: ModelFamily = {
  name: 'bart',
  architectures: { bart: 'BartForConditionalGeneration' },
  bare: 'BartModel',
  fields: BART_FIELDS,
  readFile: readBart,
  read: ({ shape }) => shape,

  halves: (c) => {
    const { q, k, v, o } = projections('self_attn', c.hiddenSize);
    const cross = projections('encoder_attn', c.hiddenSize);
    return {
      before: { norms: {}, linear: { q, k, v } },
      after: {
        norms: {
          selfNorm: norm('self_attn_layer_norm', c),
          crossNorm: norm('encoder_attn_layer_norm', c),
          endNorm: norm('final_layer_norm', c),
        },
        linear: { o, crossQ: cross.q, crossO: cross.o, ...mlp(c.intermediateSize, c.hiddenSize) },
      },
    };
  },

  norm: (x, weight, c, bias) => layerNorm({ x, weight, bias: bias! }, { epsilon: c.rmsNormEps }),

  before: (x, { linear }, c) => {
    const heads = (name: string) => linear(name, x).reshape('tokens', c.heads, c.headDim);
    return { query: heads('q'), key: heads('k'), value: heads('v') };
  },

  after: (x, mixed, { linear, norm, crossed }, c) => {
    const own = norm('selfNorm', x.add(linear('o', mixed)));
    const query = linear('crossQ', own).reshape('tokens', c.heads, c.headDim);
    const both = norm('crossNorm', own.add(linear('crossO', crossed!(query))));
    return norm('endNorm', both.add(linear('down', gelu(linear('up', both)))));
  },

  embedding: 'shared',
  endsWithNorm: false,
  logitsBias: 'final_logits_bias',

  encoded: {
    paths: { encoder: 'encoder.layers', decoder: 'decoder.layers' },

    block: (c): Half => {
      const { q, k, v, o } = projections('self_attn', c.hiddenSize);
      const { up, down } = mlp(c.encoder!.intermediateSize, c.hiddenSize);
      return {
        norms: {
          encoderNorm: norm('self_attn_layer_norm', c),
          encoderEndNorm: norm('final_layer_norm', c),
        },
        linear: { encoderQ: q, encoderK: k, encoderV: v, encoderO: o, encoderUp: up, encoderDown: down },
      };
    },

    encode: (x, { linear, norm, attended }, c) => {
      const count = c.encoder!.heads;
      const heads = (name: string) => linear(name, x).reshape('tokens', count, c.hiddenSize / count);
      const mixed = attended(heads('encoderQ'), heads('encoderK'), heads('encoderV'));
      const own = norm('encoderNorm', x.add(linear('encoderO', mixed)));
      return norm('encoderEndNorm', own.add(linear('encoderDown', gelu(linear('encoderUp', own)))));
    },

    memory: (c): Half => {
      const { k, v } = projections('encoder_attn', c.hiddenSize);
      return { norms: {}, linear: { crossK: k, crossV: v } };
    },

    remember: (x, { linear }, c) => {
      const heads = (name: string) => linear(name, x).reshape('tokens', c.heads, c.headDim);
      return { key: heads('crossK'), value: heads('crossV') };
    },

    placed: (c, stack) =>
      layer(
        {
          x: input('tokens', c.hiddenSize),
          position: input('tokens', { dtype: 'i32' }),
          P: frozen(c.maxPositions + OFFSET, c.hiddenSize, { stored: `${stack}.embed_positions.weight` }),
          weight: frozen(c.hiddenSize, { stored: `${stack}.layernorm_embedding.weight` }),
          bias: frozen(c.hiddenSize, { stored: `${stack}.layernorm_embedding.bias` }),
        },
        ({ x, position, P, weight, bias }) =>
          layerNorm(
            { x: x.add(take(P.slice(0, OFFSET, c.maxPositions), position, 0)), weight, bias },
            { epsilon: c.rmsNormEps },
          ),
        { name: 'placed' },
      ).trace(),
  },
};
