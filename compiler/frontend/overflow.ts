/** Texts that are nested so deeply that TypeScript, which recurses, runs out of call stack. */
import { limits } from '../limits.ts';

/** Whether an error says that the call stack is full. */
export const isOverflow = (e: unknown): boolean => e instanceof RangeError && /call stack/.test(e.message);

export const tooDeep = (file: string): string => {
  const { most, counts, because } = limits.nesting;
  return `'${file}' is nested too deeply to be read: the limit is ${most.toLocaleString('en')} ${counts}, or fewer where they are long, because ${because}`;
};
