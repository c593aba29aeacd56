import { defineConfig } from 'vitepress';

export default defineConfig({
  title: 'oftc',
  lang: 'en',
  srcDir: '..',
  srcExclude: ['site/**'],
  base: './',
  ignoreDeadLinks: true,
  cacheDir: '../../node_modules/.cache/vitepress',
});
