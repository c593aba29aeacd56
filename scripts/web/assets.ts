/**
 * Makes the file that the worker reads in place of a disk: declarations, the Python package, examples. `npm run build`
 * runs it after the compiler, because the declarations are those of the compiled package.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { versionOf } from '../../src/cli/package.ts';
import type { Assets } from '../../src/web/worker/assets.ts';
import { libraryExamples } from './library.ts';
import { ADAPTERS, DIST, PYTHON, ROOT, TYPESCRIPT } from './places.ts';

/** The library of the language's compiler options. */
const LIBRARY = 'lib.es2023.d.ts';

/** The declarations that a file and all that it imports consist of, by path. */
function closure(roots: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  const open = [...roots];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (found.has(file)) continue;
    if (!existsSync(file)) throw new Error(`${file} is missing: npm run build`);
    const text = readFileSync(file, 'utf8');
    found.set(file, text);
    const { importedFiles, libReferenceDirectives } = ts.preProcessFile(text, true, true);
    for (const { fileName } of libReferenceDirectives) open.push(join(TYPESCRIPT, `lib.${fileName}.d.ts`));
    for (const { fileName } of importedFiles)
      if (fileName.startsWith('.'))
        open.push(resolve(dirname(file), fileName.replace(/\.(js|ts)$/, '.d.ts')));
  }
  return found;
}

/** The part of package.json by which imports of oftc are found. */
function packageJson(): string {
  const { name, version, type, exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  return JSON.stringify({ name, version, type, exports });
}

function declarations(): Record<string, string> {
  const adapters = readdirSync(ADAPTERS)
    .filter((f) => f.endsWith('.ts'))
    .map((f) => join(DIST, 'src/adapters', f.replace(/\.ts$/, '.d.ts')));
  const own = closure([join(DIST, 'src/index.d.ts'), join(DIST, 'src/extend/index.d.ts'), ...adapters]);
  const entries = [...own, ...closure([join(TYPESCRIPT, LIBRARY)])].map(([file, text]): [string, string] => [
    file.startsWith(TYPESCRIPT)
      ? `/node_modules/typescript/lib${file.slice(TYPESCRIPT.length)}`
      : `/node_modules/oftc/${file.slice(ROOT.length)}`,
    text.replace(/\n\/\/# sourceMappingURL=.*/, ''),
  ]);
  return {
    '/node_modules/oftc/package.json': packageJson(),
    ...Object.fromEntries(entries.map(([path, text]) => [path.replaceAll('\\', '/'), text])),
  };
}

const python = (): Record<string, string> =>
  Object.fromEntries(
    readdirSync(PYTHON)
      .filter((f) => f.endsWith('.py'))
      .sort()
      .map((f) => [f, readFileSync(join(PYTHON, f), 'utf8')]),
  );

/** All that the worker reads. The package has to be built. */
export const assets = async (): Promise<Assets> => ({
  version: versionOf('oftc'),
  declarations: declarations(),
  python: python(),
  library: await libraryExamples(),
});

if (import.meta.url === pathToFileURL(process.argv[1]!).href)
  writeFileSync(join(DIST, 'src/web/files.json'), JSON.stringify(await assets()));
