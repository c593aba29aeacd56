/**
 * Makes TypeScript programs of the author's files. The standard library, packages and this package's own sources are
 * parsed once in a process, and a tsconfig.json is read once for each folder.
 */
import { getOrMake } from '../keyed.ts';
import { files, readOnce } from './files.ts';
import { openLongBodies } from './long-bodies.ts';
import {
  isDslFile,
  isStable,
  languageOnly,
  optionsNear,
  ownEntry,
  type ProjectOptions,
  readSource,
} from './project.ts';
import { ts } from './ts-host.ts';

const stable = readOnce<ts.SourceFile>();
/** Resolved relative imports of files that never change, by the importing file and the specifier. */
const stableImports = readOnce<ts.ResolvedModuleWithFailedLookupLocations>();

export interface Source {
  readonly program: ts.Program;
  readonly checker: ts.TypeChecker;
  /** The file's syntax tree; undefined when the file cannot be read. */
  readonly file: ts.SourceFile | undefined;
  /** The file, and the author's other files that it imports. */
  readonly authored: readonly ts.SourceFile[];
  /** The errors of a project's tsconfig.json that could not be read. */
  readonly configErrors: readonly ts.Diagnostic[];
  /** Whether every import of the author's files was found. */
  readonly resolved: boolean;
}

/** A TypeScript host that keeps its last program: after an edit, only the author's files are read again. */
export class TypeScriptHost {
  readonly rootDir: string;
  readonly #overlay: ReadonlyMap<string, string>;
  readonly #files = new Map<string, ts.SourceFile>();
  readonly #options = new Map<string, ProjectOptions>();
  #last: { readonly root: string; readonly source: Source } | undefined;

  constructor(rootDir: string, overlay: ReadonlyMap<string, string>) {
    this.rootDir = slashes(rootDir).replace(/\/$/, '');
    this.#overlay = overlay;
  }

  /** An absolute path with forward slashes. */
  path(file: string): string {
    const path = slashes(file);
    return slashes(files().resolvePath(/^(\/|[A-Za-z]:)/.test(path) ? path : `${this.rootDir}/${path}`));
  }

  /** Whether an overlay replaces a file's text. */
  holds(file: string): boolean {
    return this.#overlay.has(this.path(file));
  }

