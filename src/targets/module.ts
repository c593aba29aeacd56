/**
 * `oftc build`, and the plugin of bundlers: makes a layer an ES module with its types, which needs only the runtime. Pure:
 * the same layer, sizes and version give the same bytes.
 */
import type { CompileOptions } from '../../compiler/derive.ts';
import { CLASSES, type DeviceClass } from '../../compiler/devices/index.ts';
import { type Binding, ofTokens, printDim, RUNTIME_DIM } from '../../compiler/dims/dims.ts';
import { OftcError } from '../../compiler/errors/error.ts';
import type { Span } from '../../compiler/errors/span.ts';
import { bindProgram } from '../../compiler/ir/bind.ts';
import type { DType, Program, TensorType } from '../../compiler/ir/node.ts';
import {
  commented,
  fileNameProblem,
  identifier,
  isIdentifier,
  key,
  member,
  templated,
  typeName,
} from '../../compiler/names.ts';
import type { Compilation } from '../../compiler/pipeline.ts';
import { isActivation } from '../../compiler/primitives/half.ts';
import { storageName } from '../../compiler/primitives/storage.ts';
import { entryOf } from '../../compiler/records.ts';
import type { Plan } from '../../runtime/index.ts';
import { dispatchesOf } from '../../runtime/plan.ts';
import { Namer } from '../language/formulas/naming.ts';
import { type Compiled, compileFor, planOfEach } from '../session/plan.ts';
import { type Quantization, type Stored, storagesOf } from '../session/quantized.ts';
import type { TuningTable } from '../tune/table.ts';
import { BUILT } from './built.ts';
import { literal } from './literal.ts';

export interface BuildOptions
  extends Pick<CompileOptions, 'activations' | 'allow' | 'asWritten' | 'objective' | 'pinned'> {
  /** The name for files and types: the layer's exported name, since its title may be any text. */
  readonly name: string;
  /** Sizes of all dimensions; `tokens` stays a run-time value. */
  readonly sizes: Binding;
  /** The layer's configuration, which the program was made with; the module exports it. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Frozen tensors that the device holds quantised; the module takes their packed words. */
  readonly quantized?: Readonly<Record<string, Quantization | string>>;
  readonly gradients: boolean;
  readonly tuning?: TuningTable;
  /** The classes of devices that the module is for; by default all. */
  readonly devices?: readonly DeviceClass[];
  /** The origin that the module's first comment states. */
  readonly from: { readonly file: string; readonly version: string };
  /** Formats a span's place for the Plans' steps; it should not depend on where the build runs. */
  readonly locate?: (span: Span) => string;
}

export interface Built {
  /** The texts of the files, by file name. */
  readonly texts: Readonly<Record<string, string>>;
  /** The bytes of each class's steps and kernels. Classes may share kernels, so their sum can be more than the file. */
  readonly devices: readonly { readonly name: string; readonly bytes: number }[];
}

/**
 * The texts of `<layer>.js` and `<layer>.d.ts`, by file name. Throws OFT1046 for a name that no file can have, and OFT3006
 * for unbound dimensions.
 */
export function buildModule(program: Program, options: BuildOptions): Built {
  const { name, from } = options;
  const problem = fileNameProblem(name);
  if (problem !== undefined)
    throw new OftcError(
      'OFT1046',
      `${JSON.stringify(name)} cannot name the built files: ${problem}. Export the layer by another name`,
    );
  const { plans, ...parts } = partsOf(program, options);
  const origin = commented(`${BUILT}${from.version} from ${from.file}: build it again rather than edit it.`);
  return {
    texts: {
      [`${name}.js`]: moduleText(origin, parts),
      [`${name}.d.ts`]: typesText(origin, parts),
    },
    devices: (options.devices ?? CLASSES).map((d) => ({
      name: d.name,
      bytes: bytesFor(d.name, Object.values(plans)),
    })),
  };
}

/** A layer as a value of a module that may hold other layers. */
export interface BuiltNamespace {
  /** An expression of JavaScript that gives the layer's exports as an object; `LayerModule` is in its scope. */
  readonly code: string;
  /** The body of a TypeScript namespace with the same exports; the type `LayerModule` is in its scope. */
  readonly types: string;
}

