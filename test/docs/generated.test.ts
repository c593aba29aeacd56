import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { renderLimits } from '../../compiler/limits.ts';
import '../../compiler/ops/index.ts';
import { renderRules } from '../../compiler/rewrite/rules/document.ts';
import { adapterPages } from '../../scripts/adapter-pages.ts';
import { renderBenchmarks } from '../../scripts/benchmarks-page.ts';
import { renderBundlers } from '../../scripts/bundlers-page.ts';
import { renderDependencies } from '../../scripts/dependencies-page.ts';
import { renderPaperSettings } from '../../scripts/paper-settings-page.ts';
import { renderReadme } from '../../scripts/readme.ts';
import { renderPlayground } from '../../scripts/site-figures.ts';
import { runSchema } from '../../src/cli/finetune/run-file.ts';
import { formatJson } from '../../src/formats/json.ts';

const docs = new URL('../../docs/', import.meta.url);
const page = (name: string) => readFileSync(new URL(name, docs), 'utf8');

it('docs/rules.md is what the rules say; run `npm run docs`', () => {
  expect(page('rules.md')).toBe(renderRules());
});

it('docs/limits.md is what the table of limits says; run `npm run docs`', () => {
  expect(page('limits.md')).toBe(renderLimits());
});

it('docs/finetune/run.schema.json has the options of finetune; run `npm run docs`', () => {
  expect(page('finetune/run.schema.json')).toBe(formatJson(runSchema()));
});

it('docs/benchmarks.md holds the measured limits; run `npm run docs`', () => {
  expect(page('benchmarks.md')).toBe(renderBenchmarks());
});

it('docs/playground.md holds the measured figures; run `npm run docs`', () => {
  expect(page('playground.md')).toBe(renderPlayground());
});

it('docs/bundlers.md holds the measured sizes; run `npm run docs`', () => {
  expect(page('bundlers.md')).toBe(renderBundlers());
});

it('docs/dependencies.md lists the packages in package-lock.json; run `npm run docs`', () => {
  expect(page('dependencies.md')).toBe(renderDependencies());
});

it('docs/paper-settings.md holds the trained losses; run `npm run docs`', () => {
  expect(page('paper-settings.md')).toBe(renderPaperSettings());
});

it('docs/adapters is what the layers say; run `npm run docs`', async () => {
  const pages = await adapterPages();
  expect(readdirSync(new URL('adapters', docs)).sort()).toEqual(Object.keys(pages).sort());
  for (const [name, text] of Object.entries(pages)) expect(page(`adapters/${name}`), name).toBe(text);
});

it('README.md says what the compiler derives and the benchmarks measured; run `npm run docs`', () => {
  const { readme, picture } = renderReadme();
  expect(page('../README.md')).toBe(readme);
  expect(page('images/weight-or-input.svg')).toBe(picture);
});
