import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import '../../compiler/ops/index.ts';
import { renderRules } from '../../compiler/rewrite/rules/document.ts';

const page = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

it('docs/rules.md is what the rules say; run `npm run docs`', () => {
  expect(page('rules.md')).toBe(renderRules());
});
