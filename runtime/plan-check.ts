import type { COMPUTE_LIMITS } from './device.ts';
import { OftcRuntimeError } from './errors.ts';
import {
  type DevicePlan,
  dispatchesOf,
  type Extent,
  evalExtent,
  type Plan,
  type PlanDispatch,
  type PlanKernel,
  type PlanRef,
  type PlanStep,
  type PlanVariant,
} from './plan.ts';

const invalid = (plan: Pick<Plan, 'name'>, what: string): OftcRuntimeError =>
  new OftcRuntimeError(
    'InvalidPlan',
    `plan '${plan.name}' ${what}: compile it again with this version of oftc`,
  );

/** The value of an extent, which must be a count. Throws InvalidPlan where it is none at this number of tokens. */
export function countAt(extent: Extent, tokens: number, plan: Pick<Plan, 'name'>, where: string): number {
  const n = evalExtent(extent, tokens);
  if (!Number.isSafeInteger(n) || n < 0) {
    throw invalid(plan, `has ${where} = ${n} at tokens = ${tokens}, which is not a count`);
  }
  return n;
}

export const dependsOnTokens = (e: Extent): boolean =>
  typeof e !== 'number' && (e === 'tokens' || dependsOnTokens(e.a) || dependsOnTokens(e.b));

/** The name of a step in its author's terms: `'y = x·W' (adapter.ts:10:5)`. */
export const stepName = (step: PlanStep): string =>
  step.source.length > 0 ? `'${step.label}' (${step.source.join(', ')})` : `'${step.label}'`;

/** Checks a Plan. Throws InvalidPlan unless references resolve, bindings agree and variants partition all counts. */
export function checkPlan(plan: Plan): void {
  for (const list of [plan.inputs, plan.outputs, plan.kernels]) {
    const names = list.map((t) => t.name);
    const twice = names.find((n, i) => names.indexOf(n) !== i);
    if (twice !== undefined) throw invalid(plan, `names '${twice}' twice`);
  }
  const stray = [...(plan.indexRules ?? []), ...(plan.positionRules ?? [])].find(
    (r) => !plan.inputs.some((t) => t.name === r.input && t.dtype === 'i32'),
  );
  if (stray !== undefined)
    throw invalid(plan, `has a rule for '${stray.input}', which is no input of integers`);
  const classes = plan.classes.map((c) => c.name);
  const again = classes.find((n, i) => classes.indexOf(n) !== i);
  if (again !== undefined) throw invalid(plan, `has the class '${again}' twice`);
  if (classes.length === 0) throw invalid(plan, 'has no class of devices');
  for (const { variants } of plan.classes) checkVariants(plan, variants);
}

function checkVariants(plan: Plan, variants: readonly PlanVariant[]): void {
  let next = 0;
  for (const [i, variant] of variants.entries()) {
    const last = i === variants.length - 1;
    const end = variant.maxTokens;
    if (variant.minTokens !== next || (end === null) !== last || (end !== null && end < variant.minTokens)) {
      throw invalid(plan, 'has variants that do not partition all token counts');
    }
    next = (end ?? 0) + 1;
    for (const step of variant.steps) checkStep(plan, step, variant.slots.length);
  }
  if (variants.length === 0) throw invalid(plan, 'has no variant');
}

function checkStep(plan: Plan, step: PlanStep, slots: number): void {
  for (const d of dispatchesOf(step)) checkBindings(plan, step, d, slots);
  for (const { of } of step.halves ?? [])
    if (!resolves(plan, of, slots))
      throw invalid(plan, `step ${stepName(step)} names an unknown buffer ${JSON.stringify(of)}`);
}

function checkBindings(
  plan: Plan,
  step: PlanStep,
  { kernel: index, bind }: PlanDispatch,
  slots: number,
): void {
  const kernel = plan.kernels[index];
  if (kernel === undefined)
    throw invalid(plan, `step ${stepName(step)} uses kernel ${index} of ${plan.kernels.length}`);
  if (kernel.bindings.length !== bind.length) {
    throw invalid(
      plan,
      `step ${stepName(step)} binds ${bind.length} buffers; '${kernel.name}' has ${kernel.bindings.length}`,
    );
  }
  const access = new Map<string, 'read' | 'read_write'>();
  for (const [i, ref] of bind.entries()) {
    const mode = kernel.bindings[i]!;
    const key = JSON.stringify(ref);
    if (!resolves(plan, ref, slots))
      throw invalid(plan, `step ${stepName(step)} binds an unknown buffer ${key}`);
    if ('input' in ref && mode === 'read_write') throw invalid(plan, `step ${stepName(step)} writes ${key}`);
    // WebGPU refuses one buffer both as read and as read_write within a dispatch.
    if ((access.get(key) ?? mode) !== mode)
      throw invalid(plan, `step ${stepName(step)} both reads and writes ${key}`);
    access.set(key, mode);
  }
}

function resolves(plan: Plan, ref: PlanRef, slots: number): boolean {
  if ('input' in ref) return plan.inputs.some((t) => t.name === ref.input);
  if ('output' in ref) return plan.outputs.some((t) => t.name === ref.output);
  return Number.isInteger(ref.slot) && ref.slot >= 0 && ref.slot < slots;
}

/** Checks a Plan against a device. Throws FeatureMissing or LimitExceeded when a kernel can never run there. */
export function checkDevice(plan: DevicePlan, device: GPUDevice): void {
  for (const kernel of plan.kernels) {
    for (const feature of kernel.features) {
      if (device.features.has(feature)) continue;
      throw new OftcRuntimeError(
        'FeatureMissing',
        `kernel '${kernel.name}' of plan '${plan.name}' needs ${feature}, which this device was not given: ` +
          'request it with requestDevice(), or compile for a device without it',
      );
    }
    for (const [name, need] of kernelNeeds(kernel)) {
      const limit = device.limits[name];
      if (need > limit) throw limitError(`kernel '${kernel.name}' of plan '${plan.name}'`, name, need, limit);
    }
  }
}

type ComputeLimit = (typeof COMPUTE_LIMITS)[number];

function kernelNeeds(kernel: PlanKernel): readonly (readonly [ComputeLimit, number])[] {
  const [x, y, z] = kernel.workgroupSize;
  return [
    ['maxComputeWorkgroupStorageSize', kernel.workgroupBytes],
    ['maxComputeInvocationsPerWorkgroup', x * y * z],
    ['maxComputeWorkgroupSizeX', x],
    ['maxComputeWorkgroupSizeY', y],
    ['maxComputeWorkgroupSizeZ', z],
    ['maxStorageBuffersPerShaderStage', kernel.bindings.length],
  ];
}

export const limitError = (who: string, limit: string, need: number, has: number): OftcRuntimeError =>
  new OftcRuntimeError(
    'LimitExceeded',
    `${who} needs ${limit} = ${need}; this device has ${has}: run fewer tokens at a time, compile for this ` +
      "device, or request the adapter's own limits with requestDevice()",
  );
