/**
 * The meaning of `input`, `frozen`, `trainable`, `list` and `layer`. Plain execution (src/language/dsl) and the front
 * end both call this file, so they accept and refuse the same declarations.
 */
import { resolveDim, withDims } from '../dims/scope.ts';
import { OftcError } from '../errors/error.ts';
import { didYouMean } from '../errors/nearest.ts';
import type { Span } from '../errors/span.ts';
import { readInit } from '../ir/init.ts';
import type { LayerSpec, ParamSpec, Params } from '../ir/layer.ts';
import type { DType, Node } from '../ir/node.ts';
import { aboveLimit, limits } from '../limits.ts';

export type Config = Readonly<Record<string, unknown>>;
type Outputs = Node | Readonly<Record<string, Node>>;

/** A layer whose configuration is not chosen yet. */
export interface LayerDefinition {
  readonly name: string;
  /** The address of the paper or the code that the author follows. */
  readonly source?: string | undefined;
  readonly params: (config: Config) => Params<ParamSpec>;
  readonly body: (tensors: Params<Node>, config: Config) => Outputs;
  readonly where: Readonly<Record<string, string>>;
  readonly claims?: ((tensors: Params<Node>, config: Config) => Params<Node>) | undefined;
  /** The default value of each key of the configuration. */
  readonly defaults: Config;
}

export interface ParamOptions {
  readonly dtype?: unknown;
  readonly stored?: unknown;
  readonly init?: unknown;
  readonly project?: ((stored: Node) => Node) | undefined;
}

const OPTIONS: Readonly<Record<ParamSpec['role'], readonly string[]>> = {
  input: ['dtype'],
  frozen: ['dtype', 'stored', 'init'],
  trainable: ['dtype', 'stored', 'init', 'project'],
};
const CALLED = { input: 'an input', frozen: 'a frozen parameter', trainable: 'a trainable' } as const;

const DTYPES: readonly DType[] = ['f32', 'f16', 'i32'];
const isDType = (v: unknown): v is DType => DTYPES.some((d) => d === v);

/** Declares a parameter. Throws OFT1030 for a wrong option or dtype, OFT1010 for an unreadable dimension. */
export function declareParam(
  role: ParamSpec['role'],
  dims: readonly unknown[],
  options: ParamOptions,
  spans: readonly Span[],
): ParamSpec {
  const { dtype = 'f32', stored, init, project } = options;
  const given = Object.entries(options).filter(([n, v]) => v !== undefined || !OPTIONS.trainable.includes(n));
  const extra = given.map(([name]) => name).find((name) => !OPTIONS[role].includes(name));
  if (extra === 'project' || extra === 'init') {
    const only =
      extra === 'project'
        ? 'a trainable has a stored value to project'
        : 'a trainable or a frozen parameter starts at a value of its own';
    throw new OftcError('OFT1030', `only ${only}, not ${CALLED[role]}`);
  }
  if (extra === 'requires_grad' || extra === 'requiresGrad')
    throw new OftcError('OFT1030', gradientOption(role, dims, extra, options));
  if (extra !== undefined) {
    const has = `${role} has no option '${extra}'; it has ${OPTIONS[role].join(', ')}`;
    const storage = /^quant/i.test(extra)
      ? ". Storage is chosen when compiling: { quantized: { W: 'nf4' } }"
      : '';
    throw new OftcError('OFT1030', `${has}${storage || didYouMean(extra, OPTIONS[role])}`);
  }
  if (!isDType(dtype))
    throw new OftcError(
      'OFT1030',
      `dtype must be ${DTYPES.map((d) => `'${d}'`).join(', ')}, got '${String(dtype)}'${insteadOfDtype(role, dtype)}`,
    );
  if (role === 'trainable' && dtype === 'i32') {
    throw new OftcError('OFT1030', "a trainable needs a dtype that has gradients: 'f32' or 'f16', got 'i32'");
  }
  if (stored !== undefined && (typeof stored !== 'string' || stored === '')) {
    throw new OftcError('OFT1030', `stored names a tensor in a file, as text; got ${String(stored)}`);
  }
  const written = dims.map((d) => {
    if (typeof d !== 'string' && !(typeof d === 'number' && Number.isSafeInteger(d) && d >= 0)) {
      throw new OftcError(
        'OFT1030',
        `a dimension is a name, an expression such as 'r*b', or a whole number; got ${String(d)}`,
      );
    }
    return String(d);
  });
  withDims({}, () => written.forEach(resolveDim));
  const starts = init === undefined ? undefined : readInit(init, dims);
  return { role, dims: written, dtype, project, stored, init: starts, spans };
}

