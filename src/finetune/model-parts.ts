/** Makes the parts of a model on a device: its weights are uploaded, and its stages are compiled when they are first needed. */
import { OftcError } from '../../compiler/errors/error.ts';
import type { ModelShape } from '../formats/config/model-config.ts';
import type { Stored } from '../session/quantized.ts';
import {
  type AdapterChoice,
  adaptersOf,
  type BlockStages,
  type ByStorage,
  blockProgram,
  stagesOf,
} from './blocks.ts';
import { Dropout } from './dropout/dropout.ts';
import { type Embedding, onDevice, onHost } from './embedding.ts';
import { type Head, piecedHead, wholeHead } from './head-stages.ts';
import type { ModelOptions } from './model-types.ts';
import { HEAD, projectionsOf, shortName } from './models/linear-layers.ts';
import { TABLES } from './models/rope.ts';
import { blockPath } from './models/weights.ts';
import { windowOf } from './models/windows.ts';
import type { Place, Value } from './place.ts';
import { rotaryOf } from './rotary.ts';
import { pathOf, sourceOf, type Uploads, type Weights } from './uploads.ts';

/** A block of the model. */
export interface TransformerBlock {
  readonly stages: BlockStages;
  readonly stored: Stored;
  /** The number of tokens that a token sees; undefined if all before it. */
  readonly window: number | undefined;
  /** The tensors that the block reads besides its activations, the trained ones at their start. */
  readonly tensors: Readonly<Record<string, Value>>;
  /** The path of each trained tensor, by its name in the block. */
  readonly paths: ReadonlyMap<string, string>;
}

export interface ModelParts {
  readonly config: ModelShape;
  readonly place: Place;
  /** The parts of the model whose weights these share; undefined for a model of its own. */
  readonly base?: ModelParts;
  readonly weights: Weights;
  readonly asWritten: boolean;
  /** The adapter, without its dropout. */
  readonly adapter: AdapterChoice | undefined;
  readonly dropout: Dropout | undefined;
  readonly blocks: ByStorage<BlockStages>;
  readonly layers: readonly TransformerBlock[];
  readonly embedding: Embedding;
  readonly head: Head;
  readonly uploads: Uploads;
}

/** The first word of the paths of all tensors but the head's. */
const ROOT = 'model';

/** How much of the vocabulary is bound at once. */
interface VocabularyLimit {
  readonly bytes: number;
  /** Whether the embedding is bound whole. */
  readonly holdsEmbedding: boolean;
  /** The rows of the head whose weights and logits are bound at once. */
  readonly rows: number;
}

function vocabularyLimit(
  place: Place,
  config: ModelShape,
  tokens: number,
  largest = Infinity,
): VocabularyLimit {
  const bytes = Math.min(place.largest, largest);
  const most = bytes / Float32Array.BYTES_PER_ELEMENT;
  return {
    bytes,
    holdsEmbedding: config.vocabSize * config.hiddenSize <= most,
    rows: Math.max(1, Math.floor(most / Math.max(config.hiddenSize, tokens))),
  };
}

/**
 * Uploads a model; quantised projections stay quantised on a device. Rejects with OFT6001 for an adapter that cannot
 * replace one of its targets, OFT6002 for a tensor whose size is not the configuration's, and what `weights` rejects
 * with.
 */
