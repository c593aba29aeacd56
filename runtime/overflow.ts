/** Finds the first f16 tensor of a Plan that overflows: computes again as far as each of them, in order. */
import { Executable } from './executable.ts';
import { firstNotFinite } from './finite.ts';
import { type DevicePlan, evalExtent, type Plan, type PlanRef, type PlanStep } from './plan.ts';
import type { BoundData, TensorData } from './tensors.ts';

/** A run that may be computed again. */
export interface Rerun {
  readonly device: GPUDevice;
  readonly plan: DevicePlan;
  readonly tokens: number;
  readonly bound: ReadonlyMap<string, BoundData>;
  readonly inputs: Readonly<Record<string, TensorData>>;
}

/** Whether a Plan holds a computed tensor in f16. */
export const hasHalves = ({ variants }: DevicePlan): boolean =>
  variants.some((v) => v.steps.some((s) => s.halves !== undefined));

/** The first tensor and its first element that is not finite: `'m' (element 3)`. Undefined where all are finite. */
export async function firstOverflow(run: Rerun): Promise<string | undefined> {
  const { plan, tokens } = run;
  const variant = plan.variants.find((v) => v.maxTokens === null || tokens <= v.maxTokens)!;
  for (const [i, { halves = [] }] of variant.steps.entries()) {
    for (const { of, elements, label } of halves) {
      const steps = variant.steps.slice(0, i + 1);
      const at = firstNotFinite(await computed(run, variant.slots, steps, of, evalExtent(elements, tokens)));
      if (at >= 0) return `'${label}' (element ${at})`;
    }
  }
  return undefined;
}

/** The bits of the f16 tensor that the last of the steps writes to `of`. */
async function computed(
  { device, plan, tokens, bound, inputs }: Rerun,
  slots: Plan['classes'][number]['variants'][number]['slots'],
  steps: readonly PlanStep[],
  of: PlanRef,
  elements: number,
): Promise<Uint16Array> {
  const name = unused(plan);
  const isIt = (ref: PlanRef) => JSON.stringify(ref) === JSON.stringify(of);
  const redirected = (bind: readonly PlanRef[]) => bind.map((r) => (isIt(r) ? { output: name } : r));
  const own = steps.map((s): PlanStep => {
    const { alternatives = [], first, ...step } = s;
    return {
      ...{ ...step, bind: redirected(s.bind) },
      ...(first ? { first: { ...first, bind: redirected(first.bind) } } : {}),
      alternatives: alternatives.map((a) => ({
        ...a,
        ...(a.bind ? { bind: redirected(a.bind) } : {}),
        ...(a.first ? { first: { ...a.first, bind: redirected(a.first.bind) } } : {}),
      })),
    };
  });
  const { class: _, variants: __, ...common } = plan;
  const again: Plan = {
    ...common,
    ...{ format: 'oftc-plan', version: 2 },
    // The buffer of a slot may be longer than the tensor that lies in it now.
    outputs: [
      ...plan.outputs,
      { name, role: 'output', dtype: 'f16', shape: [Math.max(elements, lengthOf(slots, of, tokens))] },
    ],
    classes: [
      { name: plan.class, devices: {}, variants: [{ minTokens: 0, maxTokens: null, slots, steps: own }] },
    ],
  };
  // Only the kernels of these steps are compiled.
  const executable = await Executable.create(device, again, { late: true });
  try {
    await executable.ready(tokens);
    for (const [parameter, data] of bound) executable.bind(parameter, data);
    const result = executable.run(tokens, inputs);
    try {
      return ((await result.read(name)) as Uint16Array).subarray(0, elements);
    } finally {
      result.destroy();
    }
  } finally {
    executable.dispose();
  }
}

/** The number of f16 that a slot has room for. */
const lengthOf = (slots: readonly Parameters<typeof evalExtent>[0][], of: PlanRef, tokens: number): number =>
  'slot' in of ? Math.ceil(evalExtent(slots[of.slot]!, tokens) / 2) : 0;

/** A name that no output has. */
function unused({ outputs }: DevicePlan): string {
  let name = 'computed';
  while (outputs.some((o) => o.name === name)) name += '_';
  return name;
}
