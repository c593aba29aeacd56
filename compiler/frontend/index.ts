/** Lowers an author's file to a Program: TypeScript checks the source, which is evaluated at one configuration. */
import { OftcError } from '../errors/error.ts';
import type { Span } from '../errors/span.ts';
import { buildProgram } from '../ir/layer.ts';
import type { Program } from '../ir/node.ts';
import { keyAmongSizes, startAmongSizes } from './advice/starts.ts';
import { moduleStatements, typeErrors } from './checks.ts';
import { checkPath, chooseLayer, type Exported, exportedLayers } from './choose.ts';
import { readConfig } from './config.ts';
import { type Config, layerSpec, resolveConfig } from './declare.ts';
import { Definitions, type LoadModule } from './definitions.ts';
import { checkDepth } from './depth.ts';
import { toDiagnostic } from './diagnostics.ts';
import { describeLayer, type ExportedLayer } from './exported.ts';
import { withFiles } from './files.ts';
import { Interpreter } from './interpreter.ts';
import { isOverflow, tooDeep } from './overflow.ts';
import { type Source, TypeScriptHost } from './source.ts';
import type { ts } from './ts-host.ts';
import { LayerValue, type StaticObject } from './values.ts';

export { codeOf, formatDiagnostics } from './diagnostics.ts';
export type { ConfigKey, ExportedLayer } from './exported.ts';
export type { ts } from './ts-host.ts';

export interface FrontEndOptions {
  /** The folder that relative paths start from; by default the working directory. */
  readonly rootDir?: string;
  /**
   * Texts that replace those of files, by absolute path, such as an editor's buffers. Each `lower` reads them anew.
   */
  readonly overlay?: ReadonlyMap<string, string>;
  /** The files to read in place of the machine's; oftc is among them as a package of that name. */
  readonly system?: ts.System;
  /** Runs a file on disk that defines operators or rules. Without it, such files are refused (OFT5004). */
  readonly loadModule?: LoadModule;
}

export interface LowerRequest {
  /** The exported name of the layer. It may be absent where the file exports one layer. */
  readonly layer?: string;
  /** The values of the configuration. Each may be text, as on a command line. */
  readonly config?: Readonly<Record<string, unknown>>;
}

export interface Lowered {
  /** The layer as a Program; absent exactly when there are errors. */
  readonly program?: Program;
  /** The exported layers in the order of the file. */
  readonly layers: readonly string[];
  /** The configuration with defaults filled in; empty where it could not be resolved. */
  readonly config: Config;
  /**
   * The absolute paths of the file, which comes first, and of the author's other files that it imports, whether there are
   * errors or not: a change of any may mend them. Absent where the file cannot be read.
   */
  readonly files?: readonly string[];
  readonly diagnostics: readonly ts.Diagnostic[];
}

/** The errors of a file as a whole: TypeScript's, and statements that no file of layers has. */
interface Checked {
  readonly errors: readonly ts.Diagnostic[];
  readonly misplaced: readonly OftcError[];
}

/** The front end. It keeps TypeScript's results between calls, so make one and use it again. */
export class FrontEnd {
  readonly #host: TypeScriptHost;
  readonly #definitions: Definitions;
  readonly #system: ts.System | undefined;
  readonly #found = new WeakMap<Source, Checked>();

  constructor({ rootDir, overlay = new Map(), system, loadModule }: FrontEndOptions = {}) {
    this.#definitions = new Definitions(loadModule);
    this.#host = new TypeScriptHost(rootDir ?? system?.getCurrentDirectory() ?? process.cwd(), overlay);
    this.#system = system;
  }

