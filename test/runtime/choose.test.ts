/** The choice of a step's kernel on a device. */
import { describe, expect, it } from 'vitest';
import { planFor, stepsAt } from '../../runtime/choose.ts';
import {
  Executable,
  type Plan,
  type PlanAlternative,
  type PlanStep,
  type PlanVariant,
} from '../../runtime/index.ts';
import { testDevice } from '../support/device.ts';
import { onlyVariants, variantsIn } from '../support/plans.ts';
import { saxpy } from './plans.ts';

const [kernel] = saxpy.kernels;
const [variant] = variantsIn(saxpy);
const [step] = variant!.steps;
const WGSL = { grouped: `// grouped\n${kernel!.wgsl}`, staged: `// staged\n${kernel!.wgsl}` };

const range = (smallest: [number, number], largest: [number, number]) => ({ smallest, largest });

function running(kernel: number, workgroups: number): PlanVariant {
  return { ...variant!, steps: [{ ...step!, kernel, workgroups }] };
}

const plan: Plan = {
  ...saxpy,
  kernels: [
    kernel!,
    { ...kernel!, name: 'grouped', wgsl: WGSL.grouped, features: ['subgroups'] },
    { ...kernel!, name: 'staged', wgsl: WGSL.staged },
  ],
  classes: [
    {
      name: 'vectors',
      devices: { ...range([8, 8], [8, 8]), features: ['subgroups'] },
      variants: [running(1, 3)],
    },
    { name: 'gpu', devices: range([1, 128], [16, 128]), variants: [running(2, 5)] },
    { name: 'portable', devices: {}, variants: [variant!] },
  ],
};

const device = (adapterInfo: object | undefined, ...features: string[]) =>
  deviceWith(16_384, adapterInfo, features);

const deviceWith = (
  maxComputeWorkgroupStorageSize: number,
  adapterInfo: object | undefined,
  features: string[],
) =>
  ({
    ...{ adapterInfo, features: new Set(features) },
    limits: { maxComputeWorkgroupStorageSize },
  }) as unknown as GPUDevice;
const sizes = (subgroupMinSize: number, subgroupMaxSize: number) => ({ subgroupMinSize, subgroupMaxSize });

it.each<[string, GPUDevice, string, unknown]>([
  ['subgroups of 8', device(sizes(8, 8), 'subgroups'), 'grouped', 3],
  ['subgroups of 8 that shaders may not use', device(sizes(8, 8)), 'saxpy', step!.workgroups],
  ['subgroups of 32', device(sizes(32, 32), 'subgroups'), 'staged', 5],
  ['subgroups of 32 that shaders may not use', device(sizes(32, 32)), 'staged', 5],
  ['subgroups of 4 to 64', device(sizes(4, 64), 'subgroups'), 'staged', 5],
  ['subgroups of 4', device(sizes(4, 4), 'subgroups'), 'saxpy', step!.workgroups],
  ['no word on subgroups', device({}), 'saxpy', step!.workgroups],
  ['no adapterInfo', device(undefined), 'saxpy', step!.workgroups],
])('a class is for %s', (_, d, name, workgroups) => {
  const chosen = planFor(d, plan);
  expect(chosen.kernels.map((k) => k.name)).toEqual([name === 'saxpy' ? kernel!.name : name]);
  expect(variantsIn(chosen)[0]!.steps).toEqual([{ ...step!, kernel: 0, workgroups }]);
});

it('a class may ask for more workgroup memory than a device has', () => {
  const [first, ...others] = plan.classes;
  const asking = { ...first!, devices: { ...first!.devices, workgroupBytes: 20_000 } };
  const chosen = (bytes: number) =>
    planFor(deviceWith(bytes, sizes(8, 8), ['subgroups']), { ...plan, classes: [asking, ...others] }).class;
  expect([16_384, 19_999, 20_000].map(chosen)).toEqual(['portable', 'portable', first!.name]);
});

it('alternatives for few tokens come before the first one for all counts', () => {
  const few = { maxTokens: 4, kernel: 1, workgroups: 1 };
  const always = { kernel: 2, workgroups: 5 };
  const never = { kernel: 1, workgroups: 9 };
  const at = (alternatives: readonly PlanAlternative[], ...counts: number[]) => {
    const variants = [{ ...variant!, steps: [{ ...step!, alternatives }] }];
    const { variants: chosen, kernels } = planFor(
      device(sizes(8, 8), 'subgroups'),
      onlyVariants(plan, variants),
    );
    const name = (s: PlanStep) => [kernels[s.kernel]!.name, s.workgroups];
    return counts.map((tokens) => name(stepsAt(chosen[0]!.steps[0]!, tokens)[0]!));
  };
  const staged = ['staged', 5];
  expect(at([few, always, never], 1, 4, 5)).toEqual([['grouped', 1], ['grouped', 1], staged]);
  expect(at([always, few, never], 1, 4, 5)).toEqual([staged, staged, staged]);
  expect(at([few], 4, 5)).toEqual([
    ['grouped', 1],
    [kernel!.name, step!.workgroups],
  ]);
});

