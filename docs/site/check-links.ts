/** Checks that every link, picture, script and style of a built site leads to a file of it, and every anchor to a heading. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
const decoded = (text: string): string =>
  text.replaceAll(/&(amp|lt|gt|quot|#39);/g, (_, name) => ENTITIES[name]!);

const attributes = (html: string, name: string): string[] =>
  [...html.matchAll(new RegExp(`<[a-z][^<>]*? ${name}="([^"]*)"`, 'g'))].map(([, value]) => decoded(value!));

const idsOf = (html: string): ReadonlySet<string> => new Set(attributes(html, 'id'));

/**
 * The links that lead nowhere, as `page: link`. A link to another host is not followed; one out of the site's folder is
 * wrong. `absent` are folders of apps that are not built.
 */
export function brokenLinks(folder: string, absent: readonly string[] = []): string[] {
  const pages = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.html'));
  const texts = new Map(pages.map((page) => [page, readFileSync(join(folder, page), 'utf8')] as const));
  const ids = new Map<string, ReadonlySet<string>>();
  const has = (page: string, id: string): boolean => {
    if (!ids.has(page)) ids.set(page, idsOf(texts.get(page) ?? ''));
    return ids.get(page)!.has(id);
  };
  const isAbsent = (link: string) =>
    absent.some((app) => new RegExp(`^(?:[.]{1,2}/)*${app}/index\\.html(?:#|$)`).test(link));
  return pages.flatMap((page) => {
    const found = ['href', 'src'].flatMap((name) => attributes(texts.get(page)!, name));
    return [...new Set(found)]
      .filter((link) => !isAbsent(link) && !leads(link, page, folder, has))
      .map((link) => `${page}: ${link}`);
  });
}

function leads(
  link: string,
  page: string,
  folder: string,
  has: (page: string, id: string) => boolean,
): boolean {
  if (/^(?:https?|mailto|data):/.test(link)) return true;
  const [path, anchor] = link.split('#') as [string, string?];
  // A site that runs from any path has no link to the root of its host.
  if (path.startsWith('/')) return false;
  const file = path === '' ? page : relative(folder, join(folder, dirname(page), decodeURI(path)));
  if (file.startsWith('..') || !existsSync(join(folder, file))) return false;
  // Without a server, a folder shows no page.
  if (statSync(join(folder, file)).isDirectory()) return false;
  // An anchor of an app is its state.
  const isPage = file.endsWith('.html') && !/=|^v\d/.test(anchor ?? '');
  return anchor === undefined || anchor === '' || !isPage || has(file, decodeURIComponent(anchor));
}
