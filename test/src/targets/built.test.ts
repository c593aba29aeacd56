/** The first words of built files. */
import { expect, it } from 'vitest';
import { BUILT, BUILT_PYTHON, isBuilt } from '../../../src/targets/built.ts';

it('a file of either language is known as built by its first words', () => {
  expect(isBuilt(`${BUILT}1.2.3 from oft.ts\n`)).toBe(true);
  expect(isBuilt(`${BUILT_PYTHON}1.2.3 from oft.ts\n`)).toBe(true);
  expect(isBuilt(`import x\n${BUILT_PYTHON}1.2.3\n`)).toBe(false);
  expect(isBuilt('')).toBe(false);
});
