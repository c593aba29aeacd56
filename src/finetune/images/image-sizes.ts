/**
 * The memory and the operations of an image classifier's gradients, by the sizes of batches; and what is compiled
 * for these.
 */
import { gradName } from '../../../compiler/autodiff/differentiate.ts';
import type { BlockStages } from '../blocks.ts';
import type { BatchSize, PlannedBytes } from '../model-types.ts';
import { type Counts, compileStages, countsOf, type LateStage, type StageBytes } from '../stage.ts';
import { tokensOf } from './vit-config.ts';
import type { VitParts } from './vit-parts.ts';

const TRAINED: readonly (keyof BlockStages)[] = ['forward', 'gradient'];

/** The numbers of tokens of the batches, and those of their images. */
function countsIn({ config }: VitParts, sizes: readonly BatchSize[]): { tokens: Counts; images: Counts } {
  const tokens = sizes.map((s) => s.tokens);
  return { tokens: countsOf(tokens), images: countsOf(tokens.map((n) => n / tokensOf(config))) };
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** See `ImageClassifier.plannedBytes`. */
export async function plannedBytes(parts: VitParts, sizes: readonly BatchSize[]): Promise<PlannedBytes> {
  const { blocks, embedding, loss, logits, uploads, headPaths } = parts;
  const { tokens, images } = countsIn(parts, sizes);
  const embedded = embedding.bytes(images, ['patches']);
  const heads = [loss.bytes(images, ['label', 'weight', gradName('loss')]), logits.bytes(images, [])];
  const bytes = new Map<LateStage, StageBytes>();
  for (const stage of new Set(blocks.flatMap(({ stages }) => TRAINED.map((of) => stages[of]))))
    bytes.set(stage, await stage.bytes(tokens, ['seen']));
  const results = (of: keyof BlockStages) => blocks.map(({ stages }) => bytes.get(stages[of])!.results);
  const { adapter = 0, ...weights } = uploads.bytes;
  const trainsHead = headPaths.size > 0;
  const head = heads[0]!.results;
  const total = {
    weights: sum(Object.values(weights)),
    adapter,
    stages: sum([embedded.own, ...[...bytes.values()].map(({ own }) => own)]),
    head: sum(heads.map(({ own }) => own)),
    activations: embedded.results + (results('forward')[0] ?? 0) + (trainsHead ? 0 : head),
    gradients: sum(results('gradient')) + (trainsHead ? head : 0),
  };
  return { ...total, total: sum(Object.values(total)) };
}

/** See `ImageClassifier.operations`. */
export async function operationsOf(parts: VitParts, size: BatchSize): Promise<number> {
  const { blocks, embedding, loss } = parts;
  const { tokens, images } = countsIn(parts, [size]);
  const counted = blocks.flatMap(({ stages }) => TRAINED.map((of) => stages[of].operations(tokens[0])));
  return sum(await Promise.all([embedding.operations(images[0]), loss.operations(images[0]), ...counted]));
}

/** See `ImageClassifier.compile`. */
export async function compileFor(parts: VitParts, sizes: readonly BatchSize[]): Promise<void> {
  const { blocks, embedding, loss, logits, place } = parts;
  const { tokens, images } = countsIn(parts, sizes);
  const stages = new Set(blocks.flatMap(({ stages }) => TRAINED.map((of) => stages[of])));
  await compileStages(place, [
    ...[embedding, loss, logits].map((stage) => [stage, images] as const),
    ...[...stages].map((stage) => [stage, tokens] as const),
  ]);
}