/** The message for PyTorch's requires_grad. A layer has a declaration for each role instead. */
function gradientOption(
  role: ParamSpec['role'],
  dims: readonly unknown[],
  name: string,
  options: object,
): string {
  const has = `${role} has no option '${name}'`;
  if (role === 'input')
    return `${has}: leave it out, and write detach(x) in the body to stop the gradient of x`;
  const wanted: unknown = Object.getOwnPropertyDescriptor(options, name)?.value;
  const as = (other: string) =>
    `${other}(${dims.map((d) => (typeof d === 'string' ? `'${d}'` : String(d))).join(', ')})`;
  if (wanted === (role === 'trainable'))
    return `${has}: leave it out, because ${CALLED[role]} ${wanted ? 'has' : 'has no'} gradient`;
  return `${has}: ${role === 'trainable' ? `what is not trained is ${as('frozen')}` : `what is trained is ${as('trainable')}`}`;
}

/** Advice for the names that PyTorch and NumPy have for dtypes; empty for others. */
function insteadOfDtype(role: ParamSpec['role'], dtype: unknown): string {
  const name = String(dtype);
  if (/^(bf16|bfloat16)$/.test(name))
    return role === 'input'
      ? ': leave dtype out, and give its elements as f32'
      : ': leave dtype out, because bf16 of a checkpoint becomes f32 as it is read';
  if (/^(float|float32|fp32)$/.test(name)) return ": leave dtype out, because 'f32' is the default";
  if (/^(half|float16|fp16)$/.test(name)) return ": write 'f16'";
  return /^(int|long|i64)(32|64)?$/.test(name) ? ": write 'i32'" : '';
}

/** A list of n equal parameters, named `v.0`, `v.1`, …. Throws OFT1031 unless n is an integer of at least 0. */
export function declareList(n: unknown, param: ParamSpec): readonly ParamSpec[] {
  if (typeof n !== 'number' || !Number.isSafeInteger(n) || n < 0) {
    throw new OftcError('OFT1031', `list needs a whole number of parameters, got ${String(n)}`);
  }
  if (n > limits.declared.most) throw new OftcError('OFT1031', `list: ${aboveLimit(n, limits.declared)}`);
  return Array<ParamSpec>(n).fill(param);
}

/** The configuration with defaults filled in. Throws OFT1043 for a key that the layer does not have. */
export function resolveConfig(layer: string, defaults: Config, given: Config): Config {
  const known = Object.keys(defaults);
  for (const key of Object.keys(given)) {
    if (!known.includes(key)) throw new OftcError('OFT1043', unknownKey(layer, key, known));
  }
  const said = Object.entries(given).filter(([, v]) => v !== undefined);
  return { ...defaults, ...Object.fromEntries(said) };
}

export function unknownKey(layer: string, key: string, known: readonly string[]): string {
  const advice = didYouMean(key, known) || '. The size of a dimension is given in dims instead';
  return `layer '${layer}' has no configuration '${key}'; it has ${known.join(', ') || 'none'}${advice}`;
}

/** Checks a parameter's name. Throws OFT1032 for one that files, kernels and messages cannot use. */
function checkName(name: string): void {
  if (/^[A-Za-z_]\w*$/.test(name)) return;
  const shown = JSON.stringify(name).slice(1, -1);
  throw new OftcError(
    'OFT1032',
    `'${shown}' cannot name a parameter: use letters, digits and _, starting with a letter; a name in checkpoints is stated, trainable(…, { stored: '${shown}' })`,
  );
}

/** The layer at a configuration. Throws OFT1032 for a wrong tensor name, OFT1010 for an unreadable `where`. */
export function layerSpec(layer: LayerDefinition, given: Config): LayerSpec {
  const config = resolveConfig(layer.name, layer.defaults, given);
  const params = layer.params(config);
  const declared = Object.values(params).reduce<number>((n, p) => n + (Array.isArray(p) ? p.length : 1), 0);
  if (declared > limits.declared.most)
    throw new OftcError('OFT1032', `layer '${layer.name}': ${aboveLimit(declared, limits.declared)}`);
  for (const name of Object.keys(params)) checkName(name);
  const { claims } = layer;
  return {
    name: layer.name,
    source: layer.source,
    params,
    where: layer.where,
    body: (tensors) => layer.body(tensors, config),
    claims: claims && ((tensors) => claims(tensors, config)),
  };
}
