/**
 * Writes the generated pages of docs/, parts of README.md, docs/benchmarks.md, docs/bundlers.md and
 * docs/playground.md, and the methods of oftc_torch. `npm test` fails while they are out of date.
 */
import '../src/node.ts';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import '../compiler/ops/index.ts';
import { catalogue } from '../compiler/errors/catalogue.ts';
import { renderIndex, renderPage } from '../compiler/errors/document.ts';
import { renderLimits } from '../compiler/limits.ts';
import { renderRules } from '../compiler/rewrite/rules/document.ts';
import { runSchema } from '../src/cli/finetune/run-file.ts';
import { formatJson } from '../src/formats/json.ts';
import { methodTexts } from '../src/targets/torch/methods.ts';
import { adapterPages } from './adapter-pages.ts';
import { renderBenchmarks } from './benchmarks-page.ts';
import { renderBundlers } from './bundlers-page.ts';
import { renderCosts } from './costs-page.ts';
import { renderDependencies } from './dependencies-page.ts';
import { renderGuarantees, renderSecurity } from './guarantees-page.ts';
import { renderPaperSettings } from './paper-settings-page.ts';
import { renderReadme } from './readme.ts';
import { renderPlayground } from './site-figures.ts';

const root = fileURLToPath(new URL('../', import.meta.url));

writeFileSync(`${root}docs/rules.md`, renderRules());
writeFileSync(`${root}docs/costs.md`, renderCosts());
writeFileSync(`${root}docs/limits.md`, renderLimits());
writeFileSync(`${root}docs/benchmarks.md`, renderBenchmarks());
writeFileSync(`${root}docs/bundlers.md`, renderBundlers());
writeFileSync(`${root}docs/guarantees.md`, renderGuarantees());
writeFileSync(`${root}docs/security.md`, renderSecurity());
writeFileSync(`${root}docs/dependencies.md`, renderDependencies());
writeFileSync(`${root}docs/playground.md`, renderPlayground());
writeFileSync(`${root}docs/paper-settings.md`, renderPaperSettings());
writeFileSync(`${root}docs/finetune/run.schema.json`, formatJson(runSchema()));
const { readme, picture } = renderReadme();
writeFileSync(`${root}README.md`, readme);
mkdirSync(`${root}docs/images`, { recursive: true });
writeFileSync(`${root}docs/images/weight-or-input.svg`, picture);

const METHODS = `${root}src/targets/torch/python/oftc_torch/methods/`;
rmSync(METHODS, { recursive: true, force: true });
mkdirSync(METHODS);
for (const [name, text] of Object.entries(methodTexts())) writeFileSync(METHODS + name, text);

mkdirSync(`${root}docs/errors`, { recursive: true });
writeFileSync(`${root}docs/errors/README.md`, renderIndex(catalogue));
for (const [code, entry] of Object.entries(catalogue)) {
  // test/compiler/errors, which also runs every example, stores the text that oftc prints.
  const message = entry.example && readFileSync(`${root}test/compiler/errors/golden/${code}.txt`, 'utf8');
  writeFileSync(`${root}docs/errors/${code}.md`, renderPage(code, entry, message));
}

rmSync(`${root}docs/adapters`, { recursive: true, force: true });
mkdirSync(`${root}docs/adapters`);
for (const [name, page] of Object.entries(await adapterPages())) {
  writeFileSync(`${root}docs/adapters/${name}`, page);
}