describe('subgroup matrices', () => {
  const matrix = { m: 8, n: 8, k: 8, component: 'f32', result: 'f32' } as const;
  const config = { M: 8, N: 8, K: 8, componentType: 'f32', resultComponentType: 'f32' };
  const alternatives = [{ matrix, kernel: 1, workgroups: 3 }];
  const runs = (configs: readonly object[] | undefined, ...features: string[]) => {
    const info = { ...sizes(32, 32), ...(configs && { subgroupMatrixConfigs: configs }) };
    const variants = [{ ...variant!, steps: [{ ...step!, alternatives }] }];
    return planFor(device(info, ...features), onlyVariants(plan, variants)).kernels[0]!.name;
  };
  it('are used where the device lists the same multiplication', () => {
    expect(runs([{ ...config, M: 16 }, config], 'subgroups')).toBe('grouped');
    const others = [
      { M: 16 },
      { N: 16 },
      { K: 16 },
      { componentType: 'f16' },
      { resultComponentType: 'f16' },
    ];
    for (const other of others) expect(runs([{ ...config, ...other }], 'subgroups')).toBe(kernel!.name);
  });
  it('are not used where the device lists none or lacks the feature', () => {
    expect(runs([], 'subgroups')).toBe(kernel!.name);
    expect(runs(undefined, 'subgroups')).toBe(kernel!.name);
    expect(runs([config])).toBe(kernel!.name);
  });
});

describe('two dispatches', () => {
  const first = { kernel: 2, bind: [{ input: 'a' }, { slot: 1 }] as const, workgroups: 7 };
  const bind = [{ slot: 1 }, { output: 'y' }] as const;
  const alternatives = [{ kernel: 1, workgroups: 2, first, bind }];
  const slots = [{ slot: 0 }, ...step!.bind.slice(1)];
  const chosen = (d: GPUDevice) =>
    planFor(
      d,
      onlyVariants(plan, [
        { ...variant!, slots: [16, 64], steps: [{ ...step!, bind: slots, alternatives }] },
      ]),
    );
  it('run one after the other where the device can run both, with a temporary of their own', () => {
    const { kernels, variants } = chosen(device(sizes(32, 32), 'subgroups'));
    expect(kernels.map((k) => k.name)).toEqual(['staged', 'grouped']);
    expect(variants[0]!.slots).toEqual([0, 64]);
    const [one, two, ...more] = stepsAt(variants[0]!.steps[0]!, 1);
    expect(more).toEqual([]);
    expect(one).toEqual({ ...step!, ...first, kernel: 0 });
    expect(two).toEqual({ ...step!, kernel: 1, workgroups: 2, bind, flops: 0, bytes: 0 });
  });
  it('do not run where the device lacks a feature that one of them needs', () => {
    const needy = {
      ...plan,
      kernels: plan.kernels.with(2, { ...plan.kernels[2]!, features: ['shader-f16'] }),
    };
    const variants = [{ ...variant!, slots: [16, 64], steps: [{ ...step!, bind: slots, alternatives }] }];
    for (const d of [device(sizes(32, 32)), device(sizes(32, 32), 'subgroups')]) {
      const { kernels, variants: left } = planFor(d, onlyVariants(needy, variants));
      expect(kernels.map((k) => k.name)).toEqual([kernel!.name]);
      expect(left[0]!.slots).toEqual([16, 0]);
    }
  });
  it('may serve few tokens while one dispatch serves more, and the other way round', () => {
    const few = { ...alternatives[0]!, maxTokens: 4 };
    const variants = [
      { ...variant!, slots: [16, 64], steps: [{ ...step!, bind: slots, alternatives: [few] }] },
    ];
    const [only] = variantsIn(planFor(device(sizes(32, 32), 'subgroups'), onlyVariants(plan, variants)))[0]!
      .steps;
    expect([4, 5].map((tokens) => stepsAt(only!, tokens).length)).toEqual([2, 1]);
    const { first: _, bind: __, ...single } = few;
    const both = { ...step!, first, alternatives: [single] };
    expect([4, 5].map((tokens) => stepsAt(both, tokens).length)).toEqual([1, 2]);
  });
});

it('leaves a Plan without alternatives as it is', () => {
  const { classes, format: _, version: __, ...shared } = saxpy;
  const { name, variants } = classes[0]!;
  expect(planFor(device(undefined), saxpy)).toEqual({ ...shared, class: name, variants });
});

it('refuses an alternative whose kernel is missing or has other bindings', async () => {
  const broken = (kernel: number, bindings = saxpy.kernels[0]!.bindings): Plan => ({
    ...onlyVariants(plan, [
      { ...variant!, steps: [{ ...step!, alternatives: [{ maxTokens: 0, kernel, workgroups: 1 }] }] },
    ]),
    kernels: plan.kernels.with(1, { ...plan.kernels[1]!, bindings }),
  });
  for (const p of [broken(7), broken(1, ['read'])])
    await expect(Executable.create(await testDevice(), p)).rejects.toMatchObject({ code: 'InvalidPlan' });
});

describe('a device of no class', () => {
  const only: Plan = { ...plan, classes: plan.classes.slice(0, 1) };
  it('is refused, with the classes that there are and what to do', async () => {
    expect(() => planFor(device(sizes(32, 32), 'subgroups'), only)).toThrow(
      /for devices of the class vectors, and this device .* --devices 'portable'/,
    );
    const given = { ...only, classes: [{ ...only.classes[0]!, devices: { vendors: ['nobody'] } }] };
    await expect(Executable.create(await testDevice(), given)).rejects.toMatchObject({
      code: 'DeviceClassMissing',
    });
  });
  it('is told apart by its vendor', () => {
    const classes = [{ ...plan.classes[0]!, devices: { vendors: ['apple', 'intel'] } }];
    const of = (vendor: string) => planFor(device({ vendor }), { ...plan, classes }).class;
    expect(of('intel')).toBe('vectors');
    expect(() => of('nvidia')).toThrow(/nvidia/);
  });
});
