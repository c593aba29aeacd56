/**
 * The loop form's interpreter runs the kernels of a class, one step of the Plan after another, in the buffers that the
 * Plan gives them. It needs no device, and it runs subgroup matrices too.
 */
import { CLASSES, type DeviceClass } from '../../../compiler/devices/index.ts';
import { evalDim } from '../../../compiler/dims/dims.ts';
import type { PrimProgram } from '../../../compiler/primitives/prim.ts';
import {
  count,
  type Domain,
  Singular,
  type TensorValue,
  tensor,
} from '../../../compiler/semantics/domains/domain.ts';
import { field } from '../../../compiler/semantics/domains/field.ts';
import { float64 } from '../../../compiler/semantics/domains/float64.ts';
import { type Strategy, schedulesOf } from '../../../kernels-gen/index.ts';
import { runLoops } from '../../../kernels-gen/loops/interpret.ts';
import type { LoopKernel, Memory } from '../../../kernels-gen/loops/type.ts';
import {
  evalExtent,
  type Plan,
  type PlanDispatch,
  type PlanRef,
  planOfClass,
} from '../../../runtime/plan.ts';
import { drawInputs, residue, type Values } from '../../support/evaluate.ts';
import { checkClose, checkEqual, Disagreement } from '../agree.ts';
import { asWritten, type Call, valuesOf } from '../calls.ts';
import { formOf, reference, type Skipped, skipped, variantFor, type Way, withBounds } from '../way.ts';
import { compiledFor, strategyOf } from './plan.ts';

/** The elements of each buffer of a Plan, in row-major order. */
type Buffers = Map<string, Float64Array>;

const keyOf = (ref: PlanRef): string => JSON.stringify(ref);

/** The invocations of a subgroup where a kernel multiplies matrices; elsewhere a workgroup is one subgroup, or has none. */
const SUBGROUP = 32;

/** Runs a dispatch on buffers, and gives what it writes. */
function dispatched(
  plan: Pick<Plan, 'kernels'>,
  { kernel: number, bind, workgroups }: PlanDispatch,
  buffers: Buffers,
  { domain, tokens }: { readonly domain: Domain<number>; readonly tokens: number },
): Buffers {
  const kernel = plan.kernels[number]!;
  const names = [...kernel.wgsl.matchAll(/^@group\(0\) @binding\(\d+\) var<storage, \w+> (\w+):/gm)];
  const places = new Map(names.map(([, name], n) => [name!, keyOf(bind[n]!)]));
  const launched = schedulesOf(kernel)
    .map((made) => made.loops)
    .filter((l) => workgroupsOf(l, tokens) === evalExtent(workgroups, tokens));
  const loops = fitting(launched, (m) => m.shape.map((d) => evalDim(d, { tokens })), places, buffers);
  const outputs = loops.memories.filter((m) => m.space === 'output');
  const placeOf = (m: Memory) => places.get(m.name === 'out' ? 'out' : `out${outputs.indexOf(m)}`)!;
  const sizeOf = (m: Memory) => m.shape.map((d) => evalDim(d, { tokens }));
  const given = loops.memories.flatMap((m, n): TensorValue<number>[] => {
    if (m.space !== 'input') return [];
    const place = m.alias === undefined ? places.get(`arg${n}`) : placeOf(loops.memories[m.alias]!);
    const shape = sizeOf(m);
    const held = place === undefined ? undefined : buffers.get(place);
    // The kernel does not read this buffer, or no step has written it yet. NaN shows a read that should not be.
    if (held === undefined) return [tensor(shape, new Float64Array(count(shape)).fill(Number.NaN))];
    if (held.length !== count(shape))
      throw new Disagreement(
        `${kernel.name} reads ${count(shape)} elements of ${place}, which holds ${held.length}`,
      );
    return [tensor(shape, held)];
  });
  const results = runLoops(loops, domain, given, { tokens, ...subgroupOf(loops) });
  return new Map(results.map((t, n) => [placeOf(outputs[n]!), t.values]));
}

/** The loops whose inputs have the sizes of their buffers: equal code may serve tensors of several lengths. */
function fitting(
  all: readonly LoopKernel[],
  sizeOf: (m: Memory) => readonly number[],
  places: ReadonlyMap<string, string>,
  buffers: Buffers,
): LoopKernel {
  const fits = ({ memories }: LoopKernel) =>
    memories.every((m, n) => {
      if (m.space !== 'input' || m.alias !== undefined) return true;
      const held = buffers.get(places.get(`arg${n}`) ?? '');
      return held === undefined || held.length === count(sizeOf(m));
    });
  return all.find(fits) ?? all[0]!;
}