export async function partsOn(
  place: Place,
  uploads: Uploads,
  {
    config,
    weights,
    adapter,
    asWritten = false,
    largest,
    tokensAtOnce = 2048,
  }: Omit<ModelOptions, 'device' | 'plans'>,
): Promise<ModelParts> {
  const steady = adapter && { ...adapter, dropout: undefined };
  const program = blockProgram(config, adapter);
  const plain = adapter?.dropout ? blockProgram(config, steady) : undefined;
  const blocks = stagesOf(place, program, asWritten, plain);
  const limit = vocabularyLimit(place, config, tokensAtOnce, largest);
  const embedding = limit.holdsEmbedding
    ? await onDevice(place, config, weights, uploads, ROOT)
    : await onHost(place, config, weights, ROOT);
  const head = await headOf({ place, config, weights, uploads, root: ROOT }, adapter, limit, tokensAtOnce);

  const rotary = rotaryOf(config, uploads);
  const inputs = program.inputs.filter(({ name }) => !TABLES.some((t) => t === name));
  const from = sourceOf(blockProgram(config), weights, adapter?.tensors);
  const trainable = inputs.filter((i) => i.role === 'trainable');
  const layers: TransformerBlock[] = [];
  for (let n = 0; n < config.layers; n++) {
    const path = blockPath(n);
    const { values, stored } = await uploads.asStored(inputs, path, from, projectionsOf(config));
    layers.push({
      stages: await blocks.holding(stored),
      stored,
      window: windowOf(config, n),
      tensors: { ...(await rotary(n)), ...values },
      paths: new Map(trainable.map((i) => [i.name, pathOf(i, path)])),
    });
  }
  const dropout = adapter?.dropout && new Dropout(config, adaptersOf(config, adapter), adapter.dropout);
  const made = { blocks, layers, embedding, head, uploads };
  return { config, place, weights, asWritten, adapter: steady, dropout, ...made };
}

/** The head, whole or in pieces. Only a whole one takes an adapter. */
async function headOf(
  parts: Parameters<typeof wholeHead>[0],
  adapter: AdapterChoice | undefined,
  { bytes, rows }: VocabularyLimit,
  tokensAtOnce: number,
): Promise<Head> {
  const { config } = parts;
  const layer = (choice: AdapterChoice) => adaptersOf(config, { ...choice, targets: [HEAD] }).head!;
  const onHead = adapter?.targets?.includes(HEAD) ? adapter : undefined;
  if (rows >= config.vocabSize)
    return wholeHead(
      parts,
      onHead && {
        adapted: layer({ ...onHead, dropout: undefined }),
        trained: layer(onHead),
        tensors: onHead.tensors,
      },
    );
  if (!onHead) return piecedHead(parts, rows);
  layer(onHead);
  const name = shortName(config, HEAD);
  throw new OftcError(
    'OFT6001',
    `on ${name}: its weight (${config.vocabSize}, ${config.hiddenSize}) and the logits of ${tokensAtOnce} tokens are held in pieces of ${rows} rows, for at most ${bytes} bytes are bound at once, and no adapter can stand in for pieces: leave ${name} out of the targets`,
  );
}

/** The parts of a model without an adapter, with one beside them: the adapter's tensors alone are uploaded. Rejects as `partsOn` does. */
export async function partsBeside(base: ModelParts, adapter: AdapterChoice): Promise<ModelParts> {
  const { config, place, weights, asWritten } = base;
  const plain = new Set(blockProgram(config).inputs.map((i) => i.name));
  const program = blockProgram(config, adapter);
  const blocks = stagesOf(place, program, asWritten);
  const uploads = base.uploads.beside();
  const own = program.inputs.filter((i) => !plain.has(i.name));
  const trainable = own.filter((i) => i.role === 'trainable');
  const adapted = adaptersOf(config, adapter).head;
  if (adapted && base.head.isPieced)
    throw new OftcError(
      'OFT6001',
      `on ${shortName(config, HEAD)}: its weight is held in pieces, and no adapter can stand in for pieces: leave out the adapter that targets it`,
    );
  const head = adapted
    ? await wholeHead(
        { place, config, weights, uploads, root: ROOT },
        { adapted, trained: adapted, tensors: adapter.tensors },
      )
    : base.head;
  const layers: TransformerBlock[] = [];
  for (const [n, layer] of base.layers.entries()) {
    const path = blockPath(n);
    layers.push({
      ...layer,
      stages: await blocks.holding(layer.stored),
      tensors: { ...layer.tensors, ...(await uploads.all(own, path, () => adapter.tensors)) },
      paths: new Map(trainable.map((i) => [i.name, pathOf(i, path)])),
    });
  }
  return { ...base, base, adapter, dropout: undefined, blocks, layers, head, uploads };
}

/** Frees everything, and the device if the model opened it; of parts beside others, what they have alone. */
export function disposeParts({ base, blocks, embedding, head, uploads, place }: ModelParts): void {
  if (base) {
    blocks.dispose();
    if (head !== base.head) head.dispose();
    uploads.free();
    return;
  }
  for (const part of [blocks, embedding, head]) part.dispose();
  place.dispose();
}
