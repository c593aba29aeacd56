/** Compiles the layers of a file to one module, as source text and as the types of its exports. */
import { statSync } from 'node:fs';
import { relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readDecimal } from '../../compiler/dims/decimal.ts';
import { OftcError } from '../../compiler/errors/error.ts';
import type { Span } from '../../compiler/errors/span.ts';
import type { FrontEnd } from '../../compiler/frontend/index.ts';
import { checkSizeNames, programDims, solveDims } from '../../compiler/ir/bind.ts';
import type { Program } from '../../compiler/ir/node.ts';
import { commented, identifier, isIdentifier, quoted } from '../../compiler/names.ts';
import { defined } from '../../compiler/records.ts';
import { versionOf } from '../cli/package.ts';
import type { Traceable } from '../language/load.ts';
import { DiagnosticError, newFrontEnd } from '../language/load.ts';
import type { PlanStore } from '../plans/store.ts';
import { keyOf } from '../session/planned.ts';
import { type BuildOptions, type BuiltNamespace, buildNamespace } from '../targets/module.ts';
import { schedulesOf } from '../tune/table.ts';
import { classesOf, type LayerOptions } from './options.ts';
import { Refused } from './problems.ts';

/** A file's layers as one module. */
export interface CompiledModule {
  /** An ES module with an export for each layer, which needs only `oftc/runtime`. */
  readonly code: string;
  /** The body of a module's declaration in TypeScript. */
  readonly types: string;
  /** The files that the module was made of. */
  readonly files: readonly string[];
}

/** An exported layer as a Program. */
interface Exported {
  readonly name: string;
  readonly program: Program;
  readonly config: Readonly<Record<string, unknown>>;
  readonly locate?: (span: Span) => string;
}

export class LayerCompiler {
  readonly #frontEnd: FrontEnd = newFrontEnd();
  readonly #version = versionOf('oftc');
  readonly #plans: PlanStore | undefined;

  /** Layers that `plans` keeps are not compiled again. */
  constructor(plans: PlanStore | undefined) {
    this.#plans = plans;
  }

  /** Compiles the layers of a file. Throws Refused. */
  async compile(root: string, file: string, options: LayerOptions): Promise<CompiledModule> {
    const files = new Set([file]);
    try {
      const layers = /\.[cm]?js$/.test(file)
        ? await traced(file, options)
        : this.#lowered(root, file, options, files);
      const dims = sizesOf(layers, options.dims ?? {});
      const built = layers.map((layer, i) => ({
        name: layer.name,
        ...this.#built(layer, dims[i]!, near(root, file), options),
      }));
      return { ...joined(built, `${this.#version} from ${near(root, file)}`), files: [...files] };
    } catch (error) {
      throw new Refused(withRemedy(error), [...files]);
    }
  }

  /** The layers of a TypeScript file, by its source. Adds the author's files to `files`. Throws DiagnosticError. */
  #lowered(root: string, file: string, options: LayerOptions, files: Set<string>): Exported[] {
    const config = { ...options.config };
    const lower = (layer: string | undefined) => {
      const lowered = this.#frontEnd.lower(file, { config, ...defined({ layer }) });
      for (const f of lowered.files ?? []) files.add(f);
      return lowered;
    };
    const locate = (span: Span): string => {
      const at = this.#frontEnd.locate(span);
      return `${near(root, at.file)}:${at.line}:${at.column}`;
    };
    const first = lower(options.layer);
    const names = options.layer === undefined ? first.layers : [options.layer];
    if (names.length > 1 && Object.keys(config).length > 0) throw whichLayer(names);
    return (names.length === 0 ? [''] : names).map((name) => {
      const of = names.length > 1 ? lower(name) : first;
      if (!of.program) throw new DiagnosticError(of.diagnostics);
      return { name, program: of.program, config: of.config, locate };
    });
  }

  #built(layer: Exported, dims: Readonly<Record<string, number>>, file: string, options: LayerOptions) {
    const { program, config, name, locate } = layer;
    const { activations = 'f32', objective = 'latency', gradients = true } = options;
    const { allow, asWritten, pinned, quantized, tuning } = options;
    const build: BuildOptions = {
      ...{ name, config, activations, objective, gradients },
      sizes: solveDims(program, dims),
      from: { file, version: this.#version },
      ...defined({ allow, asWritten, pinned, quantized, tuning, locate, devices: classesOf(options) }),
    };
    const { locate: _, tuning: table, devices, ...rest } = build;
    const key = keyOf(program, locate, {
      ...{ module: 'namespace', ...rest },
      ...defined({ tuned: table && schedulesOf(table), devices: devices?.map((d) => d.name) }),
    });
    const saved = key === undefined ? undefined : this.#plans?.read(key);
    if (saved !== undefined) return JSON.parse(saved) as BuiltNamespace;
    const built = buildNamespace(program, build);
    if (key !== undefined) void this.#plans?.write(key, JSON.stringify(built));
    return built;
  }
}