/** The number of workgroups of a launch. */
function workgroupsOf({ body }: Pick<LoopKernel, 'body'>, tokens: number): number {
  const [only] = body;
  if (body.length !== 1 || only?.k !== 'for' || only.how !== 'workgroup') return 1;
  const { of, by } = only.trips;
  return Math.ceil(evalDim(of, { tokens }) / by) * workgroupsOf(only, tokens);
}

const subgroupOf = ({ memories, threads }: LoopKernel): { readonly subgroup?: number } =>
  memories.some((m) => m.space === 'matrix') ? { subgroup: Math.min(SUBGROUP, threads) } : {};

/** Runs the steps of a class's Plan; each alternative of a step has to write what the step does. */
function ran(plan: Plan, device: string, { domain, tokens, values }: Running): Values {
  const variant = variantFor(planOfClass(plan, device)!.variants, tokens);
  const buffers: Buffers = new Map(
    Object.entries(values).map(([input, t]) => [keyOf({ input }), Float64Array.from(t.values)]),
  );
  const run = (dispatch: PlanDispatch & { readonly first?: PlanDispatch }): Buffers => {
    const own = new Map(buffers);
    if (dispatch.first)
      for (const [place, written] of dispatched(plan, dispatch.first, own, { domain, tokens }))
        own.set(place, written);
    return dispatched(plan, dispatch, own, { domain, tokens });
  };
  for (const step of variant.steps) {
    const written = run(step);
    for (const { bind = step.bind, ...other } of step.alternatives ?? []) {
      if (other.maxTokens !== undefined && tokens > other.maxTokens) continue;
      const where = `of ${plan.kernels[other.kernel]!.name}, an alternative to ${plan.kernels[step.kernel]!.name}`;
      const again = run({ ...other, bind });
      const [own, its] = [written, again].map((b) => flatOf(b)) as [Values, Values];
      if (domain === float64) checkClose(own, its, where);
      else checkEqual(own, its, where);
    }
    for (const [place, elements] of written) buffers.set(place, elements);
  }
  return Object.fromEntries(
    plan.outputs.map(({ name }) => {
      const elements = buffers.get(keyOf({ output: name })) ?? new Float64Array();
      return [name, tensor([elements.length], elements)];
    }),
  );
}

interface Running {
  readonly domain: Domain<number>;
  readonly tokens: number;
  readonly values: Values;
}

const flatOf = (b: Buffers): Values =>
  Object.fromEntries([...b].map(([place, elements]) => [place, tensor([elements.length], elements)]));

/** Whether kernels take a maximum that starts below all numbers, for which the field has no meaning. */
const takesMaxima = (plan: Plan): boolean =>
  plan.kernels.some((k) => /attention|3\.4028234|logSumExp/.test(k.name + k.wgsl));

/** Whether every result has a bound: elimination on a device does not exchange rows, and may divide by 0. */
function isPromised(call: Call, primitives: PrimProgram): boolean {
  return Object.values(withBounds(call, primitives)).every(({ bounds }) => bounds.every(Number.isFinite));
}

async function check(device: DeviceClass, call: Call): Promise<Skipped | undefined> {
  if (call.kinks) return skipped('a function has a kink');
  const strategy: Strategy | undefined = strategyOf(device, call);
  const { compiled, plan, name } = compiledFor(device, call, strategy);
  const { tokens } = call;
  const { primitives: own } = variantFor(compiled.compilation.variants, tokens);
  const actual = ran(plan, name, { domain: float64, tokens, values: valuesOf(call).values });
  try {
    checkClose(reference(call), actual, 'in float64');
  } catch (e) {
    if (!isPromised(call, own)) return skipped('nothing is promised, as where a device divides by 0');
    throw e;
  }
  if (takesMaxima(plan)) return undefined;
  const { primitives } = asWritten(call).variants[0]!;
  const values = drawInputs(primitives.inputs, call.seed, tokens, residue);
  const domain = field(call.seed);
  try {
    checkEqual(
      formOf(primitives)(domain, values, tokens),
      ran(plan, name, { domain, tokens, values }),
      'over the field',
    );
  } catch (e) {
    if (!(e instanceof Singular)) throw e;
  }
  return undefined;
}

export const LOOPS: readonly Way[] = CLASSES.map((device) => ({
  name: `loops of ${device.name}`,
  says: `the kernels for ${device.says}, interpreted in the Plan's order and buffers`,
  ...{ with: 'as written', within: 'the prime field exactly, float64 within 1e-9', needs: 'nothing' },
  check: (call) => check(device, call),
}));
