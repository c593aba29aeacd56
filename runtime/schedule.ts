import { shown } from './arguments.ts';
import { stepsAt } from './choose.ts';
import { OftcRuntimeError } from './errors.ts';
import type { MemoryBytes } from './memory.ts';
import {
  type DevicePlan,
  dtypeBytes,
  evalExtent,
  type PlanKernel,
  type PlanStep,
  type PlanTensor,
  type PlanVariant,
} from './plan.ts';
import { countAt, limitError, stepName } from './plan-check.ts';

/** A Plan from `planFor` at one token count: every size and grid as a number. Pure arithmetic; touches no device. */
export interface SizedPlan {
  readonly tokens: number;
  readonly inputs: readonly SizedTensor[];
  readonly outputs: readonly SizedTensor[];
  /** The bytes of each slot. */
  readonly slots: readonly number[];
  /** Steps that run, in order: those of 0 workgroups are left out. */
  readonly steps: readonly SizedStep[];
  /** The uniforms of every step, each at its offset. */
  readonly uniforms: Uint32Array<ArrayBuffer>;
}

export interface SizedTensor {
  readonly tensor: PlanTensor;
  readonly elements: number;
  readonly bytes: number;
}

export interface SizedStep {
  readonly step: PlanStep;
  /** The step's place among the variant's steps. */
  readonly index: number;
  readonly kernel: PlanKernel;
  readonly grid: readonly [number, number];
  readonly uniformOffset: number;
  readonly uniformBytes: number;
}

/**
 * The limits of a device that decide about sizes and grids. They are no Pick of GPUSupportedLimits, which has no member
 * where a package has the language's own library alone.
 */
export type SizeLimits = Readonly<
  Record<
    | 'maxBufferSize'
    | 'maxComputeWorkgroupsPerDimension'
    | 'maxStorageBufferBindingSize'
    | 'minUniformBufferOffsetAlignment',
    number
  >
>;

/** The bytes of a buffer: whole vec4s of 16 bytes, and at least one, because WebGPU has no empty binding. */
export const padded = (bytes: number): number => Math.max(16, Math.ceil(bytes / 16) * 16);

/** Folds n workgroups into x × y ≥ n with x, y ≤ limit: the smallest y, then the smallest x. */
export function foldWorkgroups(n: number, limit: number): readonly [number, number] {
  const y = Math.ceil(n / limit);
  return [Math.ceil(n / y), y];
}

/** The Plan at one token count. Throws InvalidTokens, InvalidPlan, or LimitExceeded for grids and uniforms alone. */
export function sizePlan(plan: DevicePlan, tokens: number, limits: SizeLimits): SizedPlan {
  if (!Number.isInteger(tokens) || tokens < 0 || tokens > 0xffffffff) {
    throw new OftcRuntimeError(
      'InvalidTokens',
      `tokens = ${shown(tokens)} must be an integer from 0 to 4294967295`,
    );
  }
  checkTokens(plan, tokens);
  const variant = plan.variants.find((v) => v.maxTokens === null || tokens <= v.maxTokens)!;
  const steps: SizedStep[] = [];
  const uniforms: number[] = [];
  const runs = variant.steps.flatMap((s, index) => stepsAt(s, tokens).map((step) => ({ index, step })));
  for (const { index, step } of runs) {
    const count = countAt(step.workgroups, tokens, plan, `the workgroups of ${stepName(step)}`);
    if (count === 0) continue;
    const kernel = plan.kernels[step.kernel]!;
    const limit = limits.maxComputeWorkgroupsPerDimension;
    const grid = foldWorkgroups(count, limit);
    if (grid[1] > limit) {
      throw limitError(`step ${stepName(step)} at tokens = ${tokens}`, 'workgroups', count, limit * limit);
    }
    if (kernel.uniforms.length > 0) padTo(uniforms, limits.minUniformBufferOffsetAlignment / 4);
    const uniformOffset = uniforms.length * 4;
    for (const [i, extent] of kernel.uniforms.entries()) {
      const value = countAt(extent, tokens, plan, `uniform ${i} of kernel '${kernel.name}'`);
      if (value > 0xffffffff) {
        throw limitError(`kernel '${kernel.name}' at tokens = ${tokens}`, `uniform ${i}`, value, 0xffffffff);
      }
      uniforms.push(value);
    }
    padTo(uniforms, 4);
    steps.push({
      step,
      index,
      kernel,
      grid,
      uniformOffset,
      uniformBytes: uniforms.length * 4 - uniformOffset,
    });
  }
  return {
    tokens,
    inputs: plan.inputs.map((t) => sized(plan, t, tokens)),
    outputs: plan.outputs.map((t) => sized(plan, t, tokens)),
    slots: slotBytes(plan, variant, tokens),
    steps,
    uniforms: new Uint32Array(uniforms),
  };
}

