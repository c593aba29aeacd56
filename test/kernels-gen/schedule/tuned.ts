/** Helpers for tests of tuned Plans, whose schedules are chosen by measuring. */
import { expect } from 'vitest';
import { portable } from '../../../compiler/devices/index.ts';
import type { PrimProgram } from '../../../compiler/primitives/prim.ts';
import { outside } from '../../../compiler/semantics/domains/bound.ts';
import { keyOfKernel } from '../../../kernels-gen/families/contraction/root.ts';
import { STRATEGIES } from '../../../kernels-gen/index.ts';
import { neighbours, type ScheduleChoice, sized } from '../../../kernels-gen/schedule/choice.ts';
import { parseChoice, SCHEDULES } from '../../../kernels-gen/schedule/choices.ts';
import { type TunedDevice, tunablesOf } from '../../../kernels-gen/tune/candidates.ts';
import type { TunedSchedule } from '../../../kernels-gen/tuned.ts';
import { planFor, stepsAt, traitsOf } from '../../../runtime/choose.ts';
import type { DeviceTraits, Plan } from '../../../runtime/plan.ts';
import { classOf } from '../../../src/session/backends/gpu.ts';
import { testDevice } from '../../support/device.ts';
import { variantsIn } from '../../support/plans.ts';
import { integers, planOf, reference, rolesOf, runOnDevice } from '../execute.ts';
import { generatePlan } from '../generate.ts';
import { matmul } from '../layers.ts';
import { kernelOf } from './contractions.ts';

/** Every combination of a schedule's sizes, valid or not. */
export const sizesOf = (way: string): ScheduleChoice[] => {
  const { rows, cols, parts } = SCHEDULES.get(way)!.sizes;
  return rows.flatMap((r) => cols.flatMap((c) => [...parts].map((p) => sized(way, r, c, p))));
};
export const neighboursOf = (c: ScheduleChoice): ScheduleChoice[] =>
  neighbours(c, SCHEDULES.get(c.way)!.sizes);

/** The traits of a device that supports everything. */
export const traits = (smallest: number, largest: number, software: boolean): DeviceTraits => ({
  adapter: 'some device',
  vendor: 'some vendor',
  features: new Set(['subgroups', 'shader-f16', 'chromium-experimental-subgroup-matrix']),
  smallest,
  largest,
  software,
  workgroupBytes: 32_768,
  matrices: [{ m: 8, n: 8, k: 8, component: 'f32', result: 'f32' }],
});

export const variantsOf = (p: PrimProgram) => [{ minTokens: 0, maxTokens: null, program: p }];
export const tunable = (p: PrimProgram, device: TunedDevice, tokens = 64) =>
  tunablesOf(variantsOf(p), tokens, device);
/** A Plan for a class that has all strategies and to which every device belongs. */
const everyWay = (p: PrimProgram, tuned: readonly TunedSchedule[]): Plan =>
  generatePlan(variantsOf(p), {
    name: p.name,
    roles: rolesOf(p),
    tuned,
    devices: [{ ...portable, strategies: STRATEGIES }],
  });
export const tunedPlan = (p: PrimProgram, tuned: readonly TunedSchedule[]): Plan =>
  generatePlan(variantsOf(p), { name: p.name, roles: rolesOf(p), tuned });

const code = (plan: Plan, device: GPUDevice, tokens: number) => {
  const chosen = planFor(device, plan);
  return stepsAt(variantsIn(chosen)[0]!.steps[0]!, tokens)
    .map((s) => chosen.kernels[s.kernel]!.wgsl)
    .join('\n');
};

/** The key of a product, and a function that makes entries of a tuning table for it. */
export function entriesFor(p: PrimProgram) {
  const key = keyOfKernel(kernelOf(p));
  const entry = (bucket: number | null, text: string, adapter = 'A'): TunedSchedule => ({
    ...{ adapter, key, bucket },
    choice: parseChoice(text)!,
  });
  return { key, entry };
}

/**
 * Expects a product's first candidate to be the device's default code, and every candidate to have different code.
 */
export function expectCandidates({ traits: t, class: own }: TunedDevice): void {
  const p = matmul('NT', 'tokens', 256, 512);
  const device = {
    adapterInfo: {
      subgroupMinSize: t.smallest,
      subgroupMaxSize: t.largest,
      isFallbackAdapter: t.software,
      vendor: 'some device',
      subgroupMatrixConfigs: [{ M: 8, N: 8, K: 8, componentType: 'f32', resultComponentType: 'f32' }],
    },
    features: t.features,
    limits: { maxComputeWorkgroupStorageSize: t.workgroupBytes },
  } as unknown as GPUDevice;
  const [kernel, ...others] = tunablesOf(variantsOf(p), 512, { traits: traitsOf(device), class: own });
  expect(others).toEqual([]);
  const candidates = kernel!.candidates();
  expect(code(candidates[0]!.plan, device, 512)).toBe(code(planOf(p), device, 512));
  const codes = candidates.map((c) => code(c.plan, device, 512));
  expect(new Set(codes).size).toBe(codes.length);
  expect(candidates.every((c) => c.choice !== undefined)).toBe(true);
  expect(candidates.length).toBeGreaterThan(5);
  expect(candidates.length).toBeLessThan(25);
}

/** Runs a program once for each schedule of its last kernel, and expects results within the reference's bound. */
export async function expectEqual(p: PrimProgram, choices: readonly string[]): Promise<void> {
  const device = await testDevice();
  const [own, { adapter }] = [classOf(device), traitsOf(device)];
  const tokens = 65;
  const values = integers(p, tokens);
  const expected = reference(p, tokens, values);
  const [kernel] = tunable(p, { traits: traitsOf(device), class: own }, tokens);
  for (const text of choices) {
    const choice = parseChoice(text)!;
    const plan = everyWay(p, [{ adapter, key: kernel!.key, bucket: null, choice }]);
    const chosen = variantsIn(planFor(device, plan))[0]!.steps.at(-1)!;
    expect(stepsAt(chosen, tokens)[0]!.tuned?.schedule).toBe(text);
    const actual = await runOnDevice(p, plan, tokens, values);
    for (const [name, t] of Object.entries(expected))
      expect(outside(actual[name]!, t), `${text}: ${name}`).toBeUndefined();
  }
}

/** Products for tests of schedules. The second one sums over tokens, for which stationary schedules have no code. */
export const PRODUCTS = {
  'with edges': matmul('NT', 'tokens', 37, 45, true),
  'over tokens': matmul('TN', 40, 72, 'tokens'),
};
