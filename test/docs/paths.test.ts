/** Paths and links in the hand-written pages lead to files that exist. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const pagesBelow = (folder: string, recursive: boolean): string[] =>
  readdirSync(join(root, folder), { recursive, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => `${folder}/${file.replaceAll('\\', '/')}`);
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...pagesBelow('docs', false),
  // A recipe's folder may be deleted with its page.
  ...pagesBelow('kernels-gen', true),
];

/** Matches a path in backquotes that starts at the root of the repository. */
const PATH = /`((?:bench|compiler|docs|examples|kernels-gen|runtime|scripts|src|test)\/[\w./-]*)`/g;

it.each(pages)('%s', (page) => {
  const text = readFileSync(join(root, page), 'utf8');
  const named = [...text.matchAll(PATH)].map(([, path]) => path!);
  const linked = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)].map(([, path]) =>
    join(dirname(page), path!),
  );
  expect([...named, ...linked].filter((path) => !existsSync(join(root, path)))).toEqual([]);
});
