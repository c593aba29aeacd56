/** The pages of the site: their addresses, and the table of contents beside each. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { APPS, type App, docs, root, site } from './places.ts';

/**
 * The address of a page, from its path below docs/: a folder's README.md is its index, and pages made for the site
 * stand at the top.
 */
export const addressOf = (page: string): string =>
  page.replace(/^site\/pages\//, '').replace(/(^|\/)README\.md$/, '$1index.md');

interface Section {
  readonly title: string;
  /** Paths below docs/ without `.md`; a folder stands for its pages, its README first. */
  readonly pages: readonly string[];
}

const SECTIONS: readonly Section[] = [
  { title: 'Start', pages: ['site/pages/start', 'authoring', 'playground', 'glossary'] },
  {
    title: 'Training',
    pages: [
      'finetune',
      'finetune-in-a-tab',
      'finetune/example',
      'finetune/sums',
      'finetune/summaries',
      'finetune/data',
      'finetune/run-folder',
      'finetune/merging',
      'finetune/several-adapters',
      'images',
      'mm-dit',
    ],
  },
  {
    title: 'Using a model',
    pages: ['pytorch', 'convert', 'quantised', 'planning', 'tuning', 'bundlers', 'browser', 'associate'],
  },
  { title: 'The library', pages: ['adapters'] },
  { title: 'Operators', pages: ['operators'] },
  {
    title: 'Reference',
    pages: [
      'formats',
      'limits',
      'security',
      'guarantees',
      'versions',
      'dependencies',
      'site/pages/changelog',
      'errors/README',
    ],
  },
  {
    title: 'How it works',
    pages: ['architecture', 'rules', 'kernels', 'extending', 'site/pages/contributing'],
  },
  {
    title: 'Measured',
    pages: ['benchmarks', 'costs', 'paper-settings', 'stability', 'energy'],
  },
];

/** Titles that are too long for the table of contents. */
const SHORT: Readonly<Record<string, string>> = {
  associate: 'Parentheses for products',
  energy: 'What a rotation keeps',
  'finetune/sums': 'An example with answers',
  'finetune/summaries': 'An example with an encoder',
  'mm-dit': 'Stable Diffusion 3',
  'paper-settings': 'The paper’s settings',
  stability: 'Stability',
  'adapters/README': 'All methods',
  'operators/README': 'All operators',
};

const textOf = (page: string): string => readFileSync(join(docs, `${page}.md`), 'utf8');

/** The first heading of a page, or the title in its front matter. */
export function titleOf(page: string): string {
  const title = /^(?:# |title: )(.+)$/m.exec(textOf(page))?.[1];
  if (!title) throw new Error(`docs/${page}.md has no title`);
  return title.replaceAll('`', '');
}

/** The pages of a folder, its README first. */
function pagesIn(folder: string): string[] {
  const names = readdirSync(join(docs, folder))
    .filter((file) => file.endsWith('.md'))
    .map((file) => file.slice(0, -3));
  return ['README', ...names.filter((n) => n !== 'README').sort()].map((n) => `${folder}/${n}`);
}

const pagesOf = (page: string): string[] => (existsSync(join(docs, `${page}.md`)) ? [page] : pagesIn(page));

interface Item {
  readonly text: string;
  readonly link: string;
}

const item = (page: string): Item => ({
  text: SHORT[page] ?? titleOf(page),
  link: `/${addressOf(`${page}.md`)
    .replace(/\.md$/, '')
    .replace(/(^|\/)index$/, '$1')}`,
});

interface Group {
  readonly text: string;
  readonly collapsed: boolean;
  readonly items: readonly Item[];
}

/** The pages of docs/errors by the groups of its README. */
function errorGroups(): Group[] {
  const groups = textOf('errors/README').split(/^## /m).slice(1);
  return groups.map((text) => ({
    text: text.split('\n')[0]!,
    collapsed: true,
    items: [...text.matchAll(/^\| \[(\w+)\]\((\w+)\.md\)/gm)].map(([, code, page]) => ({
      text: code!,
      link: `/errors/${page}`,
    })),
  }));
}

/** Pages of docs/ that no section names. */
function others(): Section {
  const named = new Set(SECTIONS.flatMap(({ pages }) => pages.flatMap(pagesOf)));
  const all = readdirSync(docs, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md') && !/^(?:errors|site)\//.test(file))
    .map((file) => file.slice(0, -3));
  return { title: 'More', pages: all.filter((page) => !named.has(page)).sort() };
}

/** The tables of contents: that of the errors, and that of all other pages. */
export const sidebar = (): Readonly<Record<string, readonly (Group | Item)[]>> => ({
  '/errors/': [{ text: 'Error codes', link: '/errors/' }, ...errorGroups()],
  '/': [...SECTIONS, others()].flatMap(({ title, pages }) => {
    const items = pages.flatMap(pagesOf).map(item);
    return items.length > 0 ? [{ text: title, collapsed: items.length > 10, items }] : [];
  }),
});

/** Whether an app of the site is there, so that pages may link to it. */
export const hasApp = (name: App): boolean => existsSync(join(site, name, 'index.html'));

interface AppLink extends Item {
  /** Leaves the pages: an app is a page of its own. */
  readonly target: '_self';
}

export const appLink = (name: App, text: string): AppLink[] =>
  hasApp(name) ? [{ text, link: `/${APPS[name]}/index.html`, target: '_self' }] : [];

export const nav = (): readonly Item[] => [
  { text: 'Guide', link: '/start' },
  { text: 'Library', link: '/adapters/' },
  { text: 'Operators', link: '/operators/' },
  ...appLink('playground', 'Playground'),
  ...appLink('finetune', 'Finetune in a tab'),
];

/** The head of the landing page: README's own sentence, and where to go from there. */
export function hero(): object {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const [, first, second] = /^\*\*(.+?\.) (.+?)\*\*$/m.exec(readme)!;
  const action = ({ text, link, target }: Item & Partial<AppLink>, theme: 'brand' | 'alt') => ({
    theme,
    text,
    link,
    ...(target ? { target } : {}),
  });
  const apps = [
    ...appLink('playground', 'Open the playground'),
    ...appLink('finetune', 'Finetune a model in this tab'),
  ];
  const actions = [
    ...apps,
    { text: 'Write a first layer', link: '/start' },
    { text: 'The methods', link: '/adapters/' },
  ];
  return {
    name: 'oftc',
    text: first,
    tagline: second,
    actions: actions.map((a, n) => action(a, n === 0 ? 'brand' : 'alt')),
  };
}
