/** The pages of docs/errors agree with the catalogue and the golden messages. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { catalogue } from '../../../compiler/errors/catalogue.ts';
import { renderIndex, renderPage } from '../../../compiler/errors/document.ts';

const page = (name: string) => readFileSync(new URL(`../../../docs/errors/${name}`, import.meta.url), 'utf8');
const golden = (code: string) => readFileSync(new URL(`./golden/${code}.txt`, import.meta.url), 'utf8');

it.each(Object.entries(catalogue))('%s.md; run `npm run docs`', (code, entry) => {
  expect(page(`${code}.md`)).toBe(renderPage(code, entry, entry.example && golden(code)));
});

it('the index; no page of a code that is gone', () => {
  expect(page('README.md')).toBe(renderIndex(catalogue));
  const listed = [...page('README.md').matchAll(/^\| \[(\w+)\]/gm)].map(([, code]) => code);
  expect(listed.sort()).toEqual(Object.keys(catalogue).sort());
  const pages = readdirSync(new URL('../../../docs/errors/', import.meta.url)).sort();
  expect(pages).toEqual(['README.md', ...Object.keys(catalogue).map((c) => `${c}.md`)].sort());
});
