/** Keeps Plans in memory, so that what one process compiles it compiles once. */
import type { PlanStore } from './store.ts';

/** A store in memory before another one. It keeps the `most` texts that were used last; by default all. */
export function inMemory(store: PlanStore | undefined, most = Number.POSITIVE_INFINITY): PlanStore {
  const kept = new Map<string, string>();
  const keep = (key: string, text: string): void => {
    kept.delete(key);
    kept.set(key, text);
    for (const oldest of kept.keys()) if (kept.size > most) kept.delete(oldest);
  };
  return {
    read: (key) => {
      const text = kept.get(key) ?? store?.read(key);
      if (text !== undefined) keep(key, text);
      return text;
    },
    write: (key, text) => {
      keep(key, text);
      return store?.write(key, text);
    },
  };
}
