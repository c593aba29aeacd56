/**
 * Makes links of the repository's pages lead somewhere on the site. A page becomes its address. Any other file is not on
 * the site: its link leads to the repository that package.json names, and without one it stays as text, with its path.
 */
import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { MarkdownEnv, MarkdownRenderer } from 'vitepress';
import { addressOf } from '../contents.ts';
import { docs, root } from '../places.ts';

type Token = ReturnType<MarkdownRenderer['parse']>[number];

/** Pages that are not below docs/, by path from the root, with their addresses. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'README.md': 'index.md',
  'CONTRIBUTING.md': 'contributing.md',
};

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
  const page = pageOf(file);
  if (page !== undefined) token.attrSet('href', `/${page}${hash}`);
  else if (repository) token.attrSet('href', `${repository}/blob/main/${relative(root, file)}${hash}`);
  else {
    token.tag = 'span';
    token.attrs = [
      ['class', 'source'],
      ['title', relative(root, file)],
    ];
  }
}

function pageOf(file: string): string | undefined {
  const elsewhere = ELSEWHERE[relative(root, file)];
  if (elsewhere) return elsewhere;
  const page = relative(docs, file);
  return page.endsWith('.md') && !page.startsWith('..') ? addressOf(page) : undefined;
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
