/** A program compiled for a backend, and its form in a store of Plans. */
import * as v from 'valibot';
import { gradName } from '../../compiler/autodiff/differentiate.ts';
import type { CompileOptions } from '../../compiler/derive.ts';
import type { DeviceClass } from '../../compiler/devices/index.ts';
import { DimError, parseDim, printDim } from '../../compiler/dims/dims.ts';
import type { Span } from '../../compiler/errors/span.ts';
import { defined as definitions } from '../../compiler/extend/definitions.ts';
import { input, rootsOf, topological } from '../../compiler/ir/build.ts';
import type { Program, TensorType } from '../../compiler/ir/node.ts';
import { storeProgram, unstorable } from '../../compiler/ir/stored.ts';
import type { Compilation } from '../../compiler/pipeline.ts';
import type { IndexRule } from '../../compiler/primitives/index-rules.ts';
import { defined } from '../../compiler/records.ts';
import type { Strategy } from '../../kernels-gen/index.ts';
import type { TunedSchedule } from '../../kernels-gen/tuned.ts';
import { OftcRuntimeError, type Plan } from '../../runtime/index.ts';
import { readPlan } from '../../runtime/plan-read.ts';
import type { PlanStore } from '../plans/store.ts';

/** A program compiled for a backend. */
export interface Planned {
  /** The inputs and outputs of the compiled program. Where the Plan comes from a store, nothing computes the outputs. */
  readonly signature: Program;
  /** The axes that integer inputs index. */
  readonly indexRules: readonly IndexRule[];
  /** Gives the compiler's result. Where the Plan comes from a store, the first call compiles. */
  readonly compilation: () => Compilation;
  /** Makes the Plan on the first call: for the class of the backend's device, or for all if it has no device. */
  readonly plan: () => Plan;
  /** Whether a store of Plans has none of this program, so that drivers are unlikely to have met its kernels. */
  readonly isNew: boolean;
}

/** The parts of a compiled program that a store keeps. */
type SavedPlan = Pick<Planned, 'signature' | 'indexRules'> & { readonly plan: Plan };

/**
 * A text that two compilations share only if they give the same Plan; undefined for a program whose operators, or for a
 * process whose rules, an author defined in code.
 */
export function keyOf(
  source: Program,
  locate: ((span: Span) => string) | undefined,
  options: object,
): string | undefined {
  if (unstorable(source).length > 0 || definitions('rule').length > 0) return undefined;
  const spans = locate ? topological(rootsOf(source)).map((n) => n.spans.map(locate)) : [];
  return JSON.stringify([storeProgram(source), spans, options]);
}

/** The part of a compilation besides the program and the device, as far as its Plan depends on it. */
export interface PlanRequest {
  readonly options: CompileOptions;
  /** The outputs to compute; all by default. */
  readonly only?: ((output: string) => boolean) | undefined;
  readonly locate?: ((span: Span) => string) | undefined;
  readonly strategy?: Strategy | undefined;
  readonly tuned?: readonly TunedSchedule[] | undefined;
}

/** The key of a request's Plan for a backend; undefined where none is kept. The reference needs no Plan. */
export function keyFor(
  source: Program,
  { options, only, locate, strategy, tuned }: PlanRequest,
  { class: device, words }: { readonly class: DeviceClass; readonly words: boolean },
): string | undefined {
  const all = [...source.outputs.map((o) => o.name), ...source.inputs.map((i) => gradName(i.name))];
  const outputs = all.filter(only ?? (() => true));
  return words ? keyOf(source, locate, { options, device, strategy, tuned, outputs }) : undefined;
}

/** A Plan that a store keeps; undefined where it keeps none. */
export function savedPlan(
  source: Program,
  request: PlanRequest,
  backend: Parameters<typeof keyFor>[2],
  plans: PlanStore | undefined,
): Omit<Planned, 'compilation'> | undefined {
  const key = plans && keyFor(source, request, backend);
  const text = key === undefined ? undefined : plans?.read(key);
  const saved = text === undefined ? undefined : readSaved(text);
  return saved && { ...saved, plan: () => saved.plan, isNew: false };
}

const printType = ({ dtype, shape }: TensorType) => ({ dtype, shape: shape.map(printDim) });
type PrintedType = Omit<ReturnType<typeof printType>, 'dtype'> & Pick<TensorType, 'dtype'>;
const readType = ({ dtype, shape }: PrintedType): TensorType => ({ dtype, shape: shape.map(parseDim) });

export function printSaved({ signature, indexRules, plan }: SavedPlan): string {
  const { name, inputs, outputs } = signature;
  return JSON.stringify({
    name,
    inputs: inputs.map(({ name: of, role, stored, type }) => ({
      name: of,
      role,
      stored,
      ...printType(type),
    })),
    outputs: outputs.map((o) => ({ name: o.name, ...printType(o.node.type) })),
    indexRules: indexRules.map((r) => ({ ...r, size: printDim(r.size) })),
    plan,
  });
}

const text = v.string();
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const type = { dtype: v.picklist(['f32', 'f16', 'i32']), shape: v.array(text) };
const role = v.picklist(['input', 'frozen', 'trainable', 'cotangent']);
const schema = v.strictObject({
  name: text,
  inputs: v.array(v.strictObject({ name: text, role, stored: v.optional(text), ...type })),
  outputs: v.array(v.strictObject({ name: text, ...type })),
  indexRules: v.array(
    v.strictObject({
      ...{ input: text, size: text, reader: text },
      spans: v.array(v.strictObject({ file: text, start: count, end: count })),
    }),
  ),
  plan: v.unknown(),
});

/** Reads what `printSaved` printed; undefined for any other text, so that the program is compiled again. */
export function readSaved(json: string): SavedPlan | undefined {
  try {
    const saved = v.parse(schema, JSON.parse(json));
    return {
      signature: {
        name: saved.name,
        inputs: saved.inputs.map(({ name, role, stored, ...type }) => ({
          ...input(name, role, readType(type)),
          ...defined({ stored }),
        })),
        outputs: saved.outputs.map((o) => ({ name: o.name, node: input(o.name, 'frozen', readType(o)) })),
        where: {},
      },
      indexRules: saved.indexRules.map((r) => ({ ...r, size: parseDim(r.size) })),
      plan: readPlan(saved.plan),
    };
  } catch (error) {
    if (REFUSALS.some((refusal) => error instanceof refusal)) return undefined;
    throw error;
  }
}

/** The errors of JSON, of the schema, of a dimension and of a Plan. */
const REFUSALS = [SyntaxError, v.ValiError, DimError, OftcRuntimeError] as const;
