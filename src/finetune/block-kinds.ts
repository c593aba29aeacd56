/** Makes the blocks of a model on a device, one kind after another: those of a kind share their program. */
import type { Program } from '../../compiler/ir/node.ts';
import type { ModelShape } from '../formats/config/model-config.ts';
import type { Stored } from '../session/quantized.ts';
import { type AdapterChoice, adaptersOf, type BlockStages, type ByStorage, stagesOf } from './blocks.ts';
import type { Adapters } from './models/block-tensors.ts';
import { block } from './models/decoder-block.ts';
import { encoderBlock, memoryOf } from './models/encoder-block.ts';
import { type BlockPlace, layerShapes, stacksOf } from './models/linear-layers.ts';
import { encodedOf, familyOf } from './models/registry.ts';
import { TABLES } from './models/rope.ts';
import type { Place, Value } from './place.ts';
import { pathOf, sourceOf, type Uploads, type Weights } from './uploads.ts';

/** A block of the model, or the part of a decoder's block that reads the encoder's result. */
export interface TransformerBlock {
  readonly place: BlockPlace;
  /** The shape that its kind is computed from. */
  readonly shape: ModelShape;
  /** The stages, for so many rows of the encoder's result where the block attends to it. */
  stages(sources?: number): Promise<BlockStages>;
  readonly stored: Stored;
  /** The tensors that the block reads besides its activations, the trained ones at their start. */
  readonly tensors: Readonly<Record<string, Value>>;
  /** The path of each trained tensor, by its name in the block. */
  readonly paths: ReadonlyMap<string, string>;
}

/** Blocks, or parts of blocks, that share a program. */
export interface Kind {
  /** The model's shape, as these blocks have it. */
  readonly shape: ModelShape;
  readonly places: readonly BlockPlace[];
  /** The program, in which adapters replace the linear layers that they name. */
  program(adapters?: Adapters): Program;
}

export interface Kinds {
  /** The blocks of the decoder: with experts, or without. */
  readonly decoder: readonly Kind[];
  /** The blocks of the encoder, and the parts of the decoder's blocks that read its result. */
  readonly encoder?: { readonly blocks: Kind; readonly memory: Kind };
}

/** The kinds of blocks of a model. */
export function kindsOf(c: ModelShape): Kinds {
  const stacks = stacksOf(c);
  const places = (stack: number, linear: BlockPlace['linear'], layers?: readonly number[]): BlockPlace[] => {
    const { path, blocks } = stacks.at(stack)!;
    return (layers ?? [...blocks.keys()]).map((number) => ({ path: `${path}.${number}`, number, linear }));
  };
  const decoder = layerShapes(c).map(({ shape, layers }): Kind => {
    const { before, after } = familyOf(c).halves(shape);
    return {
      shape,
      places: places(-1, { ...before.linear, ...after.linear }, layers),
      program: (adapters) => block(shape, adapters).trace(),
    };
  });
  if (!c.encoder) return { decoder };
  const encoded = encodedOf(c);
  return {
    decoder,
    encoder: {
      blocks: {
        shape: c,
        places: places(0, encoded.block(c).linear),
        program: (adapters) => encoderBlock(c, adapters).trace(),
      },
      memory: {
        shape: c,
        places: places(-1, encoded.memory(c).linear),
        program: (adapters) => memoryOf(c, adapters).trace(),
      },
    },
  };
}

/** The parts of a model that its blocks are made of. */
export interface KindParts {
  readonly config: ModelShape;
  readonly place: Place;
  readonly weights: Weights;
  readonly uploads: Uploads;
  readonly adapter: AdapterChoice | undefined;
  readonly asWritten: boolean;
}

/** The linear layers that stay quantised. A router is small, and its choices turn on small differences. */
const quantisable = ({ linear }: BlockPlace): string[] =>
  Object.keys(linear).filter((name) => !linear[name]!.isRouter);

export interface MadeKind {
  readonly compiled: ByStorage<BlockStages>;
  readonly layers: readonly TransformerBlock[];
}

/** Uploads the blocks of a kind. `more` gives tensors of a block that no checkpoint has. */
export async function madeKind(
  kind: Kind,
  { config, place, weights, uploads, adapter, asWritten }: KindParts,
  more: (n: number) => Promise<Readonly<Record<string, Value>>> = async () => ({}),
): Promise<MadeKind> {
  const adapted = (choice: AdapterChoice) => kind.program(adaptersOf(config, choice));
  const program = adapter ? adapted(adapter) : kind.program();
  const plain = adapter?.dropout ? adapted({ ...adapter, dropout: undefined }) : undefined;
  const compiled = stagesOf(place, program, asWritten, plain);
  const inputs = program.inputs.filter(({ name }) => !TABLES.some((t) => t === name));
  const from = sourceOf(kind.program(), weights, adapter?.tensors);
  const trainable = inputs.filter((i) => i.role === 'trainable');
  const layers: TransformerBlock[] = [];
  for (const at of kind.places) {
    const { values, stored } = await uploads.asStored(inputs, at.path, from, quantisable(at));
    layers.push({
      place: at,
      shape: kind.shape,
      stages: (sources) => compiled.holding(stored, sources),
      stored,
      tensors: { ...(await more(at.number)), ...values },
      paths: new Map(trainable.map((i) => [i.name, pathOf(i, at.path)])),
    });
  }
  return { compiled, layers };
}

/** The blocks of several kinds of a stack, in the order in which they are computed. */
export const inOrder = (kinds: readonly MadeKind[]): TransformerBlock[] =>
  kinds.flatMap(({ layers }) => layers).sort((a, b) => a.place.number - b.place.number);

/**
 * The blocks of a kind that is made, with an adapter beside them: the adapter's tensors alone are uploaded. `layers` has
 * those of its stack.
 */
export async function kindBeside(
  kind: Kind,
  layers: readonly TransformerBlock[],
  { config, place, uploads, adapter, asWritten }: KindParts & { readonly adapter: AdapterChoice },
): Promise<MadeKind> {
  const plain = new Set(kind.program().inputs.map((i) => i.name));
  const program = kind.program(adaptersOf(config, adapter));
  const compiled = stagesOf(place, program, asWritten);
  const own = program.inputs.filter((i) => !plain.has(i.name));
  const trainable = own.filter((i) => i.role === 'trainable');
  const made: TransformerBlock[] = [];
  const paths = new Set(kind.places.map(({ path }) => path));
  for (const layer of layers.filter(({ place: at }) => paths.has(at.path))) {
    const { path } = layer.place;
    made.push({
      ...layer,
      stages: (sources) => compiled.holding(layer.stored, sources),
      tensors: { ...layer.tensors, ...(await uploads.all(own, path, () => adapter.tensors)) },
      paths: new Map(trainable.map((i) => [i.name, pathOf(i, path)])),
    });
  }
  return { compiled, layers: made };
}