/** The error; one for unbound sizes says where to write them. */
const withRemedy = (error: unknown): unknown =>
  error instanceof OftcError && error.code === 'OFT3006'
    ? new OftcError(
        error.code,
        `${error.message.replace(/ \(command line: [^)]*\)$/, '')}: in the import, as ?oftc&dims=in=64,b=16, or in the plugin's options, as layers: { 'src/oft.ts': { dims: { in: 64, b: 16 } } }`,
        error.spans,
      )
    : error;

const near = (root: string, file: string): string => relative(root, file).replaceAll('\\', '/');

const whichLayer = (names: readonly string[]): OftcError =>
  new OftcError(
    'OFT1041',
    `the file exports ${names.map((n) => `'${n}'`).join(', ')}, and their configurations differ: name one, as ?oftc&layer=${names[0]}`,
  );

/**
 * The sizes for each layer: of those given, the ones that it has. Throws OFT3001 for a size that no layer has.
 */
function sizesOf(layers: readonly Exported[], given: Readonly<Record<string, number>>) {
  const has = layers.map((l) => new Set(programDims(l.program)));
  const strange = Object.keys(given).find((name) => !has.some((names) => names.has(name)));
  return layers.map(({ program, config }, i) => {
    const own = Object.entries(given).filter(([name]) => has[i]!.has(name) || name === strange);
    const dims = Object.fromEntries(own);
    checkSizeNames(program, dims, Object.keys(config));
    return dims;
  });
}

/** A layer that a module of JavaScript exports. */
interface Traced extends Traceable {
  readonly defaults?: Readonly<Record<string, unknown>>;
}

const isTraced = (value: unknown): value is Traced =>
  (typeof value === 'object' || typeof value === 'function') &&
  value !== null &&
  typeof (value as Partial<Traced>).trace === 'function';

/** The layers of a module of JavaScript, such as `oftc/adapters/oft`, by running it. */
async function traced(file: string, { layer, config = {} }: LayerOptions): Promise<Exported[]> {
  // Node runs a module once for each address, and an edited file has to run again.
  const { mtimeMs } = statSync(file);
  const exported: Record<string, unknown> = await import(`${pathToFileURL(file).href}?oftc=${mtimeMs}`);
  const all = Object.entries(exported).flatMap(([name, value]) => (isTraced(value) ? [{ name, value }] : []));
  const names = all.map((l) => l.name);
  const chosen = layer === undefined ? all : all.filter((l) => l.name === layer);
  if (chosen.length === 0)
    throw new OftcError(
      'OFT1041',
      `'${file}' exports no layer${layer === undefined ? '' : ` '${layer}'`}; its layers are ${names.join(', ') || 'none'}`,
    );
  if (chosen.length > 1 && Object.keys(config).length > 0) throw whichLayer(names);
  return chosen.map(({ name, value }) => {
    const settings = Object.fromEntries(
      Object.entries(config).map(([k, v]) => [k, setting(name, k, v, value.defaults?.[k])]),
    );
    return { name, program: value.trace(settings), config: { ...value.defaults, ...settings } };
  });
}

/** A setting's value, which a query gives as text. Throws OFT1044. */
function setting(layer: string, key: string, value: unknown, standard: unknown): unknown {
  if (typeof value !== 'string' || typeof standard === 'string' || standard === undefined) return value;
  const read =
    typeof standard === 'boolean'
      ? { true: true, false: false }[value]
      : typeof standard === 'number'
        ? readDecimal(value.trim())
        : undefined;
  if (read !== undefined) return read;
  const what = typeof standard === 'boolean' ? 'true or false' : 'a number';
  throw new OftcError(
    'OFT1044',
    `configuration '${key}' of layer '${layer}' must be ${what}, got '${value}'`,
  );
}

/** The layers as one module. */
function joined(
  layers: readonly (BuiltNamespace & { readonly name: string })[],
  origin: string,
): { readonly code: string; readonly types: string } {
  const taken = new Set(['LayerModule']);
  const texts = layers.map(({ name, code, types }) => {
    const local = identifier(name, taken);
    taken.add(local);
    const direct = local === name ? 'export ' : '';
    const listed = direct
      ? ''
      : `export { ${local} as ${isIdentifier(name) || name === 'default' ? name : quoted(name)} };\n`;
    return {
      code: `${direct}const ${local} = ${code};\n${listed}`,
      types: `${direct}namespace ${local} {\n${types.replace(/^(?=.)/gm, '  ')}}\n${listed}`,
    };
  });
  return {
    code: [
      `// ${commented(`Compiled by oftc ${origin}.`)}`,
      "import { LayerModule } from 'oftc/runtime';",
      '',
      ...texts.map((t) => t.code),
    ].join('\n'),
    types: ["import type { LayerModule } from 'oftc/runtime';", '', ...texts.map((t) => t.types)].join('\n'),
  };
}
