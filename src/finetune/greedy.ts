/** Continues many prompts with their likeliest tokens, several at a time. */
import type { HostArray } from '../session/tensors.ts';
import { checkFinite } from './finite.ts';
import { ROOM } from './generate.ts';
import type { Model } from './model-run.ts';

export interface Prompt {
  /** At least one token, and fewer than the model has positions. */
  readonly ids: readonly number[];
  /** The tokens that end its continuation. */
  readonly end: readonly number[];
}

export interface ContinueOptions {
  /** The most tokens of a continuation. A text also ends where the model has no more positions. */
  readonly most: number;
  /** The number of prompts that are continued at a time. */
  readonly batch: number;
}

/** The most tokens of a prompt and its continuation together. */
export const longest = (prompts: readonly Prompt[], most: number, positions: number): number =>
  Math.min(positions, Math.max(...prompts.map(({ ids }) => ids.length)) + most);

/**
 * The likeliest tokens after each prompt, up to an end, which is left out. Throws OFT6011 for logits that are not
 * finite.
 */
export async function continued(
  model: Model,
  prompts: readonly Prompt[],
  { most, batch }: ContinueOptions,
): Promise<number[][]> {
  if (prompts.length === 0) return [];
  const positions = model.config.maxPositions;
  const room = Math.min(positions, Math.ceil(longest(prompts, most, positions) / ROOM) * ROOM);
  const decoder = await model.decoder(room, Math.min(batch, prompts.length));
  try {
    const all: number[][] = [];
    for (let n = 0; n < prompts.length; n += batch) {
      const some = prompts.slice(n, n + batch);
      const texts = some.map((): number[] => []);
      let added = some.map(({ ids }) => ids);
      decoder.restart();
      for (let step = 0; step < most && added.some((ids) => ids.length > 0); step++) {
        const read = [...added.entries()].filter(([, ids]) => ids.length > 0).map(([k]) => k);
        const logits = await decoder.readEach(added);
        added = some.map(() => []);
        for (const [row, k] of read.entries()) {
          await checkFinite(model, logits[row]!, `a logit after prompt ${n + k}`);
          const id = likeliest(logits[row]!);
          if (some[k]!.end.includes(id)) continue;
          texts[k]!.push(id);
          if (some[k]!.ids.length + texts[k]!.length < positions) added[k] = [id];
        }
      }
      all.push(...texts);
    }
    return all;
  } finally {
    decoder.dispose();
  }
}

/** The index of the largest number; of equal ones, the first. */
function likeliest(logits: HostArray): number {
  let most = 0;
  for (let i = 1; i < logits.length; i++) if (logits[i]! > logits[most]!) most = i;
  return most;
}
