/** Encodes and decodes with Hugging Face's own implementation in TypeScript, and reports which pattern is at work. */
import { Tokenizer as Implementation } from '@huggingface/tokenizers';
import { linear } from '../patterns/linear.ts';
import { matchesBy, TextPattern } from '../patterns/text-pattern.ts';
import type { TokenizerConfig, TokenizerFile, TokenizerStep } from './file.ts';

/** A regular expression of `tokenizer.json`. */
export interface FilePattern {
  /** The part of the file that has the pattern: `pre_tokenizer`. */
  readonly part: string;
  /** The pattern as written in the file. */
  readonly text: string;
}

const PARTS = ['normalizer', 'pre_tokenizer', 'decoder'] as const;
/** The fields with the steps of a sequence, in the file and in the implementation. */
const STEPS = { normalizer: 'normalizers', pre_tokenizer: 'pretokenizers', decoder: 'decoders' } as const;
const MADE_STEPS = { ...STEPS, pre_tokenizer: 'tokenizers' } as const;

/** The regular expressions of a tokenizer, in the order of its steps. */
export const patternsOf = (file: TokenizerFile): FilePattern[] =>
  PARTS.flatMap((part) => inStep(file[part], part));

function inStep(step: TokenizerStep | null, part: (typeof PARTS)[number]): FilePattern[] {
  const steps = step?.[STEPS[part]];
  if (steps) return steps.flatMap((inner) => inStep(inner, part));
  const text = step?.pattern?.Regex;
  return text === undefined ? [] : [{ part, text }];
}

export interface Encoded {
  readonly ids: Int32Array;
  /** The first token without an id, in which case `ids` is empty. */
  readonly unknown: string | undefined;
}

export interface Run {
  encode(text: string, special: boolean): Encoded;
  decode(ids: readonly number[], special: boolean): string;
}

/** Called with the pattern at work, by its index in `patternsOf`, and with undefined when it is done. */
export type Running = (pattern: number | undefined) => void;

export function makeRun(file: TokenizerFile, config: TokenizerConfig, running: Running): Run {
  const inner = new Implementation(Object(file), Object(config));
  let next = 0;
  const watch = (step: unknown, steps: string): void => {
    // The implementation's steps are functions.
    if (typeof step !== 'function') return;
    const several: unknown = Reflect.get(step, steps);
    if (Array.isArray(several)) {
      for (const one of several) watch(one, steps);
      return;
    }
    const settings: object = Object(Reflect.get(step, 'config'));
    if (!('pattern' in settings)) return;
    // A plain-text pattern is a RegExp too, which cannot take long.
    const number = 'Regex' in Object(settings.pattern) ? next++ : undefined;
    const pattern: unknown = Reflect.get(step, 'pattern');
    // A kind of step that finds nothing leaves its pattern out.
    if (!(pattern instanceof RegExp)) return;
    const find = number === undefined ? undefined : linear(pattern, 'extent');
    const matches = find ? matchesBy(find) : (text: string) => text.matchAll(pattern);
    const made = new TextPattern(matches, (is) => running(is ? number : undefined));
    Reflect.set(step, 'pattern', made);
  };
  for (const part of PARTS) watch(inner[part], MADE_STEPS[part]);
  return {
    encode(text, special) {
      const { ids, tokens } = inner.encode(text, { add_special_tokens: special });
      // The types claim an id for every token, but a Unigram model may have none for an unknown token: it is null.
      const unknown = ids.findIndex((id: number | null | undefined) => typeof id !== 'number');
      return unknown < 0
        ? { ids: Int32Array.from(ids), unknown: undefined }
        : { ids: new Int32Array(), unknown: tokens[unknown]! };
    },
    decode: (ids, special) => inner.decode([...ids], { skip_special_tokens: !special }),
  };
}
