/** Kernels compiled on a second device: which, in what order, and when that device opens and closes. */
import { expect, it, vi } from 'vitest';
import { planFor } from '../../runtime/choose.ts';
import { nullDevice } from '../../runtime/node.ts';
import type { DevicePlan } from '../../runtime/plan.ts';
import { Precompiler } from '../../runtime/precompile.ts';
import { kernel, saxpy } from './plans.ts';

const wgsl = (body: string) =>
  `@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(8) fn main(@builtin(global_invocation_id) id: vec3u) { ${body} }`;

/** A Plan of kernels named k0, k1, … Every other one has a uniform. */
const planOf = (device: GPUDevice, count: number): DevicePlan => ({
  ...planFor(device, saxpy),
  kernels: Array.from({ length: count }, (_, i) =>
    i % 2 === 0
      ? kernel(`k${i}`, wgsl(`y[id.x] = x[id.x] + ${i}.0;`))
      : kernel(
          `k${i}`,
          `@group(0) @binding(2) var<uniform> n: u32;\n${wgsl(`y[id.x] = x[id.x] + f32(n) + ${i}.0;`)}`,
          { uniforms: ['tokens'] },
        ),
  ),
});
const all = (plan: DevicePlan) => plan.kernels.map((_, i) => i);
const names = (last: number, count: number) => Array.from({ length: count }, (_, i) => `k${last - i}`);
const LIMITS = { fewest: 8, ahead: 12 };

/** A precompiler on devices that run nothing, and what it does with them. */
async function watched(compiling: (p: Precompiler) => void = () => undefined) {
  const seen: string[] = [];
  const errors: Promise<GPUError | null>[] = [];
  let [opened, dispatches] = [0, 0];
  const open = async () => {
    const device = await nullDevice();
    opened++;
    const { createComputePipelineAsync, createCommandEncoder, destroy, popErrorScope } = device;
    device.createComputePipelineAsync = (d) => {
      seen.push(d.label!);
      compiling(precompiler);
      return createComputePipelineAsync.call(device, d);
    };
    device.createCommandEncoder = (d) => {
      const encoder = createCommandEncoder.call(device, d);
      const { beginComputePass } = encoder;
      encoder.beginComputePass = (p) => {
        const pass = beginComputePass.call(encoder, p);
        const { dispatchWorkgroups } = pass;
        pass.dispatchWorkgroups = (x, y, z) => {
          dispatches++;
          dispatchWorkgroups.call(pass, x, y, z);
        };
        return pass;
      };
      return encoder;
    };
    device.popErrorScope = () => {
      const error = popErrorScope.call(device);
      errors.push(error);
      return error;
    };
    device.destroy = () => {
      destroy.call(device);
      seen.push('closed');
    };
    return device;
  };
  const precompiler = new Precompiler(open, LIMITS);
  return {
    ...{ precompiler, sample: await nullDevice(), opened: () => opened },
    /** The kernels that compiled, in order, until the device closed; each was dispatched without an error. */
    untilClosed: async () => {
      await precompiler.idle();
      expect(await Promise.all(errors.splice(0))).toEqual(expect.not.arrayContaining([expect.anything()]));
      expect(dispatches).toBe(seen.filter((s) => s !== 'closed').length);
      dispatches = 0;
      return seen.splice(0);
    },
  };
}

it('kernels compile from the last one on, and the device closes', async () => {
  const { precompiler, untilClosed, opened, sample } = await watched();
  const [plan, others] = [planOf(sample, 8), planOf(sample, 20)];
  await precompiler.add(plan, all(plan));
  expect(await untilClosed()).toEqual([...names(7, 8), 'closed']);
  await precompiler.add(others, [19, 8, 9, 10, 11, 12, 13, 14]);
  expect(await untilClosed()).toEqual([...names(14, 7), 'k19', 'closed']);
  expect(opened()).toBe(2);
});

it('fewer than eight kernels are left to their run', async () => {
  const { precompiler, untilClosed, opened, sample } = await watched();
  const plan = planOf(sample, 15);
  await precompiler.add(plan, [0, 1, 2, 3, 4, 5, 6]);
  await precompiler.add(plan, []);
  expect(opened()).toBe(0);
  await precompiler.add(plan, all(plan).slice(7));
  expect(await untilClosed()).toEqual([...names(14, 8), 'closed']);
});

it('code compiles once, for all Plans', async () => {
  const { precompiler, untilClosed, opened, sample } = await watched();
  const plan = planOf(sample, 9);
  await precompiler.add(plan, [...all(plan), ...all(plan)]);
  expect(await untilClosed()).toEqual([...names(8, 9), 'closed']);
  await precompiler.add(planOf(sample, 9), all(plan));
  await precompiler.add(planOf(sample, 12), [...all(plan), 9, 10, 11]);
  expect(opened()).toBe(1);
});

it('kernels that come later compile first', async () => {
  const { precompiler, untilClosed, sample } = await watched();
  const [plan, other] = [planOf(sample, 8), planOf(sample, 16)];
  void precompiler.add(plan, all(plan));
  await precompiler.add(other, [8, 9, 10, 11, 12, 13, 14, 15]);
  expect(await untilClosed()).toEqual([...names(15, 16), 'closed']);
});

it('adding ends when the device has its first twelve kernels; a closed precompiler leaves out the others', async () => {
  const { precompiler, untilClosed, opened, sample } = await watched();
  const plan = planOf(sample, 20);
  await precompiler.add(plan, all(plan));
  precompiler.close();
  expect(await untilClosed()).toEqual([...names(19, 12), 'closed']);
  const others = planOf(sample, 40);
  await precompiler.add(others, all(others));
  expect(opened()).toBe(1);
});

it('a precompiler that closes while it prepares kernels leaves out the others, too', async () => {
  const { precompiler, untilClosed, sample } = await watched((p) => p.close());
  const plan = planOf(sample, 20);
  await precompiler.add(plan, all(plan));
  expect(await untilClosed()).toEqual([...names(19, 12), 'closed']);
});

it('all kernels compile, twelve at a time', async () => {
  const { precompiler, untilClosed, sample } = await watched();
  const plan = planOf(sample, 27);
  await precompiler.add(plan, all(plan));
  expect(await untilClosed()).toEqual([...names(26, 27), 'closed']);
});

it('code that does not compile closes the device and the precompiler; its error is left to the run', async () => {
  const { precompiler, opened, sample } = await watched();
  const plan = planOf(sample, 8);
  const kernels = plan.kernels.map((k, i) => (i === 6 ? { ...k, wgsl: wgsl('nope') } : k));
  await precompiler.add({ ...plan, kernels }, all(plan));
  await precompiler.idle();
  const others = planOf(sample, 40);
  await precompiler.add(others, all(others));
  expect(opened()).toBe(1);
});

it('a device that does not open is not asked for again', async () => {
  const [plan, others] = await nullDevice().then((d) => [planOf(d, 8), planOf(d, 40)] as const);
  const open = vi.fn(() => Promise.reject(new Error('no device')));
  const precompiler = new Precompiler(open, LIMITS);
  await precompiler.add(plan, all(plan));
  await precompiler.idle();
  await precompiler.add(others, all(others));
  expect(open).toHaveBeenCalledTimes(1);
});
