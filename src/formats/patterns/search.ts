/** Searches for one pattern without hanging: with the linear engine, or in a worker thread with a deadline. */
import { limits } from '../../../compiler/limits.ts';
import { PatternWorker } from './ask.ts';
import type { Deadline } from './deadline.ts';
import { type Detail, linear } from './linear.ts';

export interface Search {
  test(text: string): boolean;
  /** The text of the last group in the leftmost match; undefined if there is none. The group must not be repeated. */
  lastGroup(text: string): string | undefined;
}

/** The worker of all patterns, which are searched one after another. */
const worker = new PatternWorker();

/** A search for a pattern; `lastGroup` needs the detail `groups`. Throws DeadlinePassed for slow texts. */
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
