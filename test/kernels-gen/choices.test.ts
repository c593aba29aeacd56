/** Schedules as choices: their texts, the code of each, and how a Plan takes those that were measured. */

import { describe, expect, it } from 'vitest';
import { cpuVectors, gpu } from '../../compiler/devices/index.ts';
import { outside } from '../../compiler/ir/domains/bound.ts';
import type { ContractionPrim, PrimProgram } from '../../compiler/primitives/prim.ts';
import { canonical, keyOfKernel } from '../../kernels-gen/families/contraction/root.ts';
import { generatePlan, STRATEGIES } from '../../kernels-gen/index.ts';
import { type Choice, neighbours } from '../../kernels-gen/schedule/choice.ts';
import {
  bucketOf,
  choicesOf,
  describe as described,
  isChoice,
  parseChoice,
  SCHEDULES,
} from '../../kernels-gen/schedule/choices.ts';
import { type TunedDevice, tunablesOf } from '../../kernels-gen/tune/candidates.ts';
import type { TunedSchedule } from '../../kernels-gen/tuned.ts';
import { planFor, stepsAt, traitsOf } from '../../runtime/choose.ts';
import type { DeviceTraits, Plan } from '../../runtime/plan.ts';
import { classOf } from '../../src/backends/gpu.ts';
import { testDevice } from '../support/device.ts';
import { variantsIn } from '../support/plans.ts';
import { sample } from '../support/sample.ts';
import { contraction, input, load, program } from './build.ts';
import { integers, planOf, reference, rolesOf, runOnDevice } from './execute.ts';
import { matmul } from './layers.ts';

const every: Choice[] = [...SCHEDULES].flatMap(([way, { sizes }]) =>
  sizes.rows.flatMap((rows) =>
    sizes.cols.flatMap((cols) => sizes.parts.map((parts) => ({ way, rows, cols, parts }))),
  ),
);
const next = (c: Choice): Choice[] => neighbours(c, SCHEDULES.get(c.way)!.sizes);

/** What every device may have. */
const traits = (smallest: number, largest: number, software: boolean): DeviceTraits => ({
  adapter: 'some device',
  vendor: 'some vendor',
  features: new Set(['subgroups', 'shader-f16', 'chromium-experimental-subgroup-matrix']),
  smallest,
  largest,
  software,
  matrices: [{ m: 8, n: 8, k: 8, component: 'f32', result: 'f32' }],
});
const CPU: TunedDevice = { traits: traits(8, 8, true), class: cpuVectors };
const GPU: TunedDevice = { traits: traits(32, 32, false), class: gpu };

const variantsOf = (p: PrimProgram) => [{ minTokens: 0, maxTokens: null, program: p }];
const tunable = (p: PrimProgram, device: TunedDevice, tokens = 64) =>
  tunablesOf(variantsOf(p), tokens, device);
/** For one class that has all schedules, on every device. */
const everyWay = (p: PrimProgram, tuned: readonly TunedSchedule[]): Plan =>
  generatePlan(variantsOf(p), {
    name: p.name,
    roles: rolesOf(p),
    tuned,
    devices: [{ ...cpuVectors, devices: {}, schedules: STRATEGIES, lockstep: false }],
  });
const tunedPlan = (p: PrimProgram, tuned: readonly TunedSchedule[]): Plan =>
  generatePlan(variantsOf(p), { name: p.name, roles: rolesOf(p), tuned });
const kernelOf = (p: PrimProgram) => {
  const root = p.outputs[0]!.prim as ContractionPrim;
  return canonical({ tensor: root, root, epilogue: null, spans: [] });
};

describe('a choice as text', () => {
  it('is read back as what it was', () => {
    const legal = every.filter(isChoice);
    expect(legal.length).toBeGreaterThan(150);
    expect(legal.map((c) => parseChoice(described(c)))).toEqual(legal);
    expect(new Set(legal.map(described)).size).toBe(legal.length);
  });

  it.each([
    '',
    'lanes',
    'lanes 6',
    'lanes 6x4',
    'lanes 5×4',
    'lanes 6×5',
    'lanes 32×8',
    'lanes 6×4 in 2',
    'lanes 06×4',
    ' lanes 6×4',
    'lanes 6×4;',
    'shared 128×64',
    'shared 8×16',
    'split 32×32',
    'split 32×32 in 1',
    'split 32×32 in 64',
    'direct 8×8',
    'matrix f64',
    'matrix f32 1×1',
    'nothing 1×1',
    'toString 1×1',
  ])("'%s' is none", (text) => {
    expect(parseChoice(text)).toBeUndefined();
  });

  it('has neighbours a step away, all of them choices', () => {
    const at = (text: string) => next(parseChoice(text)!).map(described).sort();
    expect(at('lanes 8×4')).toEqual(
      ['lanes 12×3', 'lanes 12×4', 'lanes 6×4', 'lanes 6×6', 'lanes 8×3', 'lanes 8×6'].sort(),
    );
    // 32 rows are the most, and 32 × 6 would be too many results.
    expect(at('lanes 32×4')).toEqual(['lanes 24×4', 'lanes 32×3'].sort());
    expect(at('direct 1×1')).toEqual(['direct 1×2', 'direct 2×1']);
    for (const c of every.filter(isChoice)) expect(next(c).every(isChoice)).toBe(true);
  });
});