/** The layer as one export of a module; `options.name` is how its comments call it. Throws OFT3006 for unbound dimensions. */
export function buildNamespace(program: Program, options: BuildOptions): BuiltNamespace {
  const { comment, constants, data, create, usage, interfaces, layer } = partsOf(
    program,
    options,
    options.name,
  );
  const names = [...constants.map((c) => c.name), 'create'].join(', ');
  return {
    code: lines(
      '/* @__PURE__ */ (() => {',
      comment,
      constants.map(({ name, value }) => `const ${name} = ${literal(value)};`),
      data,
      `const create = ${create};`,
      `return { ${names} };`,
      '})()',
    ).trimEnd(),
    types: lines(interfaces, constantTypes(constants, 'export'), '', usage, createType(layer, 'export')),
  };
}

/** The parts of the text of a module. */
interface Parts {
  readonly comment: readonly string[];
  readonly constants: readonly Recorded[];
  readonly data: readonly string[];
  readonly create: string;
  readonly usage: readonly string[];
  readonly interfaces: readonly string[];
  /** The name of the layer's type. */
  readonly layer: string;
}

/** `within` is the name of the object that has `create`; without it, `create` is imported itself. */
function partsOf(
  program: Program,
  options: BuildOptions,
  within?: string,
): Parts & { readonly plans: Readonly<Record<string, Plan>> } {
  const { name, sizes, gradients, locate, tuning } = options;
  // Check sizes and storages before deriving anything.
  const stored = storagesOf(bindProgram(program, sizes), options.quantized ?? {});
  const devices = options.devices ?? CLASSES;
  const compile = (withGradients: boolean) =>
    compileFor(devices, program, { ...options, stored, gradients: withGradients });
  const plan = (of: readonly Compiled[]) => planOfEach(of, { locate, tuning });
  const compiled = { forward: compile(false), ...(gradients ? { gradients: compile(true) } : {}) };
  const plans = {
    forward: plan(compiled.forward),
    ...(compiled.gradients ? { gradients: plan(compiled.gradients) } : {}),
  };
  const forward = compiled.forward[0]!.compilation;
  const training = compiled.gradients?.[0]?.compilation;
  const sources = new Sources();
  const texts = Object.entries(plans).map(([of, p]) => `const ${of} = ${planText(p, sources)};`);
  const interfaces = interfacesOf(forward, training, stored, options);
  return {
    plans,
    comment: derivation(training ?? forward).map((line) => `// ${commented(line)}`.trimEnd()),
    constants: recorded(stored, options),
    data: [sources.text(), '', ...texts],
    create: `(device) => LayerModule.create(device, { ${Object.keys(plans).join(', ')} })`,
    usage: usage(forward.variants[0]!.program, training !== undefined, within),
    interfaces,
    layer: `${typeName(name)}Layer`,
  };
}

/** The bytes of one class's steps and of the kernels that they run. */
function bytesFor(name: string, plans: readonly Plan[]): number {
  const of = plans.map((plan) => {
    const { variants } = plan.classes.find((c) => c.name === name)!;
    const used = new Set(variants.flatMap((v) => v.steps.flatMap(dispatchesOf)).map((d) => d.kernel));
    return { variants, kernels: plan.kernels.filter((_, i) => used.has(i)) };
  });
  return new TextEncoder().encode(JSON.stringify(of)).length;
}

const lines = (...of: readonly (string | readonly string[])[]): string => `${of.flat().join('\n')}\n`;

const moduleText = (
  origin: string,
  { comment, constants, data, usage, create }: Omit<Parts, 'interfaces' | 'layer'>,
): string =>
  lines(
    origin,
    comment,
    "import { LayerModule } from 'oftc/runtime';",
    '',
    constants.map(({ name, value }) => `export const ${name} = ${literal(value)};`),
    '',
    data,
    '',
    usage,
    `export const create = ${create};`,
  );

const typesText = (
  origin: string,
  { interfaces, constants, usage, layer }: Omit<Parts, 'comment' | 'data' | 'create'>,
): string =>
  lines(
    origin,
    "import type { LayerModule } from 'oftc/runtime';",
    '',
    interfaces,
    constantTypes(constants, 'export declare'),
    '',
    usage,
    createType(layer, 'export declare'),
  );

