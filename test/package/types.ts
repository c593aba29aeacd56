/** Type-checks files as a project's own `tsc` does, but parses each library and package only once. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const { ModuleKind, ModuleResolutionKind } = ts;

/** The module systems that projects may use, as compiler options. */
export const MODULES = {
  node16: { module: ModuleKind.Node16, moduleResolution: ModuleResolutionKind.Node16 },
  nodenext: { module: ModuleKind.NodeNext, moduleResolution: ModuleResolutionKind.NodeNext },
  bundler: { module: ModuleKind.ESNext, moduleResolution: ModuleResolutionKind.Bundler },
} as const satisfies Record<string, ts.CompilerOptions>;

/** The sources from which TypeScript may get WebGPU's types, as compiler options. */
export const LIBRARIES = {
  'with the DOM library': { lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'], types: [] },
  "with Node's types": { lib: ['lib.es2023.d.ts'], types: ['node'] },
  'with the language alone': { lib: ['lib.es2023.d.ts'], types: [] },
} satisfies Record<string, ts.CompilerOptions>;

/** The files of libraries and packages. Those of a project are read anew, because tests write them again. */
const parsed = new Map<string, ts.SourceFile | undefined>();
/** The last program of each combination of options and project, whose resolved imports the next one takes over. */
const programs = new Map<string, ts.Program>();
/** The sets of TypeScript's own libraries that were checked. */
const checked = new Set<string>();

/**
 * The type errors of `files` and of every declaration that they reach. No library check is skipped, but TypeScript's own
 * library is checked once for each choice of its parts.
 */
export function errorsOf(files: readonly string[], options: ts.CompilerOptions): string[] {
  const all: ts.CompilerOptions = {
    ...{ target: ts.ScriptTarget.ES2023, strict: true, noEmit: true, skipLibCheck: false },
    ...{ exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
    ...options,
  };
  const libraries = JSON.stringify([all.lib, all.types]);
  all.skipDefaultLibCheck ??= checked.has(libraries);
  checked.add(libraries);
  const host = ts.createCompilerHost(all);
  const { getSourceFile } = host;
  host.getSourceFile = (name, version, ...rest) => {
    if (!name.includes('/node_modules/')) return getSourceFile(name, version, ...rest);
    const key = JSON.stringify([name, version]);
    if (!parsed.has(key)) parsed.set(key, getSourceFile(name, version, ...rest));
    return parsed.get(key);
  };
  host.getDefaultLibLocation = () => dirname(fileURLToPath(import.meta.resolve('typescript')));
  host.getCurrentDirectory = () => dirname(files[0]!);
  const key = JSON.stringify([all, dirname(files[0]!)]);
  const program = ts.createProgram(files, all, host, programs.get(key));
  programs.set(key, program);
  return ts
    .getPreEmitDiagnostics(program)
    .map((d) => {
      const text = ts.flattenDiagnosticMessageText(d.messageText, '\n');
      return d.file ? `${join(d.file.fileName)}(${lineOf(d.file, d.start)}): ${text}` : text;
    })
    .slice(0, 20);
}

/** The type errors of a project by its own tsconfig.json, but with no library check skipped. */
export function errorsIn(project: string): string[] {
  const file = join(project, 'tsconfig.json');
  const { config } = ts.readConfigFile(file, ts.sys.readFile);
  const { fileNames, options, errors } = ts.parseJsonConfigFileContent(config, ts.sys, project, {}, file);
  if (errors.length > 0 || fileNames.length === 0) throw new Error(`${file} names no files, or is wrong`);
  return errorsOf(fileNames, { ...options, skipLibCheck: false });
}

const lineOf = (file: ts.SourceFile, start = 0): number => file.getLineAndCharacterOfPosition(start).line + 1;
