/**
 * Makes links of the repository's pages lead somewhere on the site. A page becomes its address, and a chart or a table of
 * figures comes along. Any other file is not on the site: its link leads to the repository that package.json names, and
 * without one it stays as text, with its path.
 */
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { MarkdownEnv, MarkdownRenderer } from 'vitepress';
import { addressOf } from '../contents.ts';
import { docs, root } from '../places.ts';
import { slug } from './slug.ts';

type Token = ReturnType<MarkdownRenderer['parse']>[number];

/** The address of README's heading: its first screen is the landing page, and what follows the page of a first layer. */
function inReadme(anchor: string | undefined): string {
  if (anchor === undefined) return 'index.md';
  const text = readFileSync(join(root, 'README.md'), 'utf8');
  const heading = [...text.matchAll(/^#+ (.*)$/gm)].find(([, title]) => slug(title!) === anchor);
  if (!heading) throw new Error(`README.md has no heading for #${anchor}`);
  const at = (mark: string): number => text.indexOf(`<!-- #${mark} -->`);
  if (heading.index < at('endregion first-screen')) return `index.md#${anchor}`;
  if (heading.index < at('region start')) return 'start.md';
  return heading.index < at('endregion start') ? `start.md#${anchor}` : 'index.md';
}

/** Other pages that are not below docs/, by path from the root, with their addresses. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'CHANGELOG.md': 'changelog.md',
  'CONTRIBUTING.md': 'contributing.md',
};

/** The folder of the site that has files of the repository which pages link to. */
const FILES = 'files';
const linkedFiles = new Set<string>();

/** Copies the files that the pages link to into a built site. */
export function copyLinkedFiles(out: string): void {
  for (const file of linkedFiles) cpSync(join(root, file), join(out, FILES, file));
}

/** The marks that an include leaves around the text of another folder. */
const INCLUDED = /<!-- @include-(?:start: (.*)|end) -->/g;

export function links(md: MarkdownRenderer, repository: string | undefined): void {
  md.core.ruler.push('repository_links', (state) => {
    const { path, realPath = path } = state.env as Partial<MarkdownEnv>;
    // A title is parsed alone, without a path, and has no links.
    if (realPath === undefined) return;
    const folders = [dirname(realPath)];
    for (const token of state.tokens) {
      for (const [, folder] of token.type === 'html_block' ? token.content.matchAll(INCLUDED) : [])
        if (folder === undefined) folders.pop();
        else folders.push(folder);
      for (const child of token.children ?? [])
        if (child.type === 'link_open') follow(child, folders.at(-1)!, repository);
        else if (child.type === 'image') placeImage(child, folders.at(-1)!, dirname(realPath));
    }
    for (const token of state.tokens) if (token.children) token.children = plain(token.children);
  });
}

function follow(token: Token, folder: string, repository: string | undefined): void {
  const href = token.attrGet('href')!;
  if (/^(?:[a-z]+:|#|\/)/.test(href)) return;
  const [path, anchor] = href.split('#') as [string, string?];
  const file = join(folder, decodeURI(path));
  if (!existsSync(file)) throw new Error(`${folder} links to ${href}, and there is no such file`);
  const hash = anchor === undefined ? '' : `#${anchor}`;
  const page = pageOf(file, anchor);
  if (page !== undefined) token.attrSet('href', `/${page}`);
  else if (/\.(?:svg|json)$/.test(file)) {
    linkedFiles.add(relative(root, file));
    token.attrSet('href', `/${FILES}/${relative(root, file)}`);
  } else if (repository) token.attrSet('href', `${repository}/blob/main/${relative(root, file)}${hash}`);
  else {
    token.tag = 'span';
    token.attrs = [
      ['class', 'source'],
      ['title', relative(root, file)],
    ];
  }
}

/** The address of a file's page, and of a heading in it; undefined for a file that is no page. */
function pageOf(file: string, anchor: string | undefined): string | undefined {
  const path = relative(root, file);
  if (path === 'README.md') return inReadme(anchor);
  const hash = anchor === undefined ? '' : `#${anchor}`;
  if (path in ELSEWHERE) return `${ELSEWHERE[path]}${hash}`;
  const page = relative(docs, file);
  return page.endsWith('.md') && !page.startsWith('..') ? `${addressOf(page)}${hash}` : undefined;
}

/** An image beside an included text, as it is found from the page that includes it. */
function placeImage(token: Token, folder: string, own: string): void {
  const src = token.attrGet('src')!;
  if (folder === own || /^[a-z]+:/.test(src)) return;
  token.attrSet('src', `/@fs/${join(folder, decodeURI(src))}`);
}

/** The tokens, in which a span that was a link is closed as a span. */
function plain(tokens: readonly Token[]): Token[] {
  let open = false;
  return tokens.map((token) => {
    if (token.type === 'link_open') open = token.tag === 'span';
    if (token.type !== 'link_close' || !open) {
      if (token.type === 'link_open' && open) token.type = 'source_open';
      return token;
    }
    token.tag = 'span';
    token.type = 'source_close';
    open = false;
    return token;
  });
}
