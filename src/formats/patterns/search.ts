/** Searches of one pattern that cannot hang: by the linear engine, or in a worker thread with a deadline. */
import { limits } from '../../../compiler/limits.ts';
import { PatternWorker } from './ask.ts';
import type { Deadline } from './deadline.ts';
import { type Detail, linear } from './linear.ts';

export interface Search {
  test(text: string): boolean;
  /** The text of the last group in the leftmost match; undefined where there is none. Nothing may repeat that group. */
  lastGroup(text: string): string | undefined;
}

/** One for all patterns: they are asked one after another. */
const worker = new PatternWorker();

/** Throws DeadlinePassed when all texts together take too long. `lastGroup` is there where `detail` is `groups`. */
export function searchBy(regexp: RegExp, detail: Detail): Search {
  const find = linear(regexp, detail);
  if (find) {
    return {
      test: (text) => find(text, 0) !== undefined,
      lastGroup: (text) => find(text, 0)?.groups.at(-1),
    };
  }
  const { source, flags } = regexp;
  const deadline: Deadline = { left: limits.patternSeconds.most };
  const search = (text: string) => worker.ask<'search'>({ kind: 'search', source, flags, text }, deadline);
  return {
    test: (text) => search(text) !== undefined,
    lastGroup: (text) => search(text)?.at(-1),
  };
}
