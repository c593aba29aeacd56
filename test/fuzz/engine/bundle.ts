/** Bundles a target with the code that it tests, which counts the blocks that are reached and may hold a planted fault. */
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { build } from 'esbuild';
import { BUNDLED, ROOT, withAddress } from '../../support/bundled.ts';
import type { Fault } from '../target.ts';
import { withCounters } from './coverage.ts';

/** The most blocks that are counted. */
const BLOCKS = 2 ** 18;
/** Each block is told once, so that a block that is reached often costs little. */
const COUNTER = `
const __seen = new Uint8Array(${BLOCKS});
globalThis.__blocks = 0;
const __reached = (n) => { if (__seen[n] === 0) { __seen[n] = 1; globalThis.__blocks++; } };
`;

/** The source with the fault in it. Throws where the text that it replaces does not stand there once. */
export function planted(text: string, { file, from, to }: Fault): string {
  const parts = text.split(from);
  if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times, and not once: ${from}`);
  return parts.join(to);
}

/** Sources with counters, by their text, so that the bundle of another fault makes few anew. */
const made = new Map<string, string>();
let next = 0;

function counted(path: string, text: string): string {
  const known = made.get(text);
  if (known !== undefined) return known;
  const found = withCounters(path, text, next);
  next = found.next;
  made.set(text, found.text);
  return found.text;
}

/** Writes the bundle of a target to `outfile`, as a script of Node. It starts when it is loaded. */
export async function bundle(name: string, outfile: string, fault?: Fault): Promise<void> {
  await build({
    ...BUNDLED,
    stdin: {
      contents: `import { target } from './test/fuzz/targets/${name}.ts';
import { main } from './test/fuzz/engine/main.ts';
void main(target);`,
      resolveDir: ROOT,
      loader: 'ts',
    },
    outfile,
    banner: { js: COUNTER },
    plugins: [
      {
        name: 'counters',
        setup: ({ onLoad, onResolve }) => {
          // Helpers of tests import it, and what they need of it no fuzzer calls.
          onResolve({ filter: /^vitest$/ }, () => ({ path: 'vitest', namespace: 'absent' }));
          onLoad({ filter: /.*/, namespace: 'absent' }, () => ({ contents: 'module.exports = {};' }));
          onLoad({ filter: /\.ts$/ }, ({ path }) => {
            const file = relative(ROOT, path).replaceAll('\\', '/');
            const source = readFileSync(path, 'utf8');
            const text = file === fault?.file ? planted(source, fault) : source;
            const isTested = /^(?:src|compiler|kernels-gen|runtime)\//.test(file);
            const contents = isTested ? counted(path, text) : text;
            return { contents: withAddress(contents, path), loader: 'ts' };
          });
        },
      },
    ],
  });
  if (next > BLOCKS) throw new Error(`there are ${next} blocks, and room for ${BLOCKS}`);
}

export const corpusFolder = (name: string): string => join(ROOT, 'test/fuzz/corpus', name);
