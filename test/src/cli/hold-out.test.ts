/** `--hold-out` takes 1/n, the same part as a decimal, and 0. */
import { expect, it } from 'vitest';
import { parseHoldOut } from '../../../src/cli/finetune/options.ts';

it.each([
  ['0', 0],
  ['0.0', 0],
  ['1/20', 20],
  ['0.05', 20],
  ['.1', 10],
  ['0.5', 2],
  ['1/3', 3],
  ['1e-2', 100],
  ['1/999999', 999_999],
])('%s holds out every %d-th', (text, n) => expect(parseHoldOut(text)).toBe(n));

it.each([
  ['0.15', 'write 1/7 instead of 0.15'],
  ['0.33', 'write 1/3 instead of 0.33'],
  ['0.9', 'Write a part such as 1/20 or 0.05'],
  ['1', 'Write a part'],
  ['1/1', 'Write a part'],
  ['1/0', 'Write a part'],
  ['2/20', 'Write a part'],
  ['-0.1', 'Write a part'],
  ['1e-9', 'Write a part'],
  ['5%', 'Write a part'],
  ['', 'Write a part'],
])("'%s' is refused with advice", (text, advice) => expect(() => parseHoldOut(text)).toThrow(advice));
