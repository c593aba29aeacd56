/** The options of the plugin, and those of one import, which the query after a file's name gives. */
import type { Objective } from '../../compiler/associate/select.ts';
import type { CompileOptions } from '../../compiler/derive.ts';
import { CLASSES, DEVICES, type DeviceClass } from '../../compiler/devices/index.ts';
import { OftcError } from '../../compiler/errors/error.ts';
import { didYouMean } from '../../compiler/errors/nearest.ts';
import { defined } from '../../compiler/records.ts';
import { parseDims, parseFormats, parseSettings } from '../cli/usage.ts';
import { fieldsOf, oneOf, optionsOf, wrongArgument } from '../language/arguments.ts';
import { checkedOptions } from '../session/options.ts';
import type { TuningTable } from '../tune/table.ts';

/** How layers are compiled; the options that `compile` has mean here what they mean there. */
export interface SharedOptions {
  readonly activations?: 'f32' | 'f16';
  readonly allow?: CompileOptions['allow'];
  readonly asWritten?: boolean;
  readonly objective?: Objective;
  readonly pinned?: boolean;
  /** Formats of frozen tensors that the device holds quantised, such as `nf4`. */
  readonly quantized?: Readonly<Record<string, string>>;
  readonly tuning?: TuningTable;
  /** Whether the module can compute gradients, which makes it two to three times as large. Default: true. */
  readonly gradients?: boolean;
  /** The classes of devices that the module has kernels for: `gpu`, `integrated`, `cpu-vectors`, `portable`. Default: all. */
  readonly devices?: readonly string[];
}

/** How the layers of a file are compiled. */
export interface LayerOptions extends SharedOptions {
  /** The only exported layer to compile. Default: all that the file exports. */
  readonly layer?: string;
  /** Sizes of dimensions, except for those that `where` implies. `tokens` stays open. */
  readonly dims?: Readonly<Record<string, number>>;
  /** Values for the layer's configuration. */
  readonly config?: object;
}

/** The options of the plugin. Those of SharedOptions hold for all layers; a file's own, and a query's, come before them. */
export interface Options extends SharedOptions {
  /** The options of files, by their paths from the project's root, such as `src/oft.ts`. */
  readonly layers?: Readonly<Record<string, LayerOptions>>;
  /**
   * The file that the plugin writes the types of imported layers to, from the project's root. Default: `oftc-env.d.ts`.
   * `false` writes none.
   */
  readonly dts?: string | false;
  /** Whether compiled layers are kept in the cache folder of the system's user. Default: true. */
  readonly cache?: boolean;
}

const SHARED = Object.keys({
  activations: true,
  allow: true,
  asWritten: true,
  devices: true,
  gradients: true,
  objective: true,
  pinned: true,
  quantized: true,
  tuning: true,
} satisfies Readonly<Record<keyof SharedOptions, true>>);
const OF_LAYER = [...SHARED, 'config', 'dims', 'layer'];
const OF_PLUGIN = [...SHARED, 'cache', 'dts', 'layers'];

/** Refuses names that are no options, and values of another kind. `where` says whose options they are. */
function checked<T extends LayerOptions>(given: T, names: readonly string[], where: string): T {
  const options = optionsOf(given, where);
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new OftcError(
      'OFT4016',
      `${where} have no '${unknown}'; they are ${names.join(', ')}${didYouMean(unknown, names)}`,
    );
  const { devices, gradients, ...rest } = options;
  const compiled = Object.entries(rest).filter(([name]) => OF_LAYER.includes(name));
  checkedOptions(Object.fromEntries(compiled));
  oneOf(gradients, [undefined, true, false], `gradients of ${where}`);
  if (devices !== undefined && !(Array.isArray(devices) && devices.length > 0))
    throw wrongArgument(`devices of ${where}`, 'a list of classes', devices);
  const classes = CLASSES.map((c) => c.name);
  for (const name of devices ?? []) oneOf(name, classes, `a class in devices of ${where}`);
  return options;
}

/** Checks the plugin's options, because a configuration may have no types. Throws OFT4016. */
export function checkedPluginOptions(given: Options): Options {
  const where = 'the options of the oftc plugin';
  const options: Options = checked(given, OF_PLUGIN, where);
  const layers = fieldsOf(options.layers ?? {}, `layers of ${where}`, 'an object of options by file');
  for (const [file, of] of Object.entries(layers)) checked(of, OF_LAYER, `the options of '${file}'`);
  if (options.dts !== undefined && options.dts !== false && typeof options.dts !== 'string')
    throw wrongArgument(`dts of ${where}`, 'the path of a file, or false', options.dts);
  oneOf(options.cache, [undefined, true, false], `cache of ${where}`);
  return options;
}

/** The classes of devices that options name. */
export const classesOf = ({ devices }: SharedOptions): readonly DeviceClass[] | undefined =>
  devices?.map((name) => DEVICES[name]!);

const flag = (text: string): boolean => oneOf(text, ['', 'true', 'false'], 'a yes or no') !== 'false';
const list = (text: string): string[] => text.split(',').map((t) => t.trim());

/** The readers of a query's values. `tuning` is a table and has no text. */
const READ: Readonly<Record<Exclude<keyof LayerOptions, 'tuning'>, (text: string) => unknown>> = {
  activations: String,
  allow: list,
  asWritten: flag,
  config: parseSettings,
  devices: list,
  dims: parseDims,
  gradients: flag,
  layer: String,
  objective: String,
  pinned: flag,
  quantized: parseFormats,
};

/** The mark of an import that this plugin answers. */
const MARK = 'oftc';
const MARKED = new RegExp(`\\?(?:[^#]*&)?${MARK}(?:[=&#]|$)`);

/** Whether an import, or the id of a module, asks for compiled layers: `./oft.ts?oftc`. */
export const isRequest = (id: string): boolean => MARKED.test(id);

/** An import of a layer: its file and its options. */
export interface Request {
  /** The path before the query. */
  readonly file: string;
  /** The query with its question mark. */
  readonly query: string;
  readonly options: LayerOptions;
}

/** Reads an import such as `./oft.ts?oftc&dims=in=64,b=16`. Throws OFT4016, or commander's error for a value. */
export function readRequest(id: string): Request {
  const at = id.indexOf('?');
  const query = id.slice(at);
  const where = `the options of '${id}'`;
  const entries = [...new URLSearchParams(query)].filter(([name]) => name !== MARK);
  const twice = entries.map(([name]) => name).find((name, i, all) => all.indexOf(name) < i);
  if (twice !== undefined) throw new OftcError('OFT4016', `${where} have '${twice}' twice`);
  const options = entries.map(([name, text]) => {
    const reader = Object.hasOwn(READ, name) ? READ[name as keyof typeof READ] : undefined;
    return [name, reader ? reader(text) : text];
  });
  return {
    file: id.slice(0, at),
    query,
    options: checked(Object.fromEntries(options) as LayerOptions, Object.keys(READ), where),
  };
}

/** The options of an import: the query's, then those of its file, then the plugin's for all. */
export function optionsFor(query: LayerOptions, file: LayerOptions, plugin: Options): LayerOptions {
  const shared = Object.entries(plugin).filter(([name]) => SHARED.includes(name));
  const all: LayerOptions = { ...Object.fromEntries(shared), ...file, ...query };
  return {
    ...all,
    ...defined({
      dims: file.dims && { ...file.dims, ...query.dims },
      config: file.config && { ...file.config, ...query.config },
    }),
  };
}
