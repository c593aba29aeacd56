/** A file system in memory: declarations that never change, and the author's files, which each request replaces. */
import type { ts } from '../../../compiler/frontend/index.ts';

/** Where TypeScript looks for its library, beside itself. */
const TYPESCRIPT = '/node_modules/typescript/lib/typescript.js';

const notHere = (what: string) => (): never => {
  throw new Error(`virtual files cannot ${what}`);
};

/** An absolute path without `.`, `..` and empty parts. */
export function normalPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/'))
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  return `/${parts.join('/')}`;
}

/** The folders that hold a file, from its own to the root. */
function foldersOf(path: string): string[] {
  const folders: string[] = [];
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1))
    folders.push(path.slice(0, at));
  return [...folders, '/'];
}

export class VirtualFiles {
  readonly #declared: ReadonlyMap<string, string>;
  readonly #declaredFolders: ReadonlySet<string>;
  #own: ReadonlyMap<string, string> = new Map();
  #ownFolders: ReadonlySet<string> = new Set();

  constructor(declarations: Readonly<Record<string, string>>) {
    this.#declared = new Map(Object.entries(declarations));
    this.#declaredFolders = new Set([...this.#declared.keys()].flatMap(foldersOf));
  }

  /** Replaces the author's files. Throws RangeError for a path that is none of an author's. */
  replace(own: Readonly<Record<string, string>>): void {
    for (const [path, text] of Object.entries(own)) {
      if (!path.startsWith('/') || path.endsWith('/') || normalPath(path) !== path)
        throw new RangeError(`'${path}' is no path of a file: write it from the root, such as /layer.ts`);
      if (path.startsWith('/node_modules/'))
        throw new RangeError(
          `'${path}' lies among the packages: put your files elsewhere, such as /layer.ts`,
        );
      if (typeof text !== 'string')
        throw new RangeError(`'${path}' has no text: its value is ${typeof text}`);
    }
    this.#own = new Map(Object.entries(own));
    this.#ownFolders = new Set(Object.keys(own).flatMap(foldersOf));
  }

  /** The author's files by path. */
  get own(): ReadonlyMap<string, string> {
    return this.#own;
  }

  read(path: string): string | undefined {
    return this.#own.get(path) ?? this.#declared.get(path);
  }

  /** The file system as TypeScript reads it. */
  system(): ts.System {
    const isFolder = (path: string): boolean =>
      this.#declaredFolders.has(path) || this.#ownFolders.has(path) || path === '/';
    const below = (folder: string): string => (folder === '/' ? '/' : `${folder}/`);
    const all = (): string[] => [...this.#own.keys(), ...this.#declared.keys()];
    return {
      args: [],
      newLine: '\n',
      useCaseSensitiveFileNames: true,
      write: () => undefined,
      writeFile: notHere('be written'),
      createDirectory: notHere('make folders'),
      exit: notHere('end a process'),
      readFile: (path) => this.read(normalPath(path)),
      getFileSize: (path) => this.read(normalPath(path))?.length ?? 0,
      fileExists: (path) => this.read(normalPath(path)) !== undefined,
      directoryExists: (path) => isFolder(normalPath(path)),
      resolvePath: normalPath,
      getExecutingFilePath: () => TYPESCRIPT,
      getCurrentDirectory: () => '/',
      getDirectories: (path) => {
        const start = below(normalPath(path));
        const rests = all().flatMap((f) => (f.startsWith(start) ? [f.slice(start.length)] : []));
        return [...new Set(rests.flatMap((rest) => (rest.includes('/') ? [rest.split('/')[0]!] : [])))];
      },
      // The front end lists the TypeScript files directly in a folder, to say what is there.
      readDirectory: (path) => {
        const start = below(normalPath(path));
        return all().filter((f) => f.startsWith(start) && /^[^/]+(?<!\.d)\.ts$/.test(f.slice(start.length)));
      },
    };
  }
}
