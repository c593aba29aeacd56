/** Draws blocks of code that are no code: formulas by KaTeX and diagrams as SVG, both while the site is built. */
import { renderMermaidSVG } from 'beautiful-mermaid';
import katex from 'katex';
import type { MarkdownRenderer } from 'vitepress';

/** The width of the column of text, in pixels. A wider diagram is drawn from top to bottom. */
const COLUMN = 680;

export function drawnBlocks(md: MarkdownRenderer): void {
  const code = md.renderer.rules.fence!;
  md.renderer.rules.fence = (tokens, at, options, env, self) => {
    const { info, content } = tokens[at]!;
    if (info.trim() === 'math') return formula(content);
    if (info.trim() === 'mermaid') return diagram(content);
    return code(tokens, at, options, env, self);
  };
}

/** A formula for the eye, and as MathML for a screen reader. It may be wider than a phone: keys and fingers scroll it. */
function formula(tex: string): string {
  const html = katex.renderToString(tex, { displayMode: true, strict: 'error', throwOnError: true });
  return `<div class="formula" tabindex="0" role="group" aria-label="Formula" v-pre>${html}</div>\n`;
}

function diagram(source: string): string {
  const wide = svgOf(source);
  const svg = widthOf(wide) > COLUMN ? svgOf(source.replace(/^flowchart LR$/m, 'flowchart TD')) : wide;
  return `<div class="diagram" tabindex="0" role="group" aria-label="Diagram" v-pre>${svg}</div>\n`;
}

/** The drawing without its own styles, which load a font from another host: style.css has them. */
function svgOf(source: string): string {
  const svg = renderMermaidSVG(source, { bg: 'var(--vp-c-bg)', fg: 'var(--vp-c-text-1)', transparent: true });
  return svg.replace(/<style>.*?<\/style>/s, '').replaceAll(/\n\s*/g, ' ');
}

const widthOf = (svg: string): number => Number(/ width="([\d.]+)"/.exec(svg)![1]);