it.each([
  [0, 1],
  [1, 1],
  [2, 2],
  [3, 4],
  [512, 512],
  [513, 1024],
])('%d tokens are in the bucket of %d', (tokens, bucket) => {
  expect(bucketOf(tokens)).toBe(bucket);
});

describe('the candidates', () => {
  const code = (plan: Plan, device: GPUDevice, tokens: number) => {
    const chosen = planFor(device, plan);
    return stepsAt(variantsIn(chosen)[0]!.steps[0]!, tokens)
      .map((s) => chosen.kernels[s.kernel]!.wgsl)
      .join('\n');
  };

  it.each([
    ['a CPU', CPU],
    ['a GPU', GPU],
  ])('of %s begin with what it runs anyway, each with code of its own', (_, { traits: t, class: own }) => {
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
  });

  it('are in lanes on a CPU, and from workgroup memory, in parts and by matrices on a GPU', () => {
    const of = ({ class: own }: TunedDevice) =>
      [...new Set(choicesOf(kernelOf(matmul('TN', 256, 256, 'tokens')), 2048, own).map((c) => c.way))].sort();
    expect(of(CPU)).toEqual(['direct', 'exchanged lanes', 'lanes']);
    expect(of(GPU)).toEqual(['direct', 'matrix f32', 'shared', 'split']);
    const along = choicesOf(kernelOf(matmul('NT', 'tokens', 256, 256)), 2, CPU.class).map((c) => c.way);
    expect(along).toContain('dots');
  });

  it('without a sum are direct alone', () => {
    const outer = contraction(
      'y',
      [input('x', ['tokens']), input('w', [64])],
      [
        ['m', 'tokens'],
        ['n', 64],
      ],
      [['k', 1]],
      load(0, 'm'),
      load(1, 'n'),
    );
    const of = choicesOf(kernelOf(program({ y: outer })), 64, CPU.class);
    expect(new Set(of.map((c) => c.way))).toEqual(new Set(['direct']));
  });

  it('are of each kernel once, with the steps that run it, at a bucket only where tokens are a size', () => {
    const w = input('w', [64, 64]);
    const product = (x: ReturnType<typeof input>, label: string) =>
      contraction(
        label,
        [x, w],
        [
          ['m', x.shape[0]!],
          ['n', 64],
        ],
        [['k', 64]],
        load(0, 'm', 'k'),
        load(1, 'k', 'n'),
      );
    const [a, b] = [input('a', ['tokens', 64]), input('b', ['tokens', 64])];
    const c = input('c', [48, 64]);
    const found = tunable(program({ y: product(a, 'y'), z: product(b, 'z'), u: product(c, 'u') }), CPU, 100);
    expect(found.map((f) => [f.label, f.steps, f.bucket, f.flops])).toEqual([
      ['z', 2, 128, 2 * 100 * 64 * 64],
      ['u', 1, null, 2 * 48 * 64 * 64],
    ]);
  });
});

