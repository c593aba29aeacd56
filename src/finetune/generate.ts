/** Text from a model, a token at a time. */

import type { HostArray } from '../session/tensors.ts';
import { random } from '../start/random.ts';
import { packed } from './batch.ts';
import { checkFinite } from './finite.ts';
import type { Model } from './model-run.ts';

export interface SampleOptions {
  /** Divides logits; 0 takes the likeliest token. */
  readonly temperature: number;
  /** Only so many of the likeliest tokens are drawn from; all without. */
  readonly topK: number | undefined;
}

/** A token by its logits; `u` in [0, 1) draws it. Of equally likely tokens the first counts as likelier. */
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
  /** How many tokens at most. */
  readonly tokens: number;
  readonly seed: number;
  /** Tokens that end the text. */
  readonly end: readonly number[];
}

/**
 * What follows `prompt`, which is not empty. Keys and values are kept while the text fits the model's positions. Of what
 * is longer the last ones are read, each at another position than before: all of them are computed for every token.
 * Throws OFT6011 for logits that are not finite.
 */
export async function* generate(
  model: Model,
  prompt: ArrayLike<number>,
  { tokens, seed, end, ...options }: GenerateOptions,
): AsyncGenerator<number> {
  const next = random(seed);
  const ids = Array.from(prompt);
  const { maxPositions: positions } = model.config;
  const decoder =
    ids.length < positions ? await model.decoder(Math.min(positions, ids.length + tokens)) : undefined;
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

/** The logits after the last of the tokens, nothing kept. */
async function lastLogits(model: Model, ids: readonly number[]): Promise<HostArray> {
  const { data } = await model.logits(packed([{ ids, labels: ids }], model.config));
  return data.subarray((ids.length - 1) * model.config.vocabSize);
}
