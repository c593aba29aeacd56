/** A predicted time is that of the longest part of what a kernel's loops do, at the rates of a device. */
import { expect, it } from 'vitest';
import { CLASSES, gpu, integrated, portable } from '../../compiler/devices/index.ts';
import { solveDims } from '../../compiler/ir/bind.ts';
import type { Program } from '../../compiler/ir/node.ts';
import { predictPlan, traitsOfExample } from '../../kernels-gen/index.ts';
import { evalExtent, type PlanStep, planOfClass } from '../../runtime/plan.ts';
import { lora } from '../../src/adapters/lora.ts';
import { oftEmbedding } from '../../src/adapters/oft-embedding.ts';
import { frozen, input, layer } from '../../src/language/dsl/index.ts';
import { compileOn, planOf } from '../../src/session/plan.ts';

const product = layer({ x: input('tokens', 'in'), W: frozen('in', 'out') }, ({ x, W }) => x.matmul(W), {
  name: 'product',
});

const planned = (program: Program, dims: Record<string, number>, device = portable, gradients = false) =>
  planOfClass(
    planOf(compileOn(device, program, { gradients, sizes: solveDims(program, dims) }), { devices: [device] }),
    device.name,
  )!;

const RATES = { flops: 2e12, bandwidth: 1e11, onChip: 1e12, launch: 1e-5, subgroup: 32 };
const traits = traitsOfExample({ ...RATES, name: 'a device' });

it('of a product is a launch and the longest of operations, memory and loads', () => {
  const plan = planned(product.trace(), { in: 64, out: 64 });
  const { launches, seconds, uncached } = predictPlan(plan, 64, traits, RATES);
  expect(launches).toHaveLength(1);
  const [{ work, parts, limit }] = launches as [(typeof launches)[0]];
  // Tiles of 2 × 4 results load 6 elements for 8 multiply-adds.
  expect(work).toEqual({
    flops: 2 * 64 ** 3,
    once: 3 * 64 * 64 * 4,
    moved: { input: 64 ** 3 * 3, output: 64 * 64 * 4 },
    hasMatrices: false,
  });
  const all = 64 ** 3 * 3 + 64 * 64 * 4;
  expect(parts).toEqual({
    operations: (2 * 64 ** 3) / 2e12,
    memory: (3 * 64 * 64 * 4) / 1e11,
    loads: all / 1e12,
  });
  expect(limit).toBe('loads');
  expect(seconds).toBeCloseTo(all / 1e12 + 1e-5, 12);
  expect(uncached).toBeCloseTo(all / 1e11 + 1e-5, 12);
});

it('leaves out a part whose rate is not known', () => {
  const { onChip: _, ...rates } = RATES;
  const [launch] = predictPlan(planned(product.trace(), { in: 64, out: 64 }), 64, traits, rates).launches;
  expect(launch!.parts).not.toHaveProperty('loads');
  expect(launch!.limit).toBe('memory');
});

it('of a Plan is the sum over the launches that it makes at a token count', () => {
  const plan = planned(lora.trace(), { in: 256, out: 256, r: 8 }, gpu, true);
  const { launches, seconds } = predictPlan(plan, 100, traits, RATES);
  expect(launches.map((l) => l.step)).toEqual(plan.variants[0]!.steps.map((_, n) => n));
  expect(seconds).toBeCloseTo(
    launches.reduce((n, l) => n + Math.max(...Object.values(l.parts)) + RATES.launch, 0),
    12,
  );
  expect(predictPlan(plan, 0, traits, RATES).seconds).toBeLessThan(seconds);
});

it('takes the alternative of few tokens, with both of its dispatches', () => {
  const plan = planned(lora.trace(), { in: 256, out: 256, r: 8 });
  const [variant] = plan.variants;
  const [step, { kernel, bind, workgroups }] = variant!.steps as [PlanStep, PlanStep];
  const alternatives = [{ kernel, workgroups, maxTokens: 10, first: { kernel, bind, workgroups } }];
  const changed = { ...plan, variants: [{ ...variant!, steps: [{ ...step, alternatives }] }] };
  const at = (tokens: number) => predictPlan(changed, tokens, traits, RATES).launches.map((l) => l.kernel);
  const [own, other] = [step.kernel, kernel].map((n) => plan.kernels[n]!.name);
  expect(own).not.toBe(other);
  expect([at(10), at(11)]).toEqual([[other, other], [own]]);
});

it('does not count the operations of subgroup matrices, which a device has or has not', () => {
  const plan = planned(product.trace(), { in: 1024, out: 64 }, gpu);
  const [{ alternatives }] = plan.variants[0]!.steps as [PlanStep];
  const { kernel, matrix } = alternatives!.find((a) => a.matrix)!;
  const features = new Set<string>(plan.kernels[kernel]!.features);
  const of = (more: object) => predictPlan(plan, 512, { ...traits, ...more }, RATES).launches[0]!;
  expect(of({}).parts).toHaveProperty('operations');
  expect(of({ features, matrices: [matrix] }).parts).not.toHaveProperty('operations');
});

it.each([
  [gpu, lora.trace(), { in: 256, out: 256, r: 8 }],
  [integrated, oftEmbedding.trace(), { vocabulary: 1000, d: 256, b: 32 }],
] as const)('moves each element of a tensor once, as the Plan states: %#', (device, program, dims) => {
  const plan = planned(program, dims, device, true);
  const { launches } = predictPlan(plan, 64, traits, RATES);
  const { steps } = plan.variants.find((v) => 64 <= (v.maxTokens ?? 64))!;
  for (const { step, work } of launches) expect(work.once).toBe(evalExtent(steps[step]!.bytes, 64));
});

it.each(CLASSES)('the class $name has a device that stands for it, with rates', ({ example }) => {
  const { name, onChip, ...rates } = example;
  expect(name).not.toBe('');
  for (const rate of Object.values(rates)) expect(rate).toBeGreaterThan(0);
  // What is nearer to the cores is faster.
  if (onChip !== undefined) expect(onChip).toBeGreaterThan(example.bandwidth);
});
