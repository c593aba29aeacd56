/** Continues many prompts with their likeliest tokens, several at a time. */
import type { ModelShape } from '../formats/config/model-config.ts';
import type { HostArray } from '../session/tensors.ts';
import type { SourceText } from './batch.ts';
import { type BeamOptions, searched } from './beams.ts';
import type { Decoder } from './decoder.ts';
import { checkFinite } from './finite.ts';
import type { Model } from './model-run.ts';

/** The decoder's room is a multiple of this, so that texts of other lengths have the same Plans. */
export const ROOM = 256;

export interface Prompt {
  /** At least one token, and fewer than the model has positions. */
  readonly ids: readonly number[];
  /** The text that the encoder reads, of a model with an encoder; all of a call are of one length. */
  readonly source?: SourceText;
  /** The tokens that end its continuation. */
  readonly end: readonly number[];
}

export interface ContinueOptions {
  /** The most tokens of a continuation. A text also ends where the model has no more positions. */
  readonly most: number;
  /** The number of prompts that are continued at a time. */
  readonly batch: number;
  /** How texts are searched for with several beams; without it the likeliest token is taken. */
  readonly search?: Omit<BeamOptions, 'most' | 'end'> | undefined;
}

/** The most tokens of a prompt and its continuation together. */
const longest = (prompts: readonly Prompt[], most: number, positions: number): number =>
  Math.min(positions, Math.max(...prompts.map(({ ids }) => ids.length)) + most);

/**
 * The likeliest tokens after each prompt, up to an end, which is left out. Throws OFT6011 for logits that are not
 * finite.
 */
export async function continued(
  model: Model,
  prompts: readonly Prompt[],
  { most, batch, search }: ContinueOptions,
): Promise<number[][]> {
  if (prompts.length === 0) return [];
  if (search) return searchedEach(model, prompts, { most, search });
  const positions = model.config.maxPositions;
  const room = Math.min(positions, Math.ceil(longest(prompts, most, positions) / ROOM) * ROOM);
  const count = Math.min(batch, prompts.length);
  const decoder = await model.decoder(room, count, sourcesOf(prompts, count));
  try {
    const all: number[][] = [];
    for (let n = 0; n < prompts.length; n += batch) {
      const some = prompts.slice(n, n + batch);
      const texts = some.map((): number[] => []);
      const started = some.map((prompt) => begun(prompt, model.config));
      let added = started;
      decoder.restart();
      await attend(decoder, some, count);
      for (let step = 0; step < most && added.some((ids) => ids.length > 0); step++) {
        const read = [...added.entries()].filter(([, ids]) => ids.length > 0).map(([k]) => k);
        const logits = await decoder.readEach(added);
        added = some.map(() => []);
        for (const [row, k] of read.entries()) {
          await checkFinite(model, logits[row]!, `a logit after prompt ${n + k}`);
          const id = likeliest(logits[row]!);
          if (some[k]!.end.includes(id)) continue;
          texts[k]!.push(id);
          if (started[k]!.length + texts[k]!.length < positions) added[k] = [id];
        }
      }
      all.push(...texts);
    }
    return all;
  } finally {
    decoder.dispose();
  }
}

/** The tokens that a text begins with: after the decoder's first token stands the one that a model forces, if it does. */
export function begun({ ids, source }: Prompt, { encoder }: ModelShape): readonly number[] {
  const forced = source && encoder?.forcedStart;
  return forced === undefined ? ids : [...ids, forced];
}

/** The tokens that the encoder reads for so many prompts at a time. */
const sourcesOf = ([first]: readonly Prompt[], count: number): { readonly sources?: number } =>
  first?.source ? { sources: count * first.source.ids.length } : {};

/** Lets the decoder attend to the texts of prompts. Where these are fewer than `count`, the first one fills up. */
async function attend(decoder: Decoder, prompts: readonly Prompt[], count: number): Promise<void> {
  const texts = prompts.flatMap(({ source }) => source ?? []);
  if (texts.length === 0) return;
  const all = Array.from({ length: count }, (_, n) => texts[n] ?? texts[0]!);
  await decoder.attend(all, [...all.keys()]);
}

/** The texts that a search with several beams finds after each prompt. */
async function searchedEach(
  model: Model,
  prompts: readonly Prompt[],
  { most, search }: Required<Pick<ContinueOptions, 'most' | 'search'>> & Pick<ContinueOptions, 'most'>,
): Promise<number[][]> {
  const { beams } = search!;
  const positions = model.config.maxPositions;
  const room = Math.min(positions, Math.ceil(longest(prompts, most, positions) / ROOM) * ROOM);
  const decoder = await model.decoder(room, beams, { ...sourcesOf(prompts, 1), moves: true });
  try {
    const found: number[][] = [];
    for (const [n, prompt] of prompts.entries()) {
      decoder.restart();
      if (prompt.source) await decoder.attend([prompt.source], new Array(beams).fill(0));
      const ids = begun(prompt, model.config);
      const next = async (texts: readonly (readonly number[])[], from: readonly number[]) => {
        const isFirst = texts[0]!.length === 0;
        if (!isFirst) decoder.move(Array.from({ length: beams }, (_, k) => from[k] ?? 0));
        const read = texts.map((text) => (isFirst ? ids : text.slice(-1)));
        const logits = await decoder.readEach(Array.from({ length: beams }, (_, k) => read[k] ?? []));
        for (const row of logits) await checkFinite(model, row, `a logit after prompt ${n}`);
        return logits;
      };
      const length = Math.min(most, positions - ids.length);
      // transformers counts the tokens after the decoder's first one.
      const given = prompt.source ? ids.length - 1 : 0;
      found.push([...(await searched(next, { ...search!, most: length, end: prompt.end }, given))]);
    }
    return found;
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
