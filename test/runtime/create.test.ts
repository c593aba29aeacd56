import { beforeAll, describe, expect, it } from 'vitest';
import { Executable, type Plan, type RuntimeErrorCode, requestDevice } from '../../runtime/index.ts';
import { nodeGpu, nullDevice } from '../../runtime/node.ts';
import { testDevice } from '../support/device.ts';
import { onlyVariants, variantsIn } from '../support/plans.ts';
import { identity, saxpy, twoStep } from './plans.ts';

let device: GPUDevice;
beforeAll(async () => {
  device = await testDevice();
});

const withKernel = (change: Partial<Plan['kernels'][number]>): Plan => ({
  ...saxpy,
  kernels: [{ ...saxpy.kernels[0]!, ...change }],
});
const [variant] = variantsIn(saxpy);
const [step] = variant!.steps;
const withStep = (change: Partial<typeof step>): Plan =>
  onlyVariants(saxpy, [{ ...variant!, steps: [{ ...step!, ...change }] }]);

describe('create', () => {
  it.each<[string, RuntimeErrorCode, Plan]>([
    ['workgroup memory', 'LimitExceeded', withKernel({ workgroupBytes: 1 << 20 })],
    ['invocations', 'LimitExceeded', withKernel({ workgroupSize: [64, 64, 1] })],
    ['workgroup size z', 'LimitExceeded', withKernel({ workgroupSize: [1, 1, 4096] })],
    ['another format', 'InvalidPlan', { ...saxpy, version: 1 as 2 }],
    ['no class', 'InvalidPlan', { ...saxpy, classes: [] }],
    ['a class twice', 'InvalidPlan', { ...saxpy, classes: [...saxpy.classes, ...saxpy.classes] }],
    ['no variant', 'InvalidPlan', onlyVariants(saxpy, [])],
    ['a gap in the variants', 'InvalidPlan', onlyVariants(saxpy, [{ ...variant!, minTokens: 1 }])],
    ['an end to the variants', 'InvalidPlan', onlyVariants(saxpy, [{ ...variant!, maxTokens: 9 }])],
    ['an unknown kernel', 'InvalidPlan', withStep({ kernel: 1 })],
    ['a missing binding', 'InvalidPlan', withStep({ bind: step!.bind.slice(1) })],
    ['an unknown slot', 'InvalidPlan', withStep({ bind: [{ slot: 0 }, ...step!.bind.slice(1)] })],
    ['an input written', 'InvalidPlan', withStep({ bind: [...step!.bind.slice(0, 3), { input: 'x' }] })],
    ['read and write', 'InvalidPlan', withStep({ bind: [{ output: 'y' }, ...step!.bind.slice(1)] })],
    ['a name twice', 'InvalidPlan', { ...saxpy, outputs: [...saxpy.outputs, ...saxpy.outputs] }],
  ])('refuses %s with %s', async (_, code, plan) => {
    await expect(Executable.create(device, plan)).rejects.toMatchObject({ code });
  });

  it('refuses at run an extent that is not a count', async () => {
    const executable = await Executable.create(device, withStep({ workgroups: -1 }));
    expect(() => executable.run(1, {})).toThrow(/the workgroups of 'y = a·x \+ y0' \(adapter.ts:3:14\) = -1/);
  });

  it('maps a shader error to kernel, step, source and WGSL position', async () => {
    const plan = withKernel({ wgsl: saxpy.kernels[0]!.wgsl.replace('a[0] * x[i]', 'a[0] * nope') });
    const error = await Executable.create(device, plan).catch((e: Error) => e);
    expect(error).toMatchObject({ code: 'ShaderError' });
    const { message } = error as Error;
    expect(message).toContain("kernel 'saxpy' of plan 'saxpy' for 'y = a·x + y0' (adapter.ts:3:14)");
    expect(message).toMatch(/13:41 unresolved value 'nope'\n\s+if \(i < sizes.tokens\)/);
    await expect(Executable.create(device, withKernel({ entryPoint: 'other' }))).rejects.toMatchObject({
      code: 'ShaderError',
    });
    await expect(
      Executable.create(device, withKernel({ bindings: ['read', 'read', 'read', 'read'] })),
    ).rejects.toMatchObject({ code: 'ShaderError' });
  });

  /** A device, and a count of the kernels that are compiled on it. */
  async function counting() {
    const fresh = await requestDevice(await nodeGpu());
    const count = { compiled: 0 };
    const original = fresh.createShaderModule.bind(fresh);
    fresh.createShaderModule = (d) => {
      count.compiled++;
      return original(d);
    };
    return { fresh, count };
  }

  it('compiles equal kernels of a device once', async () => {
    const { fresh, count } = await counting();
    await Promise.all([Executable.create(fresh, twoStep), Executable.create(fresh, twoStep)]);
    await Executable.create(fresh, twoStep);
    expect(count.compiled).toBe(3);
    fresh.destroy();
  });

  it('compiles late kernels for the token counts that it is made ready for, and runs no others', async () => {
    const { fresh, count } = await counting();
    const [few, many] = variantsIn(twoStep);
    const plan = onlyVariants(twoStep, [{ ...few!, steps: few!.steps.slice(0, 3) }, many!]);
    const late = await Executable.create(fresh, plan, { late: true });
    expect(count.compiled).toBe(0);
    expect(await late.ready(2)).toEqual([0, 1]);
    expect(await late.ready(2)).toEqual([]);
    expect(count.compiled).toBe(2);
    expect(Array.from((await late.run(2, { x: Float32Array.of(1, 4) }).read('z')) as Float32Array)).toEqual([
      4, 10,
    ]);
    const x = new Float32Array(5);
    expect(() => late.run(5, { x })).toThrow(/tokens = 5 are not compiled: await ready\(5\)/);
    expect(await late.ready(5)).toEqual([2]);
    expect(count.compiled).toBe(3);
    await late.run(5, { x }).done();
    fresh.destroy();
  });
});

