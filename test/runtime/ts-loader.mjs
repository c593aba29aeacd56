/** Lets a child Node process import TypeScript: `node --import ./ts-loader.mjs file.ts`. */
import { readFile } from 'node:fs/promises';
import { register } from 'node:module';

/** Runs in the hooks' own thread, which alone loads the compiler. */
export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  const { default: ts } = await import('typescript');
  const source = ts.transpileModule(await readFile(new URL(url), 'utf8'), {
    compilerOptions: {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2023,
      verbatimModuleSyntax: true,
    },
  }).outputText;
  return { format: 'module', shortCircuit: true, source };
}

if (!new URL(import.meta.url).searchParams.has('hooks')) register(`${import.meta.url}?hooks`);
