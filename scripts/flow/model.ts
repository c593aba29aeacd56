/**
 * A small Stable Diffusion 3 on drawings: patches and words are embedded, two MM-DiT blocks mix them, and the last layer
 * predicts the velocity of each pixel. Tensors have diffusers' names.
 */
import { printDim } from '../../compiler/dims/dims.ts';
import type { InputNode } from '../../compiler/ir/node.ts';
import { type ModuleAdapters, moduleStarts } from '../../src/finetune/by-module.ts';
import { type MmDitChoice, mmDitAdapters } from '../../src/finetune/diffusion/adapters.ts';
import type { MmDitShape } from '../../src/finetune/diffusion/linear-layers.ts';
import { mmDitBlock } from '../../src/finetune/diffusion/mm-dit.ts';
import {
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
  trainable,
} from '../../src/language/dsl/index.ts';
import type { HostTensor } from '../../src/session/tensors.ts';
import { CONTEXT, normal, PATCHES, PIXELS, WORDS } from './drawings.ts';

const WIDTH = 48;
const SHAPE: MmDitShape = {
  ...{ width: WIDTH, heads: 4, imageTokens: PATCHES, contextTokens: CONTEXT, queryKeyNorms: true },
};
const BLOCKS: readonly MmDitShape[] = [SHAPE, { ...SHAPE, last: true }];
/** Cosines and sines that the time is given by. */
export const FEATURES = 32;

const pathOf = (block: number): string => `transformer_blocks.${block}.`;

/** The adapters of each block; none for a model that is trained itself. */
export const adaptersOf = (choice: MmDitChoice): ModuleAdapters[] =>
  BLOCKS.map((shape) => mmDitAdapters(shape, choice));

/** The starts of all adapters' tensors, by path. */
export async function startsOf(
  adapters: readonly ModuleAdapters[],
  weights: ReadonlyMap<string, HostTensor>,
  seed: number,
): Promise<Map<string, HostTensor>> {
  const read = async (name: string) => weights.get(name)!;
  const each = adapters.map((a, n) => moduleStarts(a, { read }, { at: pathOf(n), seed: seed + n }));
  return new Map((await Promise.all(each)).flatMap((starts) => [...starts]));
}

/** A module's shapes, by the paths of its tensors. */
type Shapes = Readonly<Record<string, readonly number[]>>;

const linear = (path: string, out: number, inner: number): Shapes => ({
  [`${path}.weight`]: [out, inner],
  [`${path}.bias`]: [out],
});

const AROUND: Shapes = {
  ...linear('pos_embed.proj', WIDTH, PIXELS),
  'pos_embed.pos_embed': [PATCHES, WIDTH],
  'context_embedder.weight': [WORDS.length, WIDTH],
  ...linear('time_text_embed.timestep_embedder.linear_1', WIDTH, FEATURES),
  ...linear('time_text_embed.timestep_embedder.linear_2', WIDTH, WIDTH),
  ...linear('time_text_embed.text_embedder.linear_1', WIDTH, WIDTH),
  ...linear('norm_out.linear', 2 * WIDTH, WIDTH),
  ...linear('proj_out', PIXELS, WIDTH),
};

/** The name in the layer of a tensor with a path. */
const nameOf = (path: string): string => path.replaceAll('.', '_');

/** A block's tensors, in a layer that has several. */
function part(block: ReturnType<typeof mmDitBlock>, at: string) {
  const own = block.trace().inputs.filter((i) => i.stored !== undefined);
  const declared = ({ role, type, stored, name }: InputNode): [string, Param] => [
    nameOf(at + name),
    (role === 'trainable' ? trainable : frozen)(...type.shape.map(printDim), { stored: at + stored! }),
  ];
  return {
    tensors: Object.fromEntries(own.map(declared)),
    apply: (given: Tensors, all: Tensors) =>
      block({
        ...given,
        ...Object.fromEntries(own.map((i) => [i.name, all[nameOf(at + i.name)]!])),
      } as never),
  };
}

type Tensors = Readonly<Record<string, Tensor>>;

