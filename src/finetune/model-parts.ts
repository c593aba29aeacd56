/** Makes the parts of a model on a device: its weights are uploaded, and its stages are compiled when they are first needed. */
import { OftcError } from '../../compiler/errors/error.ts';
import type { ModelShape } from '../formats/config/model-config.ts';
import { inOrder, kindBeside, kindsOf, madeKind, type TransformerBlock } from './block-kinds.ts';
import { type AdapterChoice, adaptersOf, type BlockStages, type ByStorage } from './blocks.ts';
import { Dropout } from './dropout/dropout.ts';
import { type Embedding, onDevice, onHost, placed } from './embedding.ts';
import { type Head, piecedHead, wholeHead } from './head-stages.ts';
import type { ModelOptions } from './model-types.ts';
import type { StackName } from './models/family.ts';
import { HEAD, ROOT, shortName } from './models/linear-layers.ts';
import { encodedOf } from './models/registry.ts';
import { stackedIn } from './models/stacked.ts';
import type { Place } from './place.ts';
import { rotaryOf } from './rotary.ts';
import type { Uploads, Weights } from './uploads.ts';

/** The encoder, and the parts of the decoder's blocks that read its result. */
export interface EncoderParts {
  readonly embedding: Embedding;
  readonly layers: readonly TransformerBlock[];
  readonly memory: readonly TransformerBlock[];
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
  /** The stages of the blocks of each kind. */
  readonly blocks: readonly ByStorage<BlockStages>[];
  readonly layers: readonly TransformerBlock[];
  readonly encoder: EncoderParts | undefined;
  /** The rows of the embedding's table. */
  readonly rows: Embedding;
  /** The stage whose result enters the first block. */
  readonly embedding: Embedding;
  readonly head: Head;
  readonly uploads: Uploads;
}

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
  held: Place,
  uploads: Uploads,
  {
    activations,
    config,
    weights: given,
    adapter: chosen,
    asWritten = false,
    largest,
    tokensAtOnce = 2048,
  }: Omit<ModelOptions, 'device' | 'plans'>,
): Promise<ModelParts> {
  const weights = stackedIn(given, config);
  const adapter = chosen && stackedChoice(chosen, config);
  const steady = adapter && { ...adapter, dropout: undefined };
  // The stages of the model alone: those of the optimiser take parameters for tokens, and they stay in 32 bits.
  const place = { ...held, activations };
  const parts = { config, place, weights, uploads, adapter, asWritten };
  const kinds = kindsOf(config);
  const limit = vocabularyLimit(place, config, tokensAtOnce, largest);
  const rows = limit.holdsEmbedding
    ? await onDevice(place, config, weights, uploads, ROOT)
    : await onHost(place, config, weights);
  const embedded = (stack: StackName) =>
    config.encoder
      ? placed({ place, weights, uploads }, rows, encodedOf(config).placed(config, stack))
      : rows;
  const embedding = await embedded('decoder');
  const head = await headOf({ place, config, weights, uploads, root: ROOT }, adapter, limit, tokensAtOnce);
  const rotary = rotaryOf(config, uploads);
  const decoder = [];
  for (const kind of kinds.decoder) decoder.push(await madeKind(kind, parts, rotary));
  const blocks = kinds.encoder && (await madeKind(kinds.encoder.blocks, parts));
  const memory = kinds.encoder && (await madeKind(kinds.encoder.memory, parts));
  const encoder: EncoderParts | undefined = blocks &&
    memory && { embedding: await embedded('encoder'), layers: blocks.layers, memory: memory.layers };
  const dropout = adapter?.dropout && new Dropout(config, adaptersOf(config, adapter), adapter.dropout);
  return {
    ...{ config, place: held, weights, asWritten, adapter: steady, dropout },
    ...{ embedding, head, uploads, encoder },
    blocks: [...decoder, blocks, memory].flatMap((k) => (k ? [k.compiled] : [])),
    layers: inOrder(decoder),
    rows,
  };
}

/** The adapter, in which the tensors of experts are read as one. */
const stackedChoice = (choice: AdapterChoice, c: ModelShape): AdapterChoice => ({
  ...choice,
  tensors: stackedIn(choice.tensors, c),
});

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

/**
 * The parts of a model without an adapter, with one beside them: the adapter's tensors alone are uploaded. Rejects
 * as `partsOn` does.
 */
export async function partsBeside(base: ModelParts, chosen: AdapterChoice): Promise<ModelParts> {
  const { config, place, weights, asWritten } = base;
  const adapter = stackedChoice(chosen, config);
  const uploads = base.uploads.beside();
  const parts = { config, place, weights, uploads, adapter, asWritten };
  const kinds = kindsOf(config);
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
  const decoder = [];
  for (const kind of kinds.decoder) decoder.push(await kindBeside(kind, base.layers, parts));
  const blocks = kinds.encoder && (await kindBeside(kinds.encoder.blocks, base.encoder!.layers, parts));
  const memory = kinds.encoder && (await kindBeside(kinds.encoder.memory, base.encoder!.memory, parts));
  return {
    ...{ ...base, base, adapter, dropout: undefined, head, uploads },
    blocks: [...decoder, blocks, memory].flatMap((k) => (k ? [k.compiled] : [])),
    layers: inOrder(decoder),
    encoder: blocks && memory && { ...base.encoder!, layers: blocks.layers, memory: memory.layers },
  };
}

/** Frees everything, and the device if the model opened it; of parts beside others, what they have alone. */
export function disposeParts({
  base,
  blocks,
  embedding,
  encoder,
  rows,
  head,
  uploads,
  place,
}: ModelParts): void {
  for (const kind of blocks) kind.dispose();
  if (base) {
    if (head !== base.head) head.dispose();
    uploads.free();
    return;
  }
  for (const part of new Set([rows, embedding, head, ...(encoder ? [encoder.embedding] : [])]))
    part.dispose();
  place.dispose();
}
