/** Makes a layer's Plan: compiles for classes of devices, and assembles the Plan on demand. */
import type { CompileOptions } from '../../compiler/derive.ts';
import { CLASSES, type DeviceClass } from '../../compiler/devices/index.ts';
import type { Span } from '../../compiler/errors/span.ts';
import type { Program } from '../../compiler/ir/node.ts';
import { positionRules } from '../../compiler/ops/position-rules.ts';
import { tokenRules } from '../../compiler/ops/token-rules.ts';
import { type Compilation, compileEach, type ForDevice } from '../../compiler/pipeline.ts';
import { indexRules } from '../../compiler/primitives/index-rules.ts';
import { defined } from '../../compiler/records.ts';
import { assemblePlan, estimate, type Strategy, type VariantProgram } from '../../kernels-gen/index.ts';
import type { Plan } from '../../runtime/index.ts';
import type { PlanStore } from '../plans/store.ts';
import { schedulesOf, type TuningTable } from '../tune/table.ts';
import type { Backend } from './backends/backend.ts';
import { keyFor, type Planned, printSaved, savedPlan } from './planned.ts';

export interface PlanOfOptions {
  /** Formats a span as `file:line:column`. */
  readonly locate?: ((span: Span) => string) | undefined;
  readonly strategy?: Strategy | undefined;
  readonly tuning?: TuningTable | undefined;
  /** The classes of devices that the Plan is for; by default all, which then run the same variants. */
  readonly devices?: readonly DeviceClass[] | undefined;
}

/** A compilation for a class of devices. */
export interface Compiled {
  readonly device: DeviceClass;
  readonly compilation: Compilation;
}

/** Compiles for one class. */
export const compileOn = (device: DeviceClass, source: Program, options: CompileOptions): Compilation =>
  compileFor([device], source, options)[0]!.compilation;

/** Compiles for each class, by `options.profile` or the class's own rates; `only` selects the outputs to keep. */
export const compileFor = (
  devices: readonly DeviceClass[],
  source: Program,
  options: CompileOptions,
  only?: (output: string) => boolean,
): Compiled[] =>
  compileEach(
    source,
    options,
    devices.map((device): ForDevice => {
      const profile = options.profile ?? device.chosenBy;
      return {
        profile,
        estimate: ({ primitives, ...range }) => estimate({ ...range, program: primitives }, device, profile),
      };
    }),
  ).map((compilation, i) => ({
    device: devices[i]!,
    compilation: only ? withOutputs(compilation, only) : compilation,
  }));

const withOutputs = (c: Compilation, only: (output: string) => boolean): Compilation => ({
  ...c,
  variants: c.variants.map((v) => ({
    ...v,
    program: { ...v.program, outputs: v.program.outputs.filter((o) => only(o.name)) },
    primitives: { ...v.primitives, outputs: v.primitives.outputs.filter((o) => only(o.name)) },
  })),
});

export interface PrepareOptions extends Omit<PlanOfOptions, 'devices'> {
  /** The outputs to compute; all by default. */
  readonly only?: ((output: string) => boolean) | undefined;
  /** Where Plans are saved. Absent: every program is compiled. */
  readonly plans?: PlanStore | undefined;
}

/** Compiles a program for a backend, unless its Plan was saved before. */
export function prepare(
  source: Program,
  options: CompileOptions,
  backend: Pick<Backend, 'class' | 'words'>,
  { only, plans, ...planning }: PrepareOptions = {},
): Planned {
  const { class: device, words } = backend;
  let own: readonly Compiled[] | undefined;
  const compiled = () => {
    own ??= compileFor([device], source, options, only);
    return own;
  };
  const compilation = () => compiled()[0]!.compilation;
  const { locate, strategy, tuning } = planning;
  const request = { options, only, locate, strategy, tuned: tuning && schedulesOf(tuning) };
  const saved = savedPlan(source, request, backend, plans);
  if (saved) return { ...saved, compilation };
  const key = plans && keyFor(source, request, backend);
  const { variants } = compilation();
  const made = { signature: variants[0]!.program, indexRules: indexRules(variants.map((v) => v.primitives)) };
  let plan: Plan | undefined;
  return {
    ...made,
    compilation,
    isNew: key !== undefined,
    plan: () => {
      if (plan) return plan;
      // The reference has no class of its own and does not take quantised tensors as words, so its Plan is for all
      // classes.
      plan = planOfEach(words ? compiled() : compileFor(CLASSES, source, options, only), planning);
      if (key !== undefined) void plans?.write(key, printSaved({ ...made, plan }));
      return plan;
    },
  };
}

export const planOf = (
  compilation: Compilation,
  { devices = CLASSES, ...options }: PlanOfOptions = {},
): Plan =>
  planOfEach(
    devices.map((device) => ({ device, compilation })),
    options,
  );

/** Assembles the Plan of one compilation for each class. */
export function planOfEach(
  compiled: readonly Compiled[],
  { locate, strategy, tuning }: Omit<PlanOfOptions, 'devices'> = {},
): Plan {
  const { source, bound, variants } = compiled[0]!.compilation;
  return assemblePlan(
    compiled.map(({ device, compilation }) => ({ device, variants: variantsOf(compilation) })),
    {
      name: source.name,
      tokenRules: tokenRules(bound),
      positionRules: positionRules(bound),
      roles: Object.fromEntries(variants[0]!.program.inputs.map((i) => [i.name, i.role])),
      ...defined({ locate, strategy, tuned: tuning && schedulesOf(tuning) }),
    },
  );
}

/** The variants of a compilation as programs of primitives, each with its token counts. */
export const variantsOf = ({ variants }: Compilation): VariantProgram[] =>
  variants.map(({ primitives, symbolic: _, program: __, ...range }) => ({ ...range, program: primitives }));
