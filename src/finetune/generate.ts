/** Generates text from a model, token by token. */
import type { ModelShape } from '../formats/config/model-config.ts';
import type { HostArray } from '../session/tensors.ts';
import { random } from '../start/random.ts';
import { packed, type SourceText } from './batch.ts';
import { checkFinite } from './finite.ts';
import { begun, ROOM } from './greedy.ts';
import type { Model } from './model-run.ts';

export interface SampleOptions {
  /** The divisor of the logits; 0 takes the likeliest token. */
  readonly temperature: number;
  /** The number of likeliest tokens to draw from; all if undefined. */
  readonly topK: number | undefined;
}

/** Draws a token by its logits, with `u` in [0, 1). Of equally likely tokens, the first ranks higher. */
export function sample(logits: HostArray, { temperature, topK }: SampleOptions, u: number): number {
  const order = Array.from(logits, (_, i) => i).sort((a, b) => logits[b]! - logits[a]! || a - b);
  const most = order[0]!;
  if (temperature === 0) return most;
  const kept = order.slice(0, topK);
  const weights = kept.map((i) => Math.exp((logits[i]! - logits[most]!) / temperature));
  let left = u * weights.reduce((a, b) => a + b, 0);
  for (const [n, weight] of weights.entries()) {
    left -= weight;
    if (left < 0) return kept[n]!;
  }
  return kept.at(-1)!;
}

export interface GenerateOptions extends SampleOptions {
  /** The most tokens to generate. */
  readonly tokens: number;
  readonly seed: number;
  /** The tokens that end the text. */
  readonly end: readonly number[];
}

/**
 * Yields the tokens after `prompt`, which is not empty. Those of a model with an encoder are what the decoder writes for the
 * prompt. Keys and values are cached while the text fits the model's positions. Of a longer text, each step reads only
 * the last tokens; their positions shift, so all are computed again. Throws OFT6011 for logits that are not finite.
 */
export const generate = (
  model: Model,
  prompt: ArrayLike<number>,
  options: GenerateOptions,
): AsyncGenerator<number> => (model.config.encoder ? decoded : continued)(model, prompt, options);

/** Yields the tokens that a model without an encoder writes after a prompt. */
async function* continued(
  model: Model,
  prompt: ArrayLike<number>,
  options: GenerateOptions,
): AsyncGenerator<number> {
  const ids = Array.from(prompt);
  const { maxPositions: positions } = model.config;
  const decoder =
    ids.length < positions
      ? await model.decoder(Math.min(positions, Math.ceil((ids.length + options.tokens) / ROOM) * ROOM))
      : undefined;
  const after = (read: readonly number[]): Promise<HostArray> =>
    decoder && read.length <= positions
      ? decoder.read(read.slice(decoder.length))
      : lastLogits(model, read.slice(-positions));
  try {
    yield* sampled(model, ids, options, after);
  } finally {
    decoder?.dispose();
  }
}

/** Yields tokens that are drawn by the logits after the tokens before them, up to an end, which is left out. */
async function* sampled(
  model: Model,
  before: readonly number[],
  { tokens, seed, end, ...options }: GenerateOptions,
  after: (ids: readonly number[]) => Promise<HostArray>,
): AsyncGenerator<number> {
  const next = random(seed);
  const ids = [...before];
  for (let n = 0; n < tokens; n++) {
    const logits = await after(ids);
    await checkFinite(model, logits, `a logit after ${ids.length} tokens`);
    const id = sample(logits, options, next());
    if (end.includes(id)) return;
    ids.push(id);
    yield id;
  }
}

/** The text that the encoder reads for a prompt, filled up so that prompts of other lengths have the same Plans. */
export function sourceText(
  prompt: ArrayLike<number>,
  { maxPositions }: Pick<ModelShape, 'maxPositions'>,
): SourceText {
  const length = Math.max(prompt.length, Math.min(maxPositions, Math.ceil(prompt.length / 32) * 32));
  const ids = [...Array.from(prompt), ...new Array<number>(length - prompt.length).fill(0)];
  return { ids, count: prompt.length };
}

/** Yields the tokens that the decoder writes, up to its last position. */
async function* decoded(
  model: Model,
  prompt: ArrayLike<number>,
  options: GenerateOptions,
): AsyncGenerator<number> {
  const { config } = model;
  const source = sourceText(prompt, config);
  const ids = begun({ ids: [config.encoder!.decoderStart], source, end: options.end }, config);
  const most = Math.min(options.tokens, config.maxPositions - ids.length);
  const room = Math.min(config.maxPositions, Math.ceil((ids.length + most) / ROOM) * ROOM);
  const decoder = await model.decoder(room, 1, { sources: source.ids.length });
  try {
    await decoder.attend([source], [0]);
    const after = (read: readonly number[]) => decoder.read(read.slice(decoder.length));
    yield* sampled(model, ids, { ...options, tokens: most }, after);
  } finally {
    decoder.dispose();
  }
}

/** The logits after the last of the tokens, computed without a cache. */
async function lastLogits(model: Model, ids: readonly number[]): Promise<HostArray> {
  const { data } = await model.logits(packed([{ ids, labels: ids }], model.config));
  return data.subarray((ids.length - 1) * model.config.vocabSize);
}
