/**
 * The layers of a Vision Transformer (Dosovitskiy et al., arXiv 2010.11929): the embedding of patches, a block, and the
 * classifier of the class token. Tensors have Hugging Face's names.
 */
import type { ModuleSizes } from '../../formats/config/model-config.ts';
import { CLASSIFIER } from '../../formats/config/names.ts';
import {
  attention,
  concat,
  expand,
  frozen,
  gelu,
  input,
  layer,
  type Param,
  type Tensor,
  trainable,
} from '../../language/dsl/index.ts';
import { applyLinear, linearTensors, type ModuleAdapters, nameOf } from '../by-module.ts';
import { crossEntropy } from '../models/head.ts';
import type { Linear } from '../models/modules.ts';
import { layerNorm } from '../models/parts.ts';
import { patchesOf, patchWidth, type VitShape } from './vit-config.ts';

type Tensors = Readonly<Record<string, Tensor>>;

/** The path of a block. */
export const blockPath = (n: number): string => `vit.encoder.layer.${n}`;

/** The linear layers of a block, in the order in which they are applied. */
export function vitLinear({ width, inner, qkvBias }: VitShape): readonly Linear[] {
  const own = (module: string, out: number, inputs: number, bias = true): Linear => ({
    ...{ module, shape: [out, inputs], bias },
  });
  return [
    ...['query', 'key', 'value'].map((m) => own(`attention.attention.${m}`, width, width, qkvBias)),
    own('attention.output.dense', width, width),
    own('intermediate.dense', inner, width),
    own('output.dense', width, inner),
  ];
}

/** The weight and the bias of a norm. */
const normTensors = (module: string, width: number): Record<string, Param> => ({
  [nameOf(module)]: frozen(width, { stored: `${module}.weight` }),
  [`${nameOf(module)}_bias`]: frozen(width, { stored: `${module}.bias` }),
});

const normed = (x: Tensor, module: string, all: Tensors, { epsilon }: VitShape): Tensor =>
  layerNorm({ x, weight: all[nameOf(module)]!, bias: all[`${nameOf(module)}_bias`]! }, { epsilon });

/** The tokens (tokens, patches + 1, width) of images, whose number `tokens` is: the class token, and patches. */
export const embedPatches = (c: VitShape) => {
  const [n, own] = [patchesOf(c), patchWidth(c)];
  return layer(
    {
      patches: input('tokens', n, own),
      W: frozen(c.width, c.channels, ...c.patch, { stored: 'patch_embeddings.projection.weight' }),
      bias: frozen(c.width, { stored: 'patch_embeddings.projection.bias' }),
      first: frozen(1, 1, c.width, { stored: 'cls_token' }),
      position: frozen(1, n + 1, c.width, { stored: 'position_embeddings' }),
    },
    ({ patches, W, bias, first, position }) => {
      const rows = patches.reshape(`tokens*${n}`, own).matmul(W.reshape(c.width, own).T).add(bias);
      const embedded: Tensor = rows.reshape('tokens', n, c.width);
      return concat([expand(first, 'tokens', 1, c.width), embedded], 1).add(position);
    },
    { name: 'embedPatches' },
  );
};

/** A block. `tokens` counts all images' tokens, and `seen` has the first and the last token of each token's image. */
export const vitBlock = (c: VitShape, adapters: ModuleAdapters = {}) =>
  layer(
    {
      x: input('tokens', c.width),
      seen: input('tokens', 2, { dtype: 'i32' }),
      ...normTensors('layernorm_before', c.width),
      ...normTensors('layernorm_after', c.width),
      ...linearTensors(vitLinear(c), adapters),
    } as Record<string, Param>,
    (tensors) => {
      const all = tensors as Tensors;
      const linear = (module: string, x: Tensor) => applyLinear(module, x, all, adapters[module]);
      const a = normed(all.x!, 'layernorm_before', all, c);
      const heads = (name: string) =>
        linear(`attention.attention.${name}`, a).reshape('tokens', c.heads, c.width / c.heads);
      const mixed = attention(heads('query'), heads('key'), heads('value'), all.seen!).reshape(
        'tokens',
        c.width,
      );
      const h = all.x!.add(linear('attention.output.dense', mixed));
      const inner = gelu(linear('intermediate.dense', normed(h, 'layernorm_after', all, c)));
      return h.add(linear('output.dense', inner));
    },
    { name: 'vitBlock' },
  );

/** The logits (tokens, classes) of images, from their tokens after all blocks; with `loss`, their mean cross-entropy. */
export const classifier = (
  c: VitShape,
  { trained, loss }: { readonly trained: boolean; readonly loss: boolean },
) => {
  const weight = trained ? trainable : frozen;
  return layer(
    {
      x: input('tokens', patchesOf(c) + 1, c.width),
      ...normTensors('layernorm', c.width),
      W: weight(c.labels.length, c.width, { stored: 'weight' }),
      bias: weight(c.labels.length, { stored: 'bias' }),
      ...(loss ? { label: input('tokens', { dtype: 'i32' }), weight: frozen('tokens', 1) } : {}),
    } as Record<string, Param>,
    (tensors) => {
      const all = tensors as Tensors;
      const first = all.x!.slice(1, 0, 1).reshape('tokens', c.width);
      const z = normed(first, 'layernorm', all, c).matmul(all.W!.T).add(all.bias!);
      return loss ? { loss: crossEntropy({ z, label: all.label!, weight: all.weight! }) } : { logits: z };
    },
    { name: 'classifier' },
  );
};

/** The shapes of the classifier's tensors, by name. */
export const classifierShapes = (c: VitShape): ReadonlyMap<string, readonly number[]> =>
  new Map([
    [`${CLASSIFIER}.weight`, [c.labels.length, c.width]],
    [`${CLASSIFIER}.bias`, [c.labels.length]],
  ]);

/** The linear layers of the blocks as (out, in), by path. */
export const vitModules = (c: VitShape): ModuleSizes =>
  new Map(
    Array.from({ length: c.layers }, (_, n) =>
      vitLinear(c).map(({ module, shape }) => [`${blockPath(n)}.${module}`, shape] as const),
    ).flat(),
  );

/** The shape of each weight of a model, by name. */
export function vitWeights(c: VitShape): ReadonlyMap<string, readonly number[]> {
  const all = new Map<string, readonly number[]>([
    ['vit.embeddings.cls_token', [1, 1, c.width]],
    ['vit.embeddings.position_embeddings', [1, patchesOf(c) + 1, c.width]],
    ['vit.embeddings.patch_embeddings.projection.weight', [c.width, c.channels, ...c.patch]],
    ['vit.embeddings.patch_embeddings.projection.bias', [c.width]],
    ...['weight', 'bias'].map((part) => [`vit.layernorm.${part}`, [c.width]] as const),
    ...classifierShapes(c),
  ]);
  for (let n = 0; n < c.layers; n++) {
    for (const norm of ['layernorm_before', 'layernorm_after'])
      for (const part of ['weight', 'bias']) all.set(`${blockPath(n)}.${norm}.${part}`, [c.width]);
    for (const { module, shape, bias } of vitLinear(c)) {
      all.set(`${blockPath(n)}.${module}.weight`, shape);
      if (bias) all.set(`${blockPath(n)}.${module}.bias`, [shape[0]]);
    }
  }
  return all;
}
