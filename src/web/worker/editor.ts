/** Answers an editor as a person types: the type and documentation of a name, and the names that fit. */

import { withFiles } from '../../../compiler/frontend/files.ts';
import { isOverflow } from '../../../compiler/frontend/overflow.ts';
import { optionsNear } from '../../../compiler/frontend/project.ts';
import { ts } from '../../../compiler/frontend/ts-host.ts';
import type { Completed, Hovered } from '../protocol.ts';
import type { VirtualFiles } from './virtual-files.ts';

/** The declarations of the language. The editor reads no more of the package for an import of `oftc`. */
const LANGUAGE = '/node_modules/oftc/dist/src/language/dsl/index.d.ts';

/** The largest number of names that are offered at once; more come as a person types. */
const MOST_OFFERED = 400;

/** The answer about a text; undefined where it is nested too deeply to be read, of which the problems tell (OFT1014). */
function unlessTooDeep<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch (e) {
    if (isOverflow(e)) return undefined;
    throw e;
  }
}

export class Editor {
  readonly #files: VirtualFiles;
  readonly #system: ts.System;
  readonly #service: ReturnType<typeof ts.createLanguageService>;
  /** A number for each text of a file, which grows with every change. */
  readonly #versions = new Map<string, { readonly text: string; readonly version: number }>();

  constructor(files: VirtualFiles, system: ts.System) {
    this.#files = files;
    this.#system = system;
    this.#service = ts.createLanguageService(this.#host());
  }

  hover(file: string, offset: number): Hovered {
    if (!this.#has(file, offset)) return {};
    const found = unlessTooDeep(() => this.#service.getQuickInfoAtPosition(file, offset));
    if (!found) return {};
    const { start, length } = found.textSpan;
    return {
      found: {
        start,
        end: start + length,
        signature: ts.displayPartsToString(found.displayParts),
        documentation: ts.displayPartsToString(found.documentation),
      },
    };
  }

  complete(file: string, offset: number): Completed {
    const nothing = { start: offset, end: offset, items: [] };
    if (!this.#has(file, offset)) return nothing;
    const text = this.#files.read(file)!;
    const start = offset - /[\w$]*$/.exec(text.slice(0, offset))![0].length;
    const typed = text.slice(start, offset).toLowerCase();
    const found = unlessTooDeep(() =>
      this.#service.getCompletionsAtPosition(file, offset, {
        includeCompletionsForModuleExports: false,
        includeCompletionsWithInsertText: true,
      }),
    );
    if (!found) return nothing;
    const fits = found.entries
      .filter((e) => e.name.toLowerCase().startsWith(typed) || typed === '')
      .toSorted((a, b) => (a.sortText < b.sortText ? -1 : a.sortText > b.sortText ? 1 : 0));
    return {
      start,
      end: offset,
      items: fits
        .slice(0, MOST_OFFERED)
        .map((e) => ({ name: e.name, kind: e.kind, insert: e.insertText ?? e.name })),
    };
  }

  #has(file: string, offset: number): boolean {
    const text = this.#files.own.get(file);
    return text !== undefined && Number.isInteger(offset) && offset >= 0 && offset <= text.length;
  }

  #version(file: string): number {
    const text = this.#files.read(file) ?? '';
    const known = this.#versions.get(file);
    if (known?.text === text) return known.version;
    const version = (known?.version ?? 0) + 1;
    this.#versions.set(file, { text, version });
    return version;
  }

  #host(): ts.LanguageServiceHost {
    const system = this.#system;
    const options = () => withFiles(system, () => optionsNear('/').options);
    return {
      getCompilationSettings: options,
      getScriptFileNames: () => [...this.#files.own.keys()].filter((f) => /\.[mc]?tsx?$/.test(f)),
      getScriptVersion: (file) => (this.#files.own.has(file) ? `${this.#version(file)}` : '0'),
      getScriptSnapshot: (file) => {
        const text = this.#files.read(file);
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
      },
      getCurrentDirectory: () => '/',
      getDefaultLibFileName: (given) => `/node_modules/typescript/lib/${ts.getDefaultLibFileName(given)}`,
      fileExists: (file) => system.fileExists(file),
      readFile: (file) => system.readFile(file),
      directoryExists: (folder) => system.directoryExists(folder),
      getDirectories: (folder) => system.getDirectories(folder),
      resolveModuleNameLiterals: (literals, from, redirected, given) =>
        literals.map(({ text }) =>
          text === 'oftc'
            ? { resolvedModule: { resolvedFileName: LANGUAGE, extension: ts.Extension.Dts } }
            : ts.resolveModuleName(text, from, given, system, undefined, redirected),
        ),
    };
  }
}
