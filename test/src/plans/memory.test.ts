import { expect, test } from 'vitest';
import { inMemory } from '../../../src/plans/memory.ts';
import type { PlanStore } from '../../../src/plans/store.ts';

test('keeps the texts that were used last, and asks the store behind it for others', () => {
  const asked: string[] = [];
  const written: string[] = [];
  const behind: PlanStore = {
    read: (key) => {
      asked.push(key);
      return key === 'old' ? 'from behind' : undefined;
    },
    write: (key) => void written.push(key),
  };
  const store = inMemory(behind, 2);
  for (const key of ['a', 'b']) store.write(key, `text of ${key}`);
  expect(store.read('a')).toBe('text of a');
  store.write('c', 'text of c');
  expect([store.read('a'), store.read('c'), store.read('b')]).toEqual(['text of a', 'text of c', undefined]);
  expect(asked).toEqual(['b']);
  expect(written).toEqual(['a', 'b', 'c']);
  expect([store.read('old'), store.read('old')]).toEqual(['from behind', 'from behind']);
  expect(asked).toEqual(['b', 'old']);
});
