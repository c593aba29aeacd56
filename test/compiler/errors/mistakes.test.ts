/** Mistakes of authors who have read the README and the guide: each message leads to the mended source in one step. */
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { authors } from './mistakes/authors.ts';
import { commands } from './mistakes/commands.ts';
import { declared } from './mistakes/declared.ts';
import { forms } from './mistakes/forms.ts';
import { language } from './mistakes/language.ts';
import { newcomers } from './mistakes/newcomers.ts';
import { papers } from './mistakes/papers.ts';
import { pytorch } from './mistakes/pytorch.ts';
import { shapes } from './mistakes/shapes.ts';
import { runExample } from './run-example.ts';

const mistakes = Object.entries({
  ...shapes,
  ...language,
  ...commands,
  ...authors,
  ...declared,
  ...newcomers,
  ...forms,
  ...pytorch,
  ...papers,
});
const golden = (name: string) => `${name.replaceAll(/[^\w]+/g, '-')}.txt`;

/** The output without the properties of a check that hold, whose measured errors follow the derivation. */
const refusalIn = (text: string): string => {
  const failed = text.match(/^ *✗.*\n(?: {6}.*\n)*/gm);
  return failed ? failed.join('') : text;
};

describe.each(mistakes)('%s', (name, mistake) => {
  it('is refused with the golden message', async () => {
    const { exit, text } = await runExample(mistake);
    expect(exit, text).not.toBe(0);
    await expect(refusalIn(text)).toMatchFileSnapshot(`golden-mistakes/${golden(name)}`);
  });

  it('is accepted as mended', async () => {
    const { exit, text } = await runExample({ ...mistake, ...mistake.mended });
    expect(exit, text).toBe(0);
  });
});

it('are forty or more, and each golden message is of one', () => {
  expect(mistakes.length).toBeGreaterThanOrEqual(40);
  const folder = fileURLToPath(new URL('golden-mistakes', import.meta.url));
  const names = new Set(mistakes.map(([name]) => golden(name)));
  expect(existsSync(folder) ? readdirSync(folder).filter((f) => !names.has(f)) : []).toEqual([]);
});
