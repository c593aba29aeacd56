/** Writes the generated pages of docs/. `npm test` fails while they are out of date. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import '../compiler/ops/index.ts';
import { renderRules } from '../compiler/rewrite/rules/document.ts';

writeFileSync(fileURLToPath(new URL('../docs/rules.md', import.meta.url)), renderRules());
