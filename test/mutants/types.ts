/** Tells which mutants the type checker refuses. No test need find them: they cannot be built. */
import { dirname, join } from 'node:path';
import ts from 'typescript';
import type { Mutated } from './modules.ts';
import type { Mutant } from './mutants.ts';

/** Code that is only unused or unreachable is no error of types. */
const LENIENT: ts.CompilerOptions = {
  noUnusedLocals: false,
  noUnusedParameters: false,
  allowUnreachableCode: true,
  incremental: false,
};

const withMutant = (text: string, m: Mutant): string =>
  `${text.slice(0, m.start)}(${m.text})${text.slice(m.end)}`;

export class Types {
  readonly #root: string;
  readonly #service: ts.LanguageService;
  readonly #files: ReadonlyMap<string, Mutated>;
  /** The file that has a mutant now, with its text then. */
  #edited: { readonly file: string; readonly text: string } | undefined;
  #edits = 0;
  /** The files that were seen to pass the check without a mutant. */
  readonly #passing = new Set<string>();

  /** Checks mutated files of the project in `root` by its tsconfig.json. */
  constructor(root: string, files: ReadonlyMap<string, Mutated>) {
    this.#root = root;
    this.#files = files;
    const config = join(root, 'tsconfig.json');
    const { config: json, error } = ts.readConfigFile(config, ts.sys.readFile);
    if (error) throw new Error(ts.flattenDiagnosticMessageText(error.messageText, '\n'));
    const { options, fileNames } = ts.parseJsonConfigFileContent(json, ts.sys, dirname(config));
    // The project's own declarations of modules without types are imported by none of its files.
    const declarations = fileNames.filter((f) => f.endsWith('.d.ts'));
    const texts = new Map<string, ts.IScriptSnapshot | undefined>();
    const unchanged = (path: string): ts.IScriptSnapshot | undefined => {
      if (!texts.has(path)) {
        const text = ts.sys.readFile(path);
        texts.set(path, text === undefined ? undefined : ts.ScriptSnapshot.fromString(text));
      }
      return texts.get(path);
    };
    this.#service = ts.createLanguageService({
      getCompilationSettings: () => ({ ...options, ...LENIENT }),
      getScriptFileNames: () => [...declarations, ...[...files.keys()].map((f) => join(root, f))],
      getScriptVersion: (path) => (path === this.#path() ? `${this.#edits}` : ''),
      getScriptSnapshot: (path) =>
        path === this.#path() ? ts.ScriptSnapshot.fromString(this.#edited!.text) : unchanged(path),
      getCurrentDirectory: () => root,
      getDefaultLibFileName: (o) => ts.getDefaultLibFilePath(o),
      fileExists: ts.sys.fileExists,
      readFile: ts.sys.readFile,
      directoryExists: ts.sys.directoryExists,
      getDirectories: ts.sys.getDirectories,
    });
  }

  /** Whether a file does not pass the type check with a mutant of it. Throws where it does not pass without one. */
  refuses(m: Mutant): boolean {
    const { text } = this.#files.get(m.file)!;
    if (!this.#passing.has(m.file)) {
      const [problem] = this.#problems(m.file, text);
      if (problem !== undefined)
        throw new Error(`${m.file} does not pass the type check as it is: ${problem}`);
      this.#passing.add(m.file);
    }
    return this.#problems(m.file, withMutant(text, m)).length > 0;
  }

  /** The errors of a file with another text. */
  #problems(file: string, text: string): string[] {
    this.#edits += 1;
    this.#edited = { file, text };
    const path = join(this.#root, file);
    return [...this.#service.getSyntacticDiagnostics(path), ...this.#service.getSemanticDiagnostics(path)]
      .filter((d) => d.category === ts.DiagnosticCategory.Error)
      .map((d) => ts.flattenDiagnosticMessageText(d.messageText, '\n'));
  }

  #path(): string | undefined {
    return this.#edited && join(this.#root, this.#edited.file);
  }
}
