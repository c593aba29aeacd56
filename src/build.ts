/**
 * `oftc build`: a layer as an ES module with its types, that needs only the runtime. Pure: the same layer,
 * sizes and version give the same bytes.
 */
import { gradName } from '../compiler/autodiff/differentiate.ts';
import { type Binding, printDim } from '../compiler/ir/dims.ts';
import type { InputNode, Output, Program, Span, TensorType } from '../compiler/ir/node.ts';
import { type Compilation, compileProgram } from '../compiler/pipeline.ts';
import type { Objective } from '../compiler/rewrite/select.ts';
import type { LayerPlans, Plan, PlanDType, PlanKernel } from '../runtime/index.ts';
import { Namer } from './naming.ts';
import { planOf } from './session.ts';

export interface BuildOptions {
  /** Sizes of all dimensions; `tokens` stays a run-time value. */
  readonly sizes: Binding;
  /** The layer's configuration, which the program was made at; the module exports it. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly gradients: boolean;
  readonly objective?: Objective;
  /** For the comment that says where the module comes from. */
  readonly from: { readonly file: string; readonly version: string };
  /** Where a span begins, as the Plans' steps state it: it must not depend on where the build runs. */
  readonly locate?: (span: Span) => string;
}

/** How every built file begins; it tells a file that may be replaced from someone's own. */
export const BUILT = '// Built by oftc ';

/** The files `<layer>.js` and `<layer>.d.ts`. Throws as `compileProgram` does. */
export function buildModule(program: Program, options: BuildOptions): Record<string, string> {
  const { sizes, gradients, objective, locate } = options;
  const compile = (withGradients: boolean) =>
    compileProgram(program, { sizes, gradients: withGradients, ...(objective ? { objective } : {}) });
  const forward = compile(false);
  const training = gradients ? compile(true) : undefined;
  const plans: LayerPlans = {
    forward: planOf(forward, locate),
    ...(training ? { gradients: planOf(training, locate) } : {}),
  };
  const origin = `${BUILT}${options.from.version} from ${options.from.file}; build it again rather than edit it.`;
  return {
    [`${program.name}.js`]: moduleText(origin, training ?? forward, plans, options),
    [`${program.name}.d.ts`]: typesText(origin, forward.variants[0]!.program, options),
  };
}

const USAGE = `
In a browser:   const device = await requestDevice(navigator.gpu);
In Node:        const gpu = webgpu.create([]);  // import webgpu from 'webgpu'; keep gpu as long as the device
                const device = await requestDevice(gpu);
Then:           const layer = await create(device);
requestDevice comes from 'oftc/runtime'; any GPUDevice will do.`;

function moduleText(
  origin: string,
  compilation: Compilation,
  { forward, gradients }: LayerPlans,
  { sizes, config }: BuildOptions,
): string {
  const sources = new Sources();
  const plans = [
    `const forward = ${planText(forward, sources)};`,
    ...(gradients ? [`const gradients = ${planText(gradients, sources)};`] : []),
  ];
  return `${[
    origin,
    ...commented([...derivation(compilation), ...USAGE.split('\n')]),
    "import { LayerModule } from 'oftc/runtime';",
    '',
    `export const dims = ${JSON.stringify(dimsOf(sizes))};`,
    `export const config = ${JSON.stringify(config)};`,
    '',
    sources.text(),
    '',
    ...plans,
    '',
    `export const create = (device) => LayerModule.create(device, { ${gradients ? 'forward, gradients' : 'forward'} });`,
  ].join('\n')}\n`;
}

const commented = (lines: readonly string[]): string[] => lines.map((l) => `// ${l}`.trimEnd());

/** The formula as written, and the laws in the order they were first applied. */
function derivation({ source, stages }: Compilation): string[] {
  const namer = new Namer();
  namer.nameIn(source);
  const formula = source.outputs.map((o) => `${o.name} = ${namer.print(o.node)}`);
  const laws = new Map(stages.flatMap((s) => s.fired.map((f) => [f.rule, f.law] as const)));
  return [
    '',
    ...formula,
    ...namer.legend().map((l) => `  with ${l}`),
    '',
    laws.size === 0 ? 'No law was applied.' : 'Laws applied:',
    ...[...laws].map(([rule, law]) => `  ${rule}: ${law}`),
  ];
}

const dimsOf = (sizes: Binding): Binding =>
  Object.fromEntries(Object.entries(sizes).sort(([a], [b]) => (a < b ? -1 : 1)));

/** The WGSL that the Plans share, once each and readable. */
class Sources {
  readonly #texts: string[] = [];

  /** An expression for the text. */
  of(wgsl: string): string {
    let i = this.#texts.indexOf(wgsl);
    if (i < 0) i = this.#texts.push(wgsl) - 1;
    return `wgsl[${i}]`;
  }

  text(): string {
    const literals = this.#texts.map((t) => `\`${t.replace(/[\\`]|\$\{/g, '\\$&')}\``);
    return `const wgsl = [\n${literals.join(',\n')},\n];`;
  }
}

function planText(plan: Plan, sources: Sources): string {
  const { kernels, variants, ...head } = plan;
  const kernel = ({ wgsl, ...rest }: PlanKernel) =>
    `{ ...${JSON.stringify(rest)}, wgsl: ${sources.of(wgsl)} }`;
  const variant = ({ steps, ...range }: Plan['variants'][number]) =>
    `{ ...${JSON.stringify(range)}, steps: ${list(steps.map((s) => JSON.stringify(s)))} }`;
  return `{\n  ...${JSON.stringify(head)},\n  kernels: ${list(kernels.map(kernel))},\n  variants: ${list(variants.map(variant))},\n}`;
}

const list = (items: readonly string[]): string => `[\n${items.map((i) => `    ${i},\n`).join('')}  ]`;

function typesText(origin: string, program: Program, { sizes, config, gradients }: BuildOptions): string {
  const name = `${program.name[0]!.toUpperCase()}${program.name.slice(1)}`;
  const [inputs, parameters] = [true, false].map((open) =>
    program.inputs.filter((i) => i.type.shape.some((d) => printDim(d).includes('tokens')) === open),
  ) as [InputNode[], InputNode[]];
  return '';
}