  open(file: string): Source {
    const root = this.path(file);
    const last = this.#last;
    const reusable = last?.source.resolved === true;
    if (
      reusable &&
      last.root === root &&
      last.source.authored.every((f) => this.#read(f.fileName) === f.text)
    ) {
      return last.source;
    }
    const dir = root.slice(0, root.lastIndexOf('/'));
    const project = getOrMake(this.#options, dir, () => optionsNear(dir));
    const { options, errors } = project;
    const program = ts.createProgram({
      rootNames: [root],
      options,
      host: this.#compilerHost(options),
      ...(reusable ? { oldProgram: last.source.program } : {}),
    });
    const source = { ...openSource(program, root), configErrors: errors };
    this.#last = { root, source };
    return source;
  }

  /** A file as the last lowering read it; undefined for a file that it did not read. */
  sourceFile(file: string): ts.SourceFile | undefined {
    return this.#last?.source.program.getSourceFile(file);
  }

  #read(file: string): string | undefined {
    return this.#overlay.get(file) ?? readSource(file);
  }

  #compilerHost(options: ts.CompilerOptions): ts.CompilerHost {
    const underOverlay = (dir: string) => [...this.#overlay.keys()].some((f) => f.startsWith(`${dir}/`));
    const keepsImports = options.rootDirs === undefined && ![...this.#overlay.keys()].some(isStable);
    const system = files();
    const host: ts.CompilerHost = {
      ...hostOf(system),
      getCurrentDirectory: () => this.rootDir,
      fileExists: (f) => this.#overlay.has(f) || system.fileExists(f),
      directoryExists: (d) => system.directoryExists(d) || underOverlay(d),
      readFile: (f) => this.#read(f),
      jsDocParsingMode: ts.JSDocParsingMode.ParseNone,
      getSourceFile: (f, version) => this.#sourceFile(f, version),
    };
    // With one cache for each program, package.json is looked for once for each folder, and again after an edit.
    const cache = ts.createModuleResolutionCache(this.rootDir, host.getCanonicalFileName, options);
    host.getModuleResolutionCache = () => cache;
    host.resolveModuleNameLiterals = (literals, from, redirected, opts, containing) =>
      literals.map((literal) => {
        const mode = ts.getModeForUsageLocation(containing, literal, opts);
        const key =
          keepsImports && literal.text.startsWith('.') && isStable(from)
            ? `${from}|${literal.text}|${mode}|${opts.moduleResolution}`
            : undefined;
        const known = key === undefined ? undefined : stableImports().get(key);
        if (known) return known;
        const found = ts.resolveModuleName(literal.text, from, opts, host, undefined, redirected, mode);
        if (key !== undefined && found.resolvedModule) stableImports().set(key, found);
        if (literal.text === 'oftc/extend') {
          const own = ownEntry('extend/index');
          return found.resolvedModule || own === undefined ? found : resolvedTo(own);
        }
        if (literal.text !== 'oftc') return found;
        const index = found.resolvedModule?.resolvedFileName ?? ownEntry('index');
        const language = index === undefined ? undefined : languageOnly(index, literal);
        if (language !== undefined) return resolvedTo(language);
        return found.resolvedModule || index === undefined ? found : resolvedTo(index);
      });
    return host;
  }

  #sourceFile(
    file: string,
    version: ts.ScriptTarget | ts.CreateSourceFileOptions,
  ): ts.SourceFile | undefined {
    const key = `${file}|${typeof version === 'object' ? version.impliedNodeFormat : ''}`;
    const known = stable().get(key);
    if (known && !this.#overlay.has(file)) return known;
    const text = this.#read(file);
    if (text === undefined) return undefined;
    const cached = this.#files.get(key);
    if (cached?.text === text) return cached;
    const source = openLongBodies(ts.createSourceFile(file, text, version, true));
    (isStable(file) && !this.#overlay.has(file) ? stable() : this.#files).set(key, source);
    return source;
  }
}

const resolvedTo = (file: string): ts.ResolvedModuleWithFailedLookupLocations => ({
  resolvedModule: {
    resolvedFileName: file,
    extension: file.endsWith('.d.ts') ? ts.Extension.Dts : ts.Extension.Ts,
  },
});

/** Answers TypeScript's questions about a file system, except for those about the files' texts. */
function hostOf(
  system: ts.System,
): Omit<ts.CompilerHost, 'getSourceFile' | 'getCurrentDirectory' | 'fileExists' | 'readFile'> {
  const executing = slashes(system.getExecutingFilePath());
  const library = executing.slice(0, executing.lastIndexOf('/'));
  const isSensitive = system.useCaseSensitiveFileNames;
  const { realpath } = system;
  return {
    getDefaultLibLocation: () => library,
    getDefaultLibFileName: (options) => `${library}/${ts.getDefaultLibFileName(options)}`,
    useCaseSensitiveFileNames: () => isSensitive,
    getCanonicalFileName: (f) => (isSensitive ? f : f.toLowerCase()),
    getNewLine: () => system.newLine,
    getDirectories: (dir) => system.getDirectories(dir),
    writeFile: () => undefined,
    ...(realpath ? { realpath: (path: string) => realpath(path) } : {}),
  };
}

const slashes = (path: string): string => path.replaceAll('\\', '/');

function openSource(program: ts.Program, root: string): Omit<Source, 'configErrors'> {
  const checker = program.getTypeChecker();
  const authored = new Set<ts.SourceFile>();
  let resolved = true;
  const visit = (file: ts.SourceFile) => {
    if (authored.has(file)) return;
    authored.add(file);
    for (const statement of file.statements) {
      if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) continue;
      const specifier = statement.moduleSpecifier;
      if (specifier === undefined || !ts.isStringLiteral(specifier) || specifier.text === 'oftc') continue;
      const target = checker.getSymbolAtLocation(specifier)?.valueDeclaration;
      if (target === undefined || !ts.isSourceFile(target)) resolved = false;
      else if (
        !target.isDeclarationFile &&
        !program.isSourceFileFromExternalLibrary(target) &&
        !isDslFile(target.fileName)
      ) {
        visit(target);
      }
    }
  };
  const file = program.getSourceFile(root);
  if (file) visit(file);
  return { program, checker, file, authored: [...authored], resolved: resolved && file !== undefined };
}

/** Whether a declaration is the language's own. */
export const isLanguageDeclaration = (node: ts.Node): boolean => isDslFile(node.getSourceFile().fileName);