/** The velocity of a batch, without its loss where there is no target. With adapters, all else is frozen. */
function body(all: Tensors, blocks: readonly ReturnType<typeof part>[]): Tensor {
  const of = (path: string): Tensor => all[nameOf(path)]!;
  const apply = (x: Tensor, path: string) => x.matmul(of(`${path}.weight`).T).add(of(`${path}.bias`));
  const rows = all.noisy!.reshape(`tokens*${PATCHES}`, PIXELS);
  const embedded = apply(rows, 'pos_embed.proj').reshape('tokens', PATCHES, WIDTH);
  let image: Tensor = embedded.add(of('pos_embed.pos_embed'));
  let context: Tensor = take(of('context_embedder.weight'), all.words!, 0);
  const time = 'time_text_embed.timestep_embedder';
  const pooled = sum(context, 1).div(CONTEXT).reshape('tokens', WIDTH);
  const conditioning = apply(silu(apply(all.time!, `${time}.linear_1`)), `${time}.linear_2`).add(
    apply(pooled, 'time_text_embed.text_embedder.linear_1'),
  );
  for (const [n, block] of blocks.entries()) {
    const seen = n + 1 < blocks.length ? all.seen! : all.seenByLast!;
    const next = block.apply({ image, context, conditioning, seen }, all) as Tensors;
    image = next.nextImage!;
    context = next.nextContext ?? context;
  }
  const vectors = apply(silu(conditioning), 'norm_out.linear');
  const [scale, shift] = [0, WIDTH].map((at) => vectors.slice(1, at, WIDTH).reshape('tokens', 1, WIDTH));
  const centred = image.sub(sum(image, -1).div(WIDTH));
  const normed = centred.div(sqrt(sum(centred.mul(centred), -1).div(WIDTH).add(1e-6)));
  const last = normed.mul(scale!.add(1)).add(shift!).reshape(`tokens*${PATCHES}`, WIDTH);
  return apply(last, 'proj_out').reshape('tokens', PATCHES, PIXELS);
}

function layerOf(adapters: readonly ModuleAdapters[] | undefined, hasLoss: boolean) {
  const blocks = BLOCKS.map((shape, n) =>
    part(mmDitBlock(shape, adapters ? { adapters: adapters[n]! } : { trained: true }), pathOf(n)),
  );
  const weight = adapters ? frozen : trainable;
  const around = Object.entries(AROUND).map(([stored, shape]): [string, Param] => [
    nameOf(stored),
    weight(...shape, { stored }),
  ]);
  const joint = PATCHES + CONTEXT;
  return layer(
    {
      noisy: input('tokens', PATCHES, PIXELS),
      words: input('tokens', CONTEXT, { dtype: 'i32' }),
      time: input('tokens', FEATURES),
      seen: input('tokens', joint, 2, { dtype: 'i32' }),
      seenByLast: input('tokens', PATCHES, 2, { dtype: 'i32' }),
      ...(hasLoss ? { target: input('tokens', PATCHES, PIXELS) } : {}),
      ...Object.fromEntries(around),
      ...Object.assign({}, ...blocks.map(({ tensors }) => tensors)),
    } as Record<string, Param>,
    (tensors) => {
      const all = tensors as Tensors;
      const velocity = body(all, blocks);
      if (!hasLoss) return { velocity };
      const error = velocity.sub(all.target!);
      return {
        loss: sum(error.mul(error), [0, 1, 2])
          .div(PATCHES * PIXELS)
          .div(size('tokens')),
      };
    },
    { name: 'flow' },
  );
}

/** The model's programs: for samples, and for training. */
export const programsOf = (adapters?: readonly ModuleAdapters[]) => ({
  velocity: layerOf(adapters, false).trace(),
  loss: layerOf(adapters, true).trace(),
});

/** The shapes of the blocks in order. */
export const [FIRST, LAST] = BLOCKS as [MmDitShape, MmDitShape];

/**
 * Random weights of a new model, by path. Adaptive norms and the last layer start as zeros, so that each block starts as
 * the identity (Peebles and Xie, arXiv 2212.09748).
 */
export function newWeights(inputs: readonly InputNode[], next: () => number): Map<string, HostTensor> {
  const all = new Map<string, HostTensor>();
  for (const { stored, type } of inputs) {
    if (stored === undefined) continue;
    const shape = type.shape.map((d) => Number(printDim(d)));
    const count = shape.reduce((a, b) => a * b, 1);
    const isZero = stored.endsWith('.bias') || /(norm1|norm1_context|norm_out)\.linear|proj_out/.test(stored);
    const isOne = /\.norm_(added_)?[qk]\.weight$/.test(stored);
    const deviation = isZero || isOne ? 0 : 1 / Math.sqrt(shape.at(-1)!);
    const data = Float32Array.from({ length: count }, () => (isOne ? 1 : deviation * normal(next)));
    all.set(stored, { data, shape });
  }
  return all;
}
