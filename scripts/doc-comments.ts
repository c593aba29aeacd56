/**
 * Writes English texts that every clone has after `npm ci`, to train models on: `npx tsx scripts/doc-comments.ts FOLDER`.
 *
 * They are the comments of two packages whose versions package.json fixes. FOLDER/web.txt has those of TypeScript's
 * lib.dom.d.ts, which describe what browsers offer. FOLDER/node.txt and FOLDER/node-test.txt have those of @types/node,
 * which describe Node: every fortieth is tested, and no tested comment is trained on.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGES = fileURLToPath(new URL('../node_modules/', import.meta.url));
const TESTED = 40;
/** Shorter comments are mere names. */
const SHORTEST = 40;

/** The prose of a documentation comment: no examples, tags or links to other pages. */
const proseOf = (comment: string): string =>
  comment
    .replaceAll(/^\s*\* ?/gm, '')
    .replaceAll(/^ *```[\s\S]*?^ *```/gm, '')
    .replaceAll(/^ *@[\s\S]*/gm, '')
    .replaceAll(/^\[MDN Reference\].*$/gm, '')
    .replaceAll(/\{@link (?:\S+ )?([^}]*)\}/g, '$1')
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/\*\*|`/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();

/** The documentation comments of a file's text, in its order. */
const commentsIn = (text: string): string[] =>
  [...text.matchAll(/\/\*\*([\s\S]*?)\*\//g)].map(([, comment]) => proseOf(comment!));

/** The comments that say something, each once. */
const told = (comments: readonly string[]): string[] =>
  [...new Set(comments)].filter((comment) => comment.length >= SHORTEST);

const read = (path: string): string => readFileSync(join(PACKAGES, path), 'utf8');
const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('name a folder: npx tsx scripts/doc-comments.ts FOLDER');
const web = told(commentsIn(read('typescript/lib/lib.dom.d.ts')));
const files = readdirSync(join(PACKAGES, '@types/node')).filter((name) => name.endsWith('.d.ts'));
const node = told(files.sort().flatMap((name) => commentsIn(read(`@types/node/${name}`))));
const isTested = (_: string, k: number): boolean => k % TESTED === 0;
mkdirSync(folder, { recursive: true });
for (const [name, comments] of [
  ['web.txt', web],
  ['node.txt', node.filter((comment, k) => !isTested(comment, k))],
  ['node-test.txt', node.filter(isTested)],
] as const) {
  writeFileSync(join(folder, name), `${comments.join('\n')}\n`);
  console.log(`${join(folder, name)}: ${comments.length} comments`);
}
