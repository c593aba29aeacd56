/** Holds a project for the plugin: its options, the imports of layers, and the files that they are made of. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { OftcError } from '../../compiler/errors/error.ts';
import { didYouMean } from '../../compiler/errors/nearest.ts';
import { planFolder } from '../plans/folder.ts';
import { inMemory } from '../plans/memory.ts';
import { type CompiledModule, LayerCompiler } from './compile.ts';
import { Declarations, patternOf } from './declarations.ts';
import { checkedPluginOptions, type LayerOptions, type Options, optionsFor, readRequest } from './options.ts';
import { Refused } from './problems.ts';

/** A module, and what a bundler should warn of. */
export interface Loaded extends CompiledModule {
  readonly warning?: string;
}

/** Finds the file that a path means, by the bundler's own rules; undefined where they find none. */
export type Resolve = (path: string, importer: string | undefined) => Promise<string | undefined>;

/** The layers that stay in memory: each edit of one makes another, and a server may run for days. */
const KEPT = 64;

export class Project {
  readonly #options: Options;
  readonly #compiler: LayerCompiler;
  /** The patterns of imports, by the module's id. */
  readonly #imports = new Map<string, Set<string>>();
  /** The files of each module, by its id. Those of a module that was refused are known, too. */
  readonly #files = new Map<string, readonly string[]>();
  readonly #refused = new Set<string>();
  #root: string;
  #declarations: Declarations | undefined;

  /** Throws OFT4016 for options of another kind. */
  constructor(options: Options, root: string = process.cwd()) {
    this.#options = checkedPluginOptions(options);
    const isKept = this.#options.cache !== false && process.env.OFTC_PLANS !== 'off';
    this.#compiler = new LayerCompiler(inMemory(isKept ? planFolder() : undefined, KEPT));
    this.#root = root;
    this.enter(root);
  }

  /** Names the project's root, which bundlers know after the plugin is made. */
  enter(root: string): void {
    this.#root = root;
    const { dts = 'oftc-env.d.ts' } = this.#options;
    this.#declarations = dts === false ? undefined : new Declarations(root, dts);
  }

  /** The id of the module that an import names. Throws Refused for a wrong query, and where no file is found. */
  async resolve(specifier: string, importer: string | undefined, find: Resolve): Promise<string> {
    const { file, query } = requested(specifier);
    const from = importer === undefined ? this.#root : dirname(withoutQuery(importer));
    const isPath = /^\.{1,2}\//.test(file) || (isAbsolute(file) && existsSync(file));
    const found = isPath ? resolve(from, file) : ((await find(file, importer)) ?? inNode(file, from));
    if (found === undefined) {
      const where = importer === undefined ? '' : ` by '${withoutQuery(importer)}'`;
      throw new Refused(new OftcError('OFT1045', `'${file}' is imported${where} and not found`), []);
    }
    const id = `${withoutQuery(found).replaceAll('\\', '/')}${query}`;
    // A server's own requests have no importer, and nobody wrote their text.
    if (importer !== undefined) {
      const patterns = this.#imports.get(id) ?? new Set();
      this.#imports.set(id, patterns.add(patternOf(specifier)));
    }
    return id;
  }

  /** Compiles a module by its id. Throws Refused. */
  async load(id: string): Promise<Loaded> {
    const { file, options } = requested(id);
    try {
      const all = optionsFor(options, this.#optionsOf(file), this.#options);
      const module = await this.#compiler.compile(this.#root, file, all);
      this.#files.set(id, module.files);
      this.#refused.delete(id);
      const warning = await this.#declarations?.declare(this.#imports.get(id) ?? [], file, module.types);
      return { ...module, ...(warning !== undefined && { warning }) };
    } catch (error) {
      if (error instanceof Refused) {
        this.#files.set(id, error.files);
        this.#refused.add(id);
      }
      throw error;
    }
  }

  /** The ids of modules that a change of a file may change. A file that is new may be what a refused one asks for. */
  dependents(file: string, isNew: boolean): string[] {
    const made = [...this.#files].flatMap(([id, files]) => (files.includes(file) ? [id] : []));
    return isNew ? [...new Set([...made, ...this.#refused])] : made;
  }

  /** The options of a file. Throws Refused where some are for a file that is not there, which would go unnoticed. */
  #optionsOf(file: string): LayerOptions {
    const all = Object.entries(this.#options.layers ?? {}).map(
      ([name, of]) => [name, resolve(this.#root, name), of] as const,
    );
    const missing = all.find(([, path]) => !existsSync(path));
    if (missing === undefined) return all.find(([, path]) => path === resolve(file))?.[2] ?? {};
    const near = relative(this.#root, file).replaceAll('\\', '/');
    const error = new OftcError(
      'OFT4016',
      `the plugin has options for '${missing[0]}', and there is no such file in '${this.#root}'${didYouMean(missing[0], [near])}`,
    );
    throw new Refused(error, [file]);
  }
}

const withoutQuery = (id: string): string => id.replace(/\?.*$/s, '');

/** The file that Node finds, for bundlers that know no packages themselves, as Rollup. */
function inNode(path: string, from: string): string | undefined {
  try {
    return createRequire(join(from, 'importer.js')).resolve(path);
  } catch {
    return undefined;
  }
}

function requested(id: string) {
  try {
    return readRequest(id);
  } catch (error) {
    throw new Refused(error, []);
  }
}
