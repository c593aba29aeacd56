/** Bounds how much longer a tokenizer may make a text, or how many more tokens than characters it may make. */
import { limits } from '../../../compiler/limits.ts';
import { checkLimit } from '../error.ts';
import type { TokenizerFile, TokenizerStep } from './file.ts';

/** The growth above which a tokenizer runs where its memory is limited. Real ones write `▁` for a space. */
const LARGE = 16;

const PARTS = ['normalizer', 'pre_tokenizer', 'post_processor', 'decoder'] as const;

/** A text after some steps. */
interface Grown {
  /** The most characters that the steps make of one. */
  readonly times: number;
  /** The characters that the steps may have written. */
  readonly written: ReadonlySet<string> | 'any';
}

const UNCHANGED: Grown = { times: 1, written: new Set() };

/** Whether a long text may fill the memory. Throws InvalidTokenizer where a short one may. */
export function mayFillMemory(json: TokenizerFile, file: string): boolean {
  const grown = PARTS.map((name) => {
    const step = json[name];
    const { times } = step ? after(step, UNCHANGED) : UNCHANGED;
    const at = { file, name };
    checkLimit(times, limits.textGrowth, 'InvalidTokenizer', at, 'Use a model with another tokenizer.');
    return times;
  });
  return grown.some((times) => times > LARGE);
}

/** The text after a step, given the text before it. What a step adds to a text of any length counts as growth. */
function after(step: TokenizerStep, before: Grown): Grown {
  const { normalizers, pretokenizers, processors, decoders } = step;
  const within = [normalizers, pretokenizers, processors, decoders].flatMap((steps) => steps ?? []);
  const inner = within.reduce((grown, one) => after(one, grown), before);
  const { String: found } = step.pattern ?? {};
  if (found !== undefined) return replaced(found, step.content ?? '', inner);
  if (step.prepend)
    return { times: inner.times + step.prepend.length, written: joined(inner.written, step.prepend) };
  const texts = [step.content, step.replacement, step.str_rep].map((text) => text?.length ?? 0);
  const times = Math.max(1, ...texts, step.single?.length ?? 0);
  // The step may write other characters for those that steps before it wrote.
  const isOriginal = inner.written !== 'any' && inner.written.size === 0 && times === 1;
  return isOriginal ? inner : { times: inner.times * times, written: 'any' };
}

/** The text after `content` stands for each `found`. An empty text is found beside every character, which stays. */
function replaced(found: string, content: string, { times, written }: Grown): Grown {
  const own = found === '' ? content.length + 1 : Math.max(1, Math.ceil(content.length / found.length));
  // A text without a character that earlier steps wrote is found only where these changed nothing.
  const isApart = found !== '' && written !== 'any' && [...found].every((c) => !written.has(c));
  return { times: isApart ? Math.max(times, own) : times * own, written: joined(written, content) };
}

const joined = (written: Grown['written'], text: string): Grown['written'] =>
  written === 'any' ? 'any' : new Set([...written, ...text]);
