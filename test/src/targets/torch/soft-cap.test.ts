/** The attention of `oftc_torch` with a soft cap, in PyTorch. */
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { PYTHON, python } from '../../../support/torch.ts';

it.runIf(PYTHON)('attention with a soft cap agrees with its definition in pieces of any size', () => {
  const folder = fileURLToPath(new URL('./', import.meta.url));
  expect(python(['-B', '-m', 'unittest', 'test_soft_cap'], folder)).toMatch(/Ran 3 tests[\s\S]*\nOK/);
});