describe('a Plan with a table', () => {
  const p = matmul('NT', 'tokens', 256, 512);
  const key = keyOfKernel(kernelOf(p));
  const entry = (bucket: number | null, text: string, adapter = 'A'): TunedSchedule => ({
    adapter,
    key,
    bucket,
    choice: parseChoice(text)!,
  });
  const alternatives = (tuned: readonly TunedSchedule[], device = 'cpu-vectors') =>
    (variantsIn(tunedPlan(p, tuned), device)[0]!.steps[0]!.alternatives ?? []).map((a) => [
      a.tuned ? `${a.tuned.adapter}: ${a.tuned.schedule}` : 'model',
      a.maxTokens,
    ]);
  const model = alternatives([]);

  it('that says nothing of its kernels is the same, byte for byte', () => {
    const without = JSON.stringify(planOf(p));
    expect(JSON.stringify(tunedPlan(p, []))).toBe(without);
    expect(JSON.stringify(tunedPlan(p, [{ ...entry(512, 'lanes 8×4'), key: `${key}x` }]))).toBe(without);
  });

  it('has what was measured first, up to its counts, the last for all where it is for as many as are typical', () => {
    expect(model.map(([by]) => by)).toEqual(model.map(() => 'model'));
    expect(model[0]).toEqual(['model', 1]);
    const rest = model.slice(1);
    expect(alternatives([entry(512, 'lanes 8×4'), entry(64, 'lanes 6×4')])).toEqual([
      model[0],
      ['A: lanes 6×4', 64],
      ['A: lanes 8×4', undefined],
      ...rest,
    ]);
    expect(alternatives([entry(256, 'lanes 8×4')])).toEqual([model[0], ['A: lanes 8×4', 256], ...rest]);
    expect(alternatives([entry(1, 'dots 1×8'), entry(2048, 'lanes 6×4')])).toEqual([
      ['A: dots 1×8', 1],
      model[0],
      ['A: lanes 6×4', undefined],
      ...rest,
    ]);
    expect(alternatives([entry(null, 'lanes 8×4')])).toEqual([
      model[0],
      ['A: lanes 8×4', undefined],
      ...rest,
    ]);
    expect(alternatives([entry(64, 'lanes 8×4'), entry(512, 'direct 2×2', 'B')])).toEqual([
      model[0],
      ['A: lanes 8×4', 64],
      ['B: direct 2×2', undefined],
      ...rest,
    ]);
    // Code of another class is none of its.
    const shared = [entry(512, 'shared 16×16', 'B')];
    expect(alternatives(shared)).toEqual(model);
    expect(alternatives(shared, 'gpu')[0]).toEqual(['B: shared 16×16', undefined]);
  });

  it('is for the adapter alone that it was measured on', async () => {
    const device = await testDevice();
    const { adapter } = traitsOf(device);
    const steps = (tuned: TunedSchedule[], tokens = 512) => {
      const chosen = planFor(device, tunedPlan(p, tuned));
      return stepsAt(variantsIn(chosen)[0]!.steps[0]!, tokens);
    };
    expect(steps([entry(512, 'lanes 8×4', 'another')])).toEqual(steps([]));
    expect(steps([])[0]!.tuned).toBeUndefined();
    const tuned = { adapter, key, schedule: 'lanes 8×4' };
    expect(steps([entry(512, 'lanes 8×4', adapter)])[0]!.tuned).toEqual(tuned);
    // Of one token the model's own schedule is for that one.
    expect(steps([entry(512, 'lanes 8×4', adapter)], 1)[0]!.tuned).toBeUndefined();
    const few = [entry(64, 'lanes 6×4', adapter)];
    expect(steps(few, 64)[0]!.tuned?.schedule).toBe('lanes 6×4');
    expect(steps(few, 65)[0]!.tuned).toBeUndefined();
  });

  it('gives way to a strategy that is asked for', () => {
    const options = { name: p.name, roles: rolesOf(p), strategy: 'lanes' } as const;
    const forced = generatePlan(variantsOf(p), { ...options, tuned: [entry(512, 'lanes 8×4')] });
    expect(forced).toEqual(generatePlan(variantsOf(p), options));
  });
});

/** One of each way that the software device runs: small, for large ones take long to compile. */
const SAMPLE = [
  'direct 2×4',
  'lanes 3×2',
  'exchanged lanes 2×3',
  'dots 2×2',
  'shared 16×32',
  'split 16×16 in 3',
];

/** Of sums of a known length alone. */
const SHORT = ['stationary 16×3', 'exchanged stationary 32×2'];

describe('every choice computes the same', () => {
  const programs = {
    'with edges': matmul('NT', 'tokens', 37, 45, true),
    'over tokens': matmul('TN', 40, 72, 'tokens'),
  };
  it.each(sample(Object.entries(programs), ['with edges']))('%s', async (name, p) => {
    const device = await testDevice();
    const [own, { adapter }] = [classOf(device), traitsOf(device)];
    const tokens = 65;
    const values = integers(p, tokens);
    const expected = reference(p, tokens, values);
    const [kernel] = tunable(p, { traits: traitsOf(device), class: own }, tokens);
    for (const text of name === 'with edges' ? [...SAMPLE, ...SHORT] : SAMPLE) {
      const choice = parseChoice(text)!;
      const plan = everyWay(p, [{ adapter, key: kernel!.key, bucket: null, choice }]);
      const chosen = variantsIn(planFor(device, plan))[0]!.steps.at(-1)!;
      expect(stepsAt(chosen, tokens)[0]!.tuned?.schedule).toBe(text);
      const actual = await runOnDevice(p, plan, tokens, values);
      for (const [name, t] of Object.entries(expected))
        expect(outside(actual[name]!, t), `${text}: ${name}`).toBeUndefined();
    }
  });

  it('alone as in the program', async () => {
    const p = matmul('NT', 'tokens', 12, 24, true);
    const device = await testDevice();
    const [kernel] = tunable(p, { traits: traitsOf(device), class: classOf(device) }, 20);
    const candidates = kernel!.candidates().slice(0, 3);
    expect(candidates).toHaveLength(3);
    const { plan } = candidates[0]!;
    expect(plan.inputs.map((t) => t.shape)).toEqual([['tokens', 24], [12, 24], [12]]);
    const inputs = p.inputs.map((t, i) => ({ ...t, name: `${i}` }));
    const alone: PrimProgram = { ...p, inputs, outputs: [{ name: 'out', prim: p.outputs[0]!.prim }] };
    const values = integers(p, 20);
    const named = Object.fromEntries(p.inputs.map((t, i) => [`${i}`, values[t.name]!]));
    const [expected] = Object.values(reference(p, 20, values));
    for (const c of candidates) {
      const { out } = await runOnDevice(alone, c.plan, 20, named);
      expect(outside(out!, expected!)).toBeUndefined();
    }
  });
});
