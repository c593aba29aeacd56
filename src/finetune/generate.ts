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
 * Yields the tokens after `prompt`, which is not empty; of a model with an encoder, those that the decoder writes for it. Keys and values are cached while the text fits the model's
 * positions. Of a longer text, each step reads only the last tokens; their positions shift, so all are computed
 * again. Throws OFT6011 for logits that are not finite.
 */
export async function* generate(
  model: Model,
  prompt: ArrayLike<number>,
  { tokens, seed, end, ...options }: GenerateOptions,
): AsyncGenerator<number> {
  if (model.config.encoder) {
    yield* decoded(model, prompt, { tokens, seed, end, ...options });
    return;
  }
  const next = random(seed);
  const ids = Array.from(prompt);
  const { maxPositions: positions } = model.config;
  const decoder =
    ids.length < positions
      ? await model.decoder(Math.min(positions, Math.ceil((ids.length + tokens) / ROOM) * ROOM))
      : undefined;
  try {
    for (let n = 0; n < tokens; n++) {
      const logits =
        decoder && ids.length <= positions
          ? await decoder.read(ids.slice(decoder.length))
          : await lastLogits(model, ids.slice(-positions));
      await checkFinite(model, logits, `a logit after ${ids.length} tokens`);
      const id = sample(logits, options, next());
      if (end.includes(id)) return;
      ids.push(id);
      yield id;
    }
  } finally {
    decoder?.dispose();
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
  { tokens, seed, end, ...options }: GenerateOptions,
): AsyncGenerator<number> {
  const { config } = model;
  const next = random(seed);
  const source = sourceText(prompt, config);
  const ids = [...begun({ ids: [config.encoder!.decoderStart], source, end }, config)];
  const most = Math.min(tokens, config.maxPositions - ids.length);
  const room = Math.min(config.maxPositions, Math.ceil((ids.length + most) / ROOM) * ROOM);
  const decoder = await model.decoder(room, 1, { sources: source.ids.length });
  try {
    await decoder.attend([source], [0]);
    for (let n = 0; n < most; n++) {
      const logits = await decoder.read(ids.slice(decoder.length));
      await checkFinite(model, logits, `a logit after ${ids.length} tokens`);
      const id = sample(logits, options, next());
      if (end.includes(id)) return;
      ids.push(id);
      yield id;
    }
  } finally {
    decoder.dispose();
  }
}

/** The logits after the last of the tokens, computed without a cache. */
async function lastLogits(model: Model, ids: readonly number[]): Promise<HostArray> {
  const { data } = await model.logits(packed([{ ids, labels: ids }], model.config));
  return data.subarray((ids.length - 1) * model.config.vocabSize);
}