  /** Lowers a layer to a Program. Errors in what the author wrote are diagnostics and never thrown. */
  lower(file: string, request: LowerRequest = {}): Lowered {
    return withFiles(this.#system, () => this.#lower(file, request));
  }

  #lower(file: string, request: LowerRequest): Lowered {
    let source: Source | undefined;
    let layers: readonly string[] = [];
    try {
      if (!this.#host.holds(file)) checkPath(file, this.#host.path(file));
      source = this.#host.open(file);
      if (source.file === undefined) throw new OftcError('OFT1045', `cannot read '${file}'`);
      source.authored.forEach(checkDepth);
      const exported = exportedLayers(source, source.file);
      layers = exported.map((e) => e.name);
      const { errors, misplaced } = this.#checked(source);
      // Errors in tsconfig.json may be why imports fail.
      if (errors.length > 0)
        return {
          ...{ layers, config: {}, diagnostics: [...source.configErrors, ...errors] },
          files: pathsOf(source),
        };
      if (misplaced.length > 0) return failure(layers, misplaced, source);
      this.#definitions.update(source);
      return lowerLayer(
        source,
        chooseLayer(file, source, exported, request.layer),
        layers,
        request.config ?? {},
      );
    } catch (e) {
      if (e instanceof OftcError) return failure(layers, [e], source);
      if (!isOverflow(e)) throw e;
      return failure(layers, [new OftcError('OFT1014', tooDeep(file))], source);
    }
  }

  /** The errors of a file as a whole, found once for all of its layers. */
  #checked(source: Source): Checked {
    const { checker, authored } = source;
    const known = this.#found.get(source);
    if (known) return known;
    const errors = typeErrors(source);
    const misplaced = errors.length > 0 ? [] : authored.flatMap((f) => moduleStatements(checker, f));
    this.#found.set(source, { errors, misplaced });
    return { errors, misplaced };
  }

  /**
   * The layers that a file exports, with the keys of their configuration. None where the file cannot be read; where it
   * has errors, keys may lack their defaults.
   */
  layersOf(file: string): readonly ExportedLayer[] {
    return withFiles(this.#system, () => {
      try {
        const source = this.#host.open(file);
        source.authored.forEach(checkDepth);
        return source.file ? exportedLayers(source, source.file).map((e) => describeLayer(source, e)) : [];
      } catch (e) {
        if (e instanceof OftcError || isOverflow(e)) return [];
        throw e;
      }
    });
  }

  /**
   * The place where a span begins in the text that was last lowered. Lines and columns count from 1. Throws RangeError
   * for an unknown file.
   */
  locate(span: Span): { readonly file: string; readonly line: number; readonly column: number } {
    const file = this.#host.sourceFile(span.file);
    if (!file) throw new RangeError(`'${span.file}' was not read by the last lowering`);
    const { line, character } = file.getLineAndCharacterOfPosition(span.start);
    return { file: span.file, line: line + 1, column: character + 1 };
  }
}

const failure = (
  layers: readonly string[],
  errors: readonly OftcError[],
  source: Source | undefined,
): Lowered => ({
  layers,
  config: {},
  ...(source && { files: pathsOf(source) }),
  diagnostics: errors.map((e) => toDiagnostic(e, (f) => source?.program.getSourceFile(f))),
});

const pathsOf = (source: Source): string[] => source.authored.map((f) => f.fileName);

function lowerLayer(source: Source, layer: Exported, layers: readonly string[], given: Config): Lowered {
  const interpreter = new Interpreter(source.program);
  const [declaration] = layer.symbol.declarations ?? [source.file!];
  const value = interpreter.declared(layer.symbol, declaration!);
  if (!(value instanceof LayerValue))
    return interpreter.refuse('OFT1040', `'${layer.name}' is not made with layer(…)`, declaration!);
  const config: StaticObject = readConfig(source.checker, layer.name, layer.config, given);
  const program = explaining(source.checker, value, () =>
    interpreter.at(value.node, () => buildProgram(layerSpec(value.definition, config))),
  );
  return {
    program,
    layers,
    config: resolveConfig(layer.name, value.definition.defaults, config),
    files: pathsOf(source),
    diagnostics: [],
  };
}

/**
 * Builds a program by `f`. Where its tensors do not fit, a start among the sizes of one explains why, or a key of the
 * configuration among the names of sizes.
 */
function explaining<T>(checker: ts.TypeChecker, { node, definition }: LayerValue, f: () => T): T {
  try {
    return f();
  } catch (e) {
    const unfit = e instanceof OftcError && e.code.startsWith('OFT2');
    throw (
      (unfit &&
        (startAmongSizes(node.parent) ?? keyAmongSizes(checker, node, Object.keys(definition.defaults)))) ||
      e
    );
  }
}