const constantTypes = (constants: readonly Recorded[], declared: string): string[] =>
  constants.flatMap(({ name, value, says }) => [
    `/** ${says} */`,
    `${declared} const ${name}: ${literal(value, 'readonly ')};`,
  ]);

const createType = (layer: string, declared: string): string =>
  `${declared} const create: (device: GPUDevice) => Promise<${layer}>;`;

interface Recorded {
  readonly name: string;
  readonly value: unknown;
  readonly says: string;
}

/** The build's options that the module exports as constants. */
function recorded(
  stored: Stored,
  { sizes, config, activations, allow, asWritten, pinned }: BuildOptions,
): Recorded[] {
  return [
    { name: 'dims', value: sorted(sizes), says: 'The sizes it was built for.' },
    { name: 'config', value: config, says: 'The configuration it was built at.' },
    {
      name: 'quantized',
      value: Object.keys(stored).length > 0 ? stored : undefined,
      says: 'How it holds quantised tensors; `wordsOf` of oftc/quantized makes their words.',
    },
    {
      name: 'activations',
      value: activations === 'f16' ? activations : undefined,
      says: `How it holds what depends on \`${RUNTIME_DIM}\`: a result that overflows is refused when it is read (NotFinite).`,
    },
    { name: 'asWritten', value: asWritten, says: 'Nothing was derived.' },
    { name: 'pinned', value: pinned, says: 'The parentheses of its source were kept.' },
    { name: 'allow', value: allow, says: 'Rules that make it another function, which it was built with.' },
  ].filter(({ value }) => value !== undefined);
}

/** A comment with the formula as written, and the laws in the order of their first use. */
function derivation({ source, ...many }: Compilation): string[] {
  const namer = new Namer({ source });
  const formulas = source.outputs.map((o) => `${o.name} = ${namer.written(o.node)}`);
  // Leave out a derivation that is chosen for no token count, since it is not built.
  const all = [many, many.few, many.pinned].flatMap((d) =>
    d && d.decision?.chosen.length !== 0 ? d.passes : [],
  );
  const laws = new Map(all.flatMap((s) => s.fired.map((f) => [f.rule, f.law] as const)));
  return [
    '',
    ...formulas,
    ...namer.legend().map((l) => `  with ${l}`),
    '',
    laws.size === 0 ? 'No law applied.' : 'Laws applied:',
    ...[...laws].map(([rule, law]) => `  ${rule}: ${law}`),
    '',
  ];
}

/** An example of how to call `create`, with the layer's own names. */
function usage({ inputs, outputs }: Program, gradients: boolean, within?: string): string[] {
  const open = inputs.filter((i) => dependsOnTokens(i.type));
  const bound = inputs.filter((i) => !dependsOnTokens(i.type));
  const cotangents = outputs.map((o) => `${key(o.name)}: ${identifier(`d${o.name}`)}`).join(', ');
  const comment = (line: string) => ` *     ${commented(line)}`;
  return [
    '/**',
    " * The layer on a device, which stays the caller's: any GPUDevice will do, such as that of oftc/runtime's",
    ' * `requestDevice(navigator.gpu)` in a browser or, in Node, `requestDevice(gpu)` with `gpu = create([])` of the',
    ' * package webgpu (keep `gpu` referenced as long as the device is used).',
    ' *',
    ...[
      `const layer = await ${within === undefined ? '' : `${within}.`}create(device);`,
      ...(bound.length > 0 ? [`await layer.bind(${braced(bound)});`] : []),
      `const ${braced(outputs)} = await layer.run(${braced(open)}).readAll();`,
      ...(gradients ? [`await layer.gradients(${braced(open)}, { ${cotangents} }).readAll();`] : []),
    ].map(comment),
    ' */',
  ];
}

const braced = (tensors: readonly { readonly name: string }[]): string =>
  tensors.length === 0 ? '{}' : `{ ${tensors.map(({ name }) => shorthand(name)).join(', ')} }`;

const shorthand = (name: string): string => (isIdentifier(name) ? name : `${key(name)}: ${identifier(name)}`);

/** The WGSL texts that the Plans share, readable and each once. */
class Sources {
  readonly #texts: string[] = [];

  /** The module's expression for a WGSL text. */
  of(wgsl: string): string {
    const known = this.#texts.indexOf(wgsl);
    return `wgsl[${known < 0 ? this.#texts.push(wgsl) - 1 : known}]`;
  }

