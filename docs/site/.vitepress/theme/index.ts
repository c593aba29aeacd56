/** The site's theme: VitePress' own, with the styles of formulas and diagrams. */
import 'katex/dist/katex.min.css';
import DefaultTheme from 'vitepress/theme';
import './style.css';

export default DefaultTheme;
