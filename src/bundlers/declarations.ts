/**
 * Writes the types of imported layers. TypeScript cannot follow `./oft.ts?oftc` to a file: it matches the text of the
 * import with the patterns of declared modules. So there is one file for a project, with a pattern for each import.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { quoted } from '../../compiler/names.ts';
import { writeWhole } from '../formats/write-whole.ts';

/** The words by which the plugin knows a file that it may replace. */
const WRITTEN = '// Written by the bundler plugin of oftc';

const HEAD = `\
/* eslint-disable */
// biome-ignore-all lint: generated
// biome-ignore-all format: generated
${WRITTEN}: the types of imports such as './oft.ts?oftc'. Keep it in version control, so that
// they type-check before the first build.
`;

/** The pattern of an import's text: a relative path may begin at any folder. */
export const patternOf = (specifier: string): string =>
  /^\.{0,2}\//.test(specifier) ? specifier.replace(/^(\.{0,2}\/)+/, '*/') : specifier;

/** The declaration of one pattern, and the file that its types come from. */
interface Entry {
  /** The layer's file, from the folder of the written file. */
  readonly file: string;
  readonly types: string;
}

const MARK = /^\/\/ from ([^\n]*)\ndeclare module (['"])([^\n]*?)\2 \{\n(.*?)^\}\n/gms;

/** The declarations in a file that the plugin wrote; undefined for a file of someone else. */
function readEntries(text: string): Map<string, Entry> | undefined {
  if (!text.includes(WRITTEN)) return undefined;
  return new Map(
    [...text.matchAll(MARK)].map(([, file, , pattern, types]) => [
      pattern!,
      { file: file!, types: types!.replace(/^ {2}/gm, '') },
    ]),
  );
}

const indented = (text: string): string => text.replace(/^(?=.)/gm, '  ');

const printed = (entries: ReadonlyMap<string, Entry>): string =>
  [
    HEAD,
    ...[...entries]
      // Of the patterns that match, TypeScript takes the first: a longer path has to come before a shorter one.
      .sort(([a], [b]) => b.length - a.length || (a < b ? -1 : 1))
      .map(
        ([pattern, { file, types }]) =>
          `// from ${file}\ndeclare module ${quoted(pattern)} {\n${indented(types)}}\n`,
      ),
  ].join('\n');

/** The file of a project's declarations. */
export class Declarations {
  readonly #path: string;
  readonly #entries = new Map<string, Entry>();
  /** The patterns that two files have, of which neither is declared. */
  readonly #ambiguous = new Set<string>();
  #written = Promise.resolve();

  constructor(root: string, path: string) {
    this.#path = resolve(root, path);
  }

  /**
   * Declares the modules that imports of a file name. Resolves when the declarations are on the disk, to what keeps
   * TypeScript from knowing them; undefined where nothing does.
   */
  async declare(patterns: Iterable<string>, file: string, types: string): Promise<string | undefined> {
    const from = relative(dirname(this.#path), file).replaceAll('\\', '/');
    let problem: string | undefined;
    for (const pattern of patterns) {
      const other = this.#entries.get(pattern);
      if (this.#ambiguous.has(pattern) || (other && other.file !== from && other.types !== types)) {
        this.#ambiguous.add(pattern);
        problem = `${[...new Set([other?.file, from])].filter(Boolean).join(' and ')} are imported by the same text, which TypeScript cannot tell apart: no types are written for '${pattern}'. Import one by a longer path, such as '../${from.split('/').slice(-2).join('/')}?oftc', or rename a file`;
      } else this.#entries.set(pattern, { file: from, types });
    }
    const failed = await this.#write();
    return problem ?? failed;
  }

  /** Writes the file if it differs, one writing after the other. */
  #write(): Promise<string | undefined> {
    const outcome = this.#written.then(() => this.#update());
    this.#written = outcome.then(() => undefined);
    return outcome;
  }

  async #update(): Promise<string | undefined> {
    const path = this.#path;
    try {
      const before = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
      const known = before === undefined ? new Map<string, Entry>() : readEntries(before);
      if (known === undefined)
        return `'${path}' was not written by this plugin: move it away, or name another file in dts`;
      // What earlier builds wrote stays while its layer exists, because a server loads only what a page asks for.
      const kept = [...known].filter(([, { file }]) => existsSync(resolve(dirname(path), file)));
      const entries = new Map([...kept, ...this.#entries]);
      for (const pattern of this.#ambiguous) entries.delete(pattern);
      const text = printed(entries);
      if (text === before) return undefined;
      mkdirSync(dirname(path), { recursive: true });
      await writeWhole(path, text);
      return undefined;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
      return `the types of layers cannot be written to '${path}': ${error.message}. Name another file in dts, or write dts: false`;
    }
  }
}
