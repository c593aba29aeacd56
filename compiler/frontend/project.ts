/** Finds the language's own files, and the compiler options by which an author's file is checked. */
import { OftcError } from '../errors/error.ts';
import { aboveLimit, limits } from '../limits.ts';
import { once } from '../once.ts';
import { areOwn, files, readOnce } from './files.ts';
import { isOverflow, tooDeep } from './overflow.ts';
import { ts } from './ts-host.ts';

const home = once(() => filePath(import.meta.url).replace(/(?:[^/]+\/){2}[^/]*$/, ''));

/**
 * The folder of src/ and compiler/: this package's sources, or their compiled form. Undefined among other files than the
 * machine's, where the package is found by its name alone.
 */
const packageFolder = (): string | undefined => (areOwn() ? home() : undefined);

/**
 * The file of an entry of oftc, such as `index` or `extend/index`, if no package of that name is installed. In the
 * compiled package, it has declarations only.
 */
export function ownEntry(entry: string): string | undefined {
  const folder = packageFolder();
  return folder && `${folder}src/${entry}${import.meta.url.endsWith('.ts') ? '.ts' : '.d.ts'}`;
}

/** Folders whose declarations an author can use: the language, and the parts of operators and rules. */
const OWN = ['src/language/dsl/', 'src/extend/', 'compiler/'];

function filePath(url: string): string {
  const path = decodeURIComponent(new URL(url).pathname);
  return /^\/[A-Za-z]:/.test(path) ? path.slice(1) : path;
}

/**
 * The text of a regular file. Undefined where there is no file, and for pipes and devices, which may never end.
 * Throws OFT1045 for a file that is too large to be source.
 */
export function readSource(file: string): string | undefined {
  if (!files().fileExists(file)) return undefined;
  const bytes = files().getFileSize?.(file) ?? 0;
  if (bytes > limits.sourceBytes.most)
    throw new OftcError('OFT1045', `cannot read '${file}': ${aboveLimit(bytes, limits.sourceBytes)}`);
  return files().readFile(file);
}

const packageNames = readOnce<unknown>();

/** The name that the package.json of a folder gives. */
function packageIn(dir: string): unknown {
  const names = packageNames();
  if (!names.has(dir)) {
    const text = readSource(`${dir}/package.json`) ?? '';
    names.set(dir, ts.parseConfigFileTextToJson('package.json', text).config?.name);
  }
  return names.get(dir);
}

function isInPackage(file: string, dir: string): boolean {
  const folder = packageFolder();
  return folder !== undefined && file.startsWith(folder + dir);
}

/** Whether a file has the language's declarations, in this copy of the package or another. */
export function isDslFile(file: string): boolean {
  return OWN.some((dir) => {
    if (isInPackage(file, dir)) return true;
    const at = file.lastIndexOf(`/${dir}`);
    return at >= 0 && packageIn(file.slice(0, at).replace(/\/dist$/, '')) === 'oftc';
  });
}

const exportedNames = readOnce<ReadonlySet<string>>();

/** The names in the export lists of a module. */
function namesOf(file: string): ReadonlySet<string> {
  const known = exportedNames().get(file);
  if (known) return known;
  const source = ts.createSourceFile(file, readSource(file) ?? '', ts.ScriptTarget.ES2023);
  const names = source.statements.flatMap((s) =>
    ts.isExportDeclaration(s) && s.exportClause && ts.isNamedExports(s.exportClause)
      ? s.exportClause.elements.map((e) => e.name.text)
      : [],
  );
  const set = new Set(names);
  exportedNames().set(file, set);
  return set;
}

/**
 * The file to read for an import of `oftc` that takes names of the language alone; undefined for other imports.
 * Otherwise TypeScript would read the package's sessions and runtime for every layer.
 */
export function languageOnly(packageIndex: string, specifier: ts.Node): string | undefined {
  const file = packageIndex.replace(/index(\.d)?\.ts$/, 'language/dsl/index$1.ts');
  const clause = ts.isImportDeclaration(specifier.parent)
    ? specifier.parent.importClause?.namedBindings
    : undefined;
  if (!clause || !ts.isNamedImports(clause) || !isDslFile(file)) return undefined;
  const names = namesOf(file);
  return clause.elements.every((e) => names.has((e.propertyName ?? e.name).text)) ? file : undefined;
}

/** Whether a file does not change while the process runs. */
export const isStable = (file: string): boolean =>
  file.includes('/node_modules/') || OWN.some((dir) => isInPackage(file, dir));

/** The syntax errors of a tsconfig.json, where TypeScript keeps them. */
interface Parsed {
  readonly parseDiagnostics: readonly ts.Diagnostic[];
}

/** The options that the project decides: how imports resolve. The language decides how strict the checks are. */
const RESOLUTION = [
  'paths',
  'pathsBasePath',
  'baseUrl',
  'rootDirs',
  'customConditions',
  'module',
  'moduleResolution',
];

/** Compiler options, and the errors of a tsconfig.json that could not be read. */
export interface ProjectOptions {
  readonly options: ts.CompilerOptions;
  readonly errors: readonly ts.Diagnostic[];
  /** The project's tsconfig.json and those that it extends. */
  readonly files: readonly string[];
}

/** TypeScript's errors for a file that is missing or no JSON. Others are in options that the language ignores. */
const UNREADABLE: ReadonlySet<number> = new Set([5083, 6053, 18000, 5012]);

/** The compiler options for a folder's files. Throws OFT1045 for a tsconfig.json that cannot be read. */
export function optionsNear(dir: string): ProjectOptions {
  const config = ts.findConfigFile(dir, (f) => files().fileExists(f));
  try {
    return optionsIn(config);
  } catch (e) {
    if (!isOverflow(e) || config === undefined) throw e;
    throw new OftcError('OFT1045', tooDeep(config));
  }
}

function optionsIn(config: string | undefined): ProjectOptions {
  const strict: ts.CompilerOptions = {
    strict: true,
    target: ts.ScriptTarget.ES2023,
    lib: ['lib.es2023.d.ts'],
    types: [],
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
  };
  const bundler = { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler };
  const system = files();
  if (config === undefined) return { options: { ...bundler, ...strict }, errors: [], files: [] };
  const text = readSource(config);
  if (text === undefined) throw new OftcError('OFT1045', `cannot read '${config}': check its permissions`);
  const json = ts.parseJsonText(config, text) as ts.TsConfigSourceFile & Parsed;
  const host: ts.ParseConfigHost = { ...system, readFile: readSource, readDirectory: () => [] };
  const { options, errors } = ts.parseJsonSourceFileConfigFileContent(
    json,
    host,
    system.resolvePath(`${config}/..`),
    undefined,
    config,
  );
  const taken = Object.fromEntries(
    RESOLUTION.filter((k) => options[k] !== undefined).map((k) => [k, options[k]]),
  );
  const states = 'module' in taken || 'moduleResolution' in taken;
  return {
    options: { ...(states ? {} : bundler), ...taken, ...strict },
    errors: [...json.parseDiagnostics, ...errors.filter((e) => UNREADABLE.has(e.code))],
    files: [config, ...(json.extendedSourceFiles ?? [])],
  };
}
