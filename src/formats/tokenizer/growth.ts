/** Estimates how much longer a tokenizer may make a text, or how many more tokens than characters it may make. */
import { limits } from '../../../compiler/limits.ts';
import { checkLimit } from '../error.ts';
import type { TokenizerFile, TokenizerStep } from './file.ts';

/** The growth from which on a tokenizer runs where its memory is limited. Real ones write `▁` for a space. */
const LARGE = 16;

const PARTS = ['normalizer', 'pre_tokenizer', 'post_processor', 'decoder'] as const;

/** Whether a long text may fill the memory. Throws InvalidTokenizer where a short one may. */
export function mayFillMemory(json: TokenizerFile, file: string): boolean {
  const grown = PARTS.map((name) => {
    const step = json[name];
    const times = step ? growth(step) : 1;
    checkLimit(
      times,
      limits.growth,
      'InvalidTokenizer',
      { file, name },
      'Use a model with another tokenizer.',
    );
    return times;
  });
  return grown.some((times) => times > LARGE);
}

/** The times that a step may lengthen a text. What it adds to a text of any length counts as a factor. */
function growth(step: TokenizerStep): number {
  const { normalizers, pretokenizers, processors, decoders } = step;
  const within = [normalizers, pretokenizers, processors, decoders].flatMap((steps) => steps ?? []);
  const written = [step.content, step.replacement, step.str_rep].map((text) => text?.length ?? 0);
  const found = step.pattern?.String?.length ?? 1;
  // An empty pattern is found beside every character, which stays.
  const times = Math.max(...written.map((length) => (found === 0 ? length + 1 : length / found)));
  const own = Math.ceil(Math.max(1, times, step.prepend?.length ?? 0, step.single?.length ?? 0));
  return within.reduce((product, inner) => product * growth(inner), own);
}
