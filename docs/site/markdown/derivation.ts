/** Adds to the page of a method what the compiler derives from it, with a link that opens it in the playground. */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { MarkdownEnv, MarkdownRenderer } from 'vitepress';
import { hasApp } from '../contents.ts';
import type { Derivation } from '../derivations.ts';
import { APPS, docs } from '../places.ts';

export function derivations(md: MarkdownRenderer): void {
  const file = process.env.OFTC_DERIVATIONS;
  const all: Readonly<Record<string, Derivation>> = file ? JSON.parse(readFileSync(file, 'utf8')) : {};
  md.core.ruler.before('normalize', 'derivation', (state) => {
    const { path, realPath = path } = state.env as Partial<MarkdownEnv>;
    // A title is parsed alone, without a path.
    const page = realPath && /^adapters\/([\w-]+)\.md$/.exec(relative(docs, realPath))?.[1];
    const own = page ? all[page] : undefined;
    if (own)
      state.src = state.src.replace('\n## Configuration\n', () => `\n${section(own)}\n## Configuration\n`);
  });
}

const section = ({ command, text, example }: Derivation): string => `## Derivation

The compiler turns the formula into the program below, with its gradients. \`${command}\` prints it.

\`\`\`text
${text}
\`\`\`
${hasApp('playground') ? `\n<a class="playground-link" href="../${APPS.playground}/index.html#method=${example}" target="_self">Open in the playground</a>\n` : ''}`;
