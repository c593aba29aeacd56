/** Keeps Plans in memory, so that what one process compiles it compiles once. */
import type { PlanStore } from './store.ts';

/** A store in memory before another one. */
export function inMemory(store: PlanStore | undefined): PlanStore {
  const kept = new Map<string, string>();
  return {
    read: (key) => {
      const text = kept.get(key) ?? store?.read(key);
      if (text !== undefined) kept.set(key, text);
      return text;
    },
    write: (key, text) => {
      kept.set(key, text);
      return store?.write(key, text);
    },
  };
}