/** Checks a number of tokens. Throws InvalidTokens for one that the layer cannot take. */
function checkTokens({ tokenRules = [] }: Pick<DevicePlan, 'tokenRules'>, tokens: number): void {
  for (const { value, by, says, source } of tokenRules) {
    const n = evalExtent(value, tokens);
    if (n >= 0 && n % by === 0) continue;
    throw new OftcRuntimeError('InvalidTokens', `${says} at tokens = ${tokens}`, { source });
  }
}

/** Checks sizes. Throws LimitExceeded for a tensor or temporary that no buffer of the device can hold. */
export function checkSizes(s: SizedPlan, limits: SizeLimits): void {
  const at = `at tokens = ${s.tokens}`;
  for (const t of s.inputs) checkSize(`input '${t.tensor.name}' ${at}`, t.bytes, limits);
  for (const t of s.outputs) checkSize(`output '${t.tensor.name}' ${at}`, t.bytes, limits);
  for (const [i, bytes] of s.slots.entries()) checkSize(`temporary ${i} ${at}`, bytes, limits);
}

export function checkSize(who: string, bytes: number, limits: SizeLimits): void {
  for (const name of ['maxStorageBufferBindingSize', 'maxBufferSize'] as const) {
    if (padded(bytes) > limits[name]) throw limitError(who, name, bytes, limits[name]);
  }
}

export function sized(plan: Pick<DevicePlan, 'name'>, tensor: PlanTensor, tokens: number): SizedTensor {
  const where = `a dimension of '${tensor.name}'`;
  const elements = tensor.shape.reduce<number>((n, e) => n * countAt(e, tokens, plan, where), 1);
  return { tensor, elements, bytes: tensor.storage?.bytes ?? elements * dtypeBytes(tensor.dtype) };
}

const slotBytes = (plan: DevicePlan, variant: PlanVariant, tokens: number): number[] =>
  variant.slots.map((e, i) => countAt(e, tokens, plan, `the bytes of slot ${i}`));

/**
 * The device memory that a first run holds while its result is alive, by arithmetic alone. Every input is uploaded,
 * except `given`, which are the caller's buffers. Throws as `sizePlan` does.
 */
export function peakBytes(
  plan: DevicePlan,
  tokens: number,
  limits: SizeLimits,
  given: readonly string[] = [],
): MemoryBytes {
  const s = sizePlan(plan, tokens, limits);
  const sum = (bytes: readonly number[]) => bytes.reduce((total, b) => total + padded(b), 0);
  const inputs = sum(s.inputs.filter((t) => !given.includes(t.tensor.name)).map((t) => t.bytes));
  const outputs = sum(s.outputs.map((t) => t.bytes));
  const temporaries = sum(s.slots);
  const overhead = s.uniforms.byteLength;
  return { inputs, outputs, temporaries, overhead, total: inputs + outputs + temporaries + overhead };
}

function padTo(words: number[], multiple: number): void {
  while (words.length % multiple !== 0) words.push(0);
}
