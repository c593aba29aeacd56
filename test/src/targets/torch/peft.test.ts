/** The derived passes of PEFT's methods: their files are fresh, and layers that look like PEFT's take them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { methodTexts } from '../../../../src/targets/torch/methods.ts';
import { PACKAGE, PYTHON, python } from '../../../support/torch.ts';

it('oftc_torch/methods is what the printer prints; run `npm run docs`', () => {
  const texts = methodTexts();
  const folder = join(PACKAGE, 'oftc_torch/methods');
  expect(
    readdirSync(folder)
      .filter((f) => f.endsWith('.py'))
      .sort(),
  ).toEqual(Object.keys(texts).sort());
  for (const [file, text] of Object.entries(texts))
    expect(readFileSync(join(folder, file), 'utf8'), file).toBe(text);
});

it.runIf(PYTHON)('layers with PEFT’s attributes take derived passes', () => {
  const folder = fileURLToPath(new URL('.', import.meta.url));
  expect(python(['-B', '-m', 'unittest', 'test_peft'], folder)).toMatch(/Ran \d+ tests[\s\S]*\nOK/);
});

it.runIf(PYTHON && process.env.PEFT_SRC)('models that PEFT wraps compute the same', () => {
  const folder = fileURLToPath(new URL('.', import.meta.url));
  process.env.OFTC_ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
  expect(python(['-B', '-m', 'unittest', 'test_peft_real'], folder)).toMatch(/Ran 2 tests[\s\S]*\nOK/);
});