  text(): string {
    const texts = this.#texts.map((t) => `${templated(t)},\n`);
    return `const wgsl = [\n${texts.join('')}];`;
  }
}

function planText(plan: Plan, sources: Sources): string {
  const kernels = plan.kernels.map((k) => json(k, { wgsl: sources.of(k.wgsl) }));
  const classes = plan.classes.map((c) => {
    const variants = c.variants.map((v) => json(v, { steps: rows(v.steps.map((s) => json(s))) }));
    return json(c, { variants: rows(variants) });
  });
  return json(plan, { kernels: rows(kernels), classes: rows(classes) });
}

/** A record as JSON, in which `texts` gives some values as text. */
function json(record: object, texts: Readonly<Record<string, string>> = {}): string {
  const fields = Object.entries(record).map(([k, v]) => `"${k}":${entryOf(texts, k) ?? JSON.stringify(v)}`);
  return `{${fields.join(',')}}`;
}

const rows = (items: readonly string[]): string => `[\n${items.map((i) => `${i},\n`).join('')}]`;

/** The types of the layer's tensors, and of the layer. */
function interfacesOf(
  forward: Compilation,
  training: Compilation | undefined,
  stored: Stored,
  options: BuildOptions,
): string[] {
  const { name, activations } = options;
  const { inputs, outputs } = forward.variants[0]!.program;
  const Name = typeName(name);
  const open = inputs.filter((i) => dependsOnTokens(i.type));
  const bound = inputs.filter((i) => !dependsOnTokens(i.type));
  const held = (type: TensorType): TensorType =>
    activations === 'f16' && isActivation(type) ? { ...type, dtype: activations } : type;
  const taken = (name: string, what: string, type: TensorType) =>
    field(name, `${what}, ${described(type)}`, `${ARRAYS[type.dtype]} | GPUBuffer`);
  const given = ({ name, role, type }: Program['inputs'][number]) =>
    Object.hasOwn(stored, name)
      ? field(name, `${role}, ${storageName(stored[name]!)} (${sizesOf(type)})`, 'Uint32Array | GPUBuffer')
      : taken(name, role, held(type));
  const result = ({ name, node }: Program['outputs'][number]) =>
    field(name, described(held(node.type)), ARRAYS[held(node.type).dtype]);
  const cotangent = ({ name, node }: Program['outputs'][number]) => taken(name, 'cotangent', held(node.type));
  const record = (what: string, of: string, fields: readonly string[]) =>
    `/** ${of} */\nexport interface ${Name}${what} {\n${fields.join('')}}\n`;
  const records = [
    record('Inputs', `What depends on \`${RUNTIME_DIM}\`: given to every run.`, open.map(given)),
    record('Parameters', 'What does not: bound once, or given to a run.', bound.map(given)),
    record('Outputs', 'What `run` gives.', outputs.map(result)),
    ...(training
      ? [
          record('Cotangents', 'Gradients of the loss by the outputs.', outputs.map(cotangent)),
          record('Gradients', 'What `gradients` gives.', training.variants[0]!.program.outputs.map(result)),
        ]
      : []),
  ];
  const names = ['Inputs', 'Parameters', 'Outputs', ...(training ? ['Cotangents', 'Gradients'] : [])];
  return [
    ...records,
    `export type ${Name}Layer = LayerModule<${names.map((n) => Name + n).join(', ')}>;`,
    '',
  ];
}

const ARRAYS: Readonly<Record<DType, string>> = {
  f32: 'Float32Array',
  f16: 'Uint16Array',
  i32: 'Int32Array',
};

const dependsOnTokens = (type: TensorType): boolean => type.shape.some(ofTokens);

const sizesOf = ({ shape }: TensorType): string => shape.map(printDim).join(', ');

const described = (type: TensorType): string =>
  `${type.dtype === 'f16' ? 'f16 as its bits' : type.dtype} (${sizesOf(type)})`;

const field = (name: string, comment: string, type: string): string =>
  `  /** ${commented(comment)} */\n  readonly ${member(name)}: ${type};\n`;

const sorted = (sizes: Binding): Binding =>
  Object.fromEntries(
    Object.keys(sizes)
      .sort()
      .map((n) => [n, sizes[n]!]),
  );