describe('devices', () => {
  it('have the adapter limits and features unless asked otherwise', async () => {
    expect(device.limits.maxComputeWorkgroupStorageSize).toBeGreaterThanOrEqual(32768);
    const small = await requestDevice(await nodeGpu(), { limits: 'default', features: [] });
    expect(small.limits.maxComputeInvocationsPerWorkgroup).toBe(256);
    const large = withKernel({ workgroupSize: [512, 1, 1] });
    await expect(Executable.create(small, large)).rejects.toMatchObject({
      code: 'LimitExceeded',
      message: expect.stringMatching(/maxComputeInvocationsPerWorkgroup = 512; this device has 256/),
    });
    await expect(Executable.create(small, identity('f16', 1))).rejects.toMatchObject({
      code: 'FeatureMissing',
    });
    await expect(Executable.create(small, saxpy, { profile: true })).rejects.toMatchObject({
      code: 'FeatureMissing',
    });
    small.destroy();
  });

  it('that are missing say what to install', async () => {
    const none = { requestAdapter: async () => null } as unknown as GPU;
    for (const gpu of [undefined, none]) {
      await expect(requestDevice(gpu)).rejects.toMatchObject({
        code: 'DeviceMissing',
        message: expect.stringContaining('apt-get install libvulkan1 mesa-vulkan-drivers'),
      });
    }
    await expect(
      requestDevice(await nodeGpu(), { features: ['texture-compression-astc-sliced-3d'] }),
    ).rejects.toMatchObject({ code: 'FeatureMissing' });
  });

  it('without a driver compile everything, and report running out of memory', async () => {
    const dry = await nullDevice();
    expect(dry.features.has('shader-f16')).toBe(true);
    const executable = await Executable.create(dry, identity('i32', 'tokens'));
    // Dawn's null backend has 512 MiB of memory, and bindings of at most 128 MiB.
    const tokens = dry.limits.maxStorageBufferBindingSize / 4;
    const input = dry.createBuffer({ size: tokens * 4, usage: 0x80 });
    const results = Array.from({ length: 4 }, () => executable.run(tokens, { x: input }));
    await results[2]!.done();
    await expect(results[3]!.done()).rejects.toMatchObject({
      code: 'OutOfMemory',
      message: expect.stringContaining("allocating 134217728 bytes for output 'y'"),
    });
    for (const r of results) r.destroy();
    await executable.run(tokens, { x: input }).done();
    dry.destroy();
  });
});
