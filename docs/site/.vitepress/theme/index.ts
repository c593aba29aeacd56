/** The site's theme: VitePress' own, with the styles of this site. */
export { default } from 'vitepress/theme';
