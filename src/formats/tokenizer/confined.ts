/**
 * Runs a tokenizer so that it can neither hang nor fill the memory: one with patterns, or one that may lengthen a text
 * much, runs in a worker thread with a deadline and a limit of memory.
 */
import { isOutOfMemory } from '../../../compiler/errors/out-of-memory.ts';
import { aboveLimit, limits } from '../../../compiler/limits.ts';
import { FormatError } from '../error.ts';
import { PatternWorker } from '../patterns/ask.ts';
import { type Deadline, DeadlinePassed, WorkerEnded } from '../patterns/deadline.ts';
import { shown } from '../safetensors/error.ts';
import type { TokenizerConfig, TokenizerFile } from './file.ts';
import { mayFillMemory } from './growth.ts';
import { type FilePattern, makeRun, patternsOf, type Run } from './run.ts';

const REMEDY = 'Save the tokenizer with a current version of transformers.';

/**
 * Opens a tokenizer. Throws InvalidTokenizer if the implementation refuses or if steps lengthen a text too much, and
 * UnsupportedOption for a slow pattern.
 */
export function openRun(json: TokenizerFile, config: TokenizerConfig, file: string): Run {
  const patterns = patternsOf(json);
  for (const pattern of patterns) checkLength(pattern, file);
  const isLong = mayFillMemory(json, file);
  const refusing = <T>(what: string, work: () => T): T => {
    try {
      return work();
    } catch (cause) {
      throw isOutOfMemory(cause) ? cause : refusal(cause, what, patterns, file);
    }
  };
  const run = refusing('it cannot be used', () =>
    patterns.length === 0 && !isLong ? makeRun(json, config, () => {}) : confined(json, config),
  );
  return {
    encode: (text, special) => refusing('it cannot encode the text', () => run.encode(text, special)),
    decode: (ids, special) => refusing('it cannot decode', () => run.decode(ids, special)),
  };
}

/** The processor time for a text by its length; real patterns take less than a second for a million characters. */
const deadline = (characters: number): Deadline => ({
  left: limits.patternSeconds.most * (1 + characters / 2e5),
});

function confined(json: TokenizerFile, config: TokenizerConfig): Run {
  const worker = new PatternWorker();
  const open = (): void => {
    if (!worker.isRunning) worker.ask({ kind: 'open', json, config }, deadline(0));
  };
  open();
  return {
    encode(text, special) {
      open();
      return worker.ask({ kind: 'encode', text, special }, deadline(text.length));
    },
    decode(ids, special) {
      open();
      return worker.ask({ kind: 'decode', ids, special }, deadline(8 * ids.length));
    },
  };
}

function checkLength({ part, text }: FilePattern, file: string): void {
  if (text.length <= limits.pattern.most) return;
  throw new FormatError(
    'UnsupportedOption',
    { file, name: part },
    aboveLimit(text.length, limits.pattern),
    'Use a model with another tokenizer.',
  );
}

function refusal(cause: unknown, what: string, patterns: readonly FilePattern[], file: string): FormatError {
  const pattern = cause instanceof DeadlinePassed ? patterns[cause.step - 1] : undefined;
  if (pattern) {
    return new FormatError(
      'UnsupportedOption',
      { file, name: pattern.part, cause },
      `the pattern ${shown(pattern.text)} takes too long on this text`,
      'A pattern that repeats what already repeats, such as (a+)+, tries every way of dividing a text: correct it, or use a model with another tokenizer.',
    );
  }
  const why =
    cause instanceof WorkerEnded
      ? 'the thread that runs it ended, probably for want of memory'
      : cause instanceof Error
        ? cause.message
        : String(cause);
  return new FormatError('InvalidTokenizer', { file, cause }, `${what}: ${why}`, REMEDY);
}
