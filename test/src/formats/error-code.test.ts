import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { errorCode } from '../../../src/formats/error-code.ts';
import { root, thrown } from './files.ts';

it('an error of the system has a code', async () => {
  expect(errorCode(await thrown(() => readFileSync(root)))).toBe('EISDIR');
  expect(errorCode(await thrown(() => readFileSync(`${root}/none`)))).toBe('ENOENT');
});

it.each([
  new Error('EISDIR'),
  Object.assign(new Error('a number'), { code: 21 }),
  { code: 'EISDIR' },
  'EISDIR',
  undefined,
  null,
])('%s has none', (thrown) => {
  expect(errorCode(thrown)).toBeUndefined();
});
