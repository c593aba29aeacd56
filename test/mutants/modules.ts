/**
 * Makes a script of every module that test files reach, the code under test with all its mutants. Workers compile each
 * script once, and evaluate it anew for each mutant and test file.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { build, type Metafile, transform } from 'esbuild';
import { BUNDLED, ROOT, withAddress } from '../support/bundled.ts';
import { type Mutant, schemata } from './mutants.ts';

/** The text of a source file, and its mutants. */
export interface Mutated {
  readonly text: string;
  readonly mutants: readonly Mutant[];
}

/** The file LINKS in `outdir`, beside the scripts: how modules import each other. Paths start at the project's folder. */
export interface Links {
  /** The module that is evaluated before each test file. */
  readonly setup: string;
  /** The modules that each module imports from the project, by the text of the import. Others are packages. */
  readonly imports: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The modules that a worker evaluates once for all mutants. */
  readonly kept: readonly string[];
}

export const LINKS = 'links.json';

/** The module that parses TypeScript's library. Workers keep it, because neither it nor its imports are mutated. */
const KEPT = 'compiler/frontend/source.ts';

const inProject = (path: string): string => relative(ROOT, path).replaceAll('\\', '/');

/** The modules that test files reach, with their imports. */
export async function modulesOf(files: readonly string[]): Promise<Metafile['inputs']> {
  const contents = files.map((file) => `import './${file}';`).join('\n');
  const { metafile } = await build({
    ...BUNDLED,
    stdin: { contents, resolveDir: ROOT },
    write: false,
    metafile: true,
  });
  return metafile.inputs;
}

function linksOf(inputs: Metafile['inputs']): Links['imports'] {
  const linked = Object.entries(inputs).map(([file, { imports }]) => {
    const own = imports.filter((i) => !i.external && i.original !== undefined);
    return [file, Object.fromEntries(own.map((i) => [i.original!, i.path]))] as const;
  });
  return Object.fromEntries(linked);
}

/** A module and all that it imports. */
function reachedFrom(file: string, imports: Links['imports']): readonly string[] {
  const reached = new Set([file]);
  for (const f of reached) for (const next of Object.values(imports[f] ?? {})) reached.add(next);
  return [...reached];
}

/** The script of a module. Its exports are one object, whose getters give what the module holds by then. */
async function scriptOf(text: string, imported: readonly string[]): Promise<string> {
  const { format, platform, target } = BUNDLED;
  const { code } = await transform(text, { loader: 'ts', format, platform, target });
  const exported = code.replace(
    /^module\.exports = __toCommonJS\((\w+)\);$/m,
    'module.exports = __defProp($1, "__esModule", { value: true });',
  );
  return imported.reduce(
    (js, name) => js.replaceAll(`import(${JSON.stringify(name)})`, `__import(${JSON.stringify(name)})`),
    exported,
  );
}

/** Writes the scripts of all modules that `files` reach into `outdir`, at the same relative paths, and their links. */
export async function writeModules(
  files: readonly string[],
  mutated: ReadonlyMap<string, Mutated>,
  outdir: string,
): Promise<void> {
  const inputs = await modulesOf(files);
  const imports = linksOf(inputs);
  const write = async (file: string): Promise<void> => {
    const known = mutated.get(file);
    const path = join(ROOT, file);
    const text = known ? schemata(known.text, known.mutants) : readFileSync(path, 'utf8');
    const js = await scriptOf(withAddress(text, path), Object.keys(imports[file]!));
    const out = join(outdir, file);
    mkdirSync(dirname(out), { recursive: true });
    writeFileSync(out, js);
  };
  await Promise.all(
    Object.keys(inputs)
      .filter((f) => f.endsWith('.ts'))
      .map(write),
  );
  const kept = reachedFrom(KEPT, imports);
  const wrong = kept.find((f) => mutated.has(f));
  if (wrong !== undefined)
    throw new Error(`${KEPT} is evaluated once for all mutants, and imports ${wrong}, which is mutated`);
  const links: Links = { setup: inProject(BUNDLED.inject[0]), imports, kept };
  writeFileSync(join(outdir, LINKS), JSON.stringify(links));
}
