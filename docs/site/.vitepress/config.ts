/** The settings of VitePress: pages from docs/ as they stand in the repository, with their links, formulas and diagrams. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitepress';
import { addressOf, hero, nav, sidebar } from '../contents.ts';
import { drawnBlocks } from '../markdown/blocks.ts';
import { derivations } from '../markdown/derivation.ts';
import { copyLinkedFiles, links } from '../markdown/links.ts';
import { slug } from '../markdown/slug.ts';
import { root, site } from '../places.ts';
import { withPolicy } from '../policy.ts';

const { description, repository } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
/** The repository's address, as package.json names it. */
const url = (repository?.url ?? repository)?.replace(/^git\+|\.git$/g, '');

export default defineConfig({
  title: 'oftc',
  description,
  lang: 'en',
  srcDir: '..',
  srcExclude: ['site/!(pages)/**'],
  rewrites: addressOf,
  // Links are relative, so that the files run from any path.
  base: './',
  cacheDir: '../../node_modules/.cache/vitepress',
  markdown: {
    anchor: { slugify: slug },
    languages: ['ts', 'json', 'sh', 'python', 'wgsl'],
    languageAlias: { py: 'python' },
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    config(md) {
      links(md, url);
      drawnBlocks(md);
      derivations(md);
    },
  },
  // The policy forbids a style made by a script, which would halt transitions while the colours change.
  appearance: { disableTransition: false },
  transformPageData: ({ relativePath, frontmatter }) =>
    relativePath === 'index.md' ? { frontmatter: { ...frontmatter, hero: hero() } } : {},
  transformHead: ({ page }) => [
    [
      'link',
      { rel: 'icon', href: `${'../'.repeat(page.split('/').length - 1)}icon.svg`, type: 'image/svg+xml' },
    ],
  ],
  // A page in view would load every page that its table of contents leads to.
  router: { prefetchLinks: false },
  transformHtml: withPolicy,
  buildEnd: ({ outDir }) => copyLinkedFiles(outDir),
  // The policy forbids fonts within styles, too.
  vite: { publicDir: join(site, 'public'), build: { assetsInlineLimit: 0, chunkSizeWarningLimit: 1000 } },
  themeConfig: {
    nav: nav() as never,
    sidebar: sidebar() as never,
    outline: [2, 3],
    search: { provider: 'local' },
    externalLinkIcon: false,
    notFound: {
      title: 'No such page',
      quote: 'There is no page at this address. The search above finds words of all pages.',
      ...{ linkText: 'To the first page', linkLabel: 'To the first page' },
    },
    docFooter: { prev: false, next: false },
    ...(url ? { socialLinks: [{ icon: 'github', link: url }] } : {}),
  },
});
