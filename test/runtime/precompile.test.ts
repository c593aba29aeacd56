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

/** A Plan of kernels named k0, k1, … */
const planOf = (device: GPUDevice, count: number): DevicePlan => ({
  ...planFor(device, saxpy),
  kernels: Array.from({ length: count }, (_, i) => kernel(`k${i}`, wgsl(`y[id.x] = x[id.x] + ${i}.0;`))),
});
const all = (plan: DevicePlan) => plan.kernels.map((_, i) => i);

/** A precompiler on devices that run nothing, and what it does with them. */
async function watched(compiling: (p: Precompiler) => void = () => undefined) {
  const seen: string[] = [];
  let opened = 0;
  const open = async () => {
    const device = await nullDevice();
    opened++;
    const [create, destroy] = [device.createComputePipelineAsync, device.destroy];
    device.createComputePipelineAsync = (d) => {
      seen.push(d.label!);
      compiling(precompiler);
      return create.call(device, d);
    };
    device.destroy = () => {
      destroy.call(device);
      seen.push('closed');
    };
    return device;
  };
  const precompiler = new Precompiler(open);
  return {
    ...{ precompiler, sample: await nullDevice(), opened: () => opened },
    /** The kernels that compiled, in order, until the device closed. */
    untilClosed: async () => {
      await precompiler.idle();
      return seen.splice(0);
    },
  };
}

it('kernels compile from the last one on, and the device closes', async () => {
  const { precompiler, untilClosed, opened, sample } = await watched();
  const plan = planOf(sample, 8);
  void precompiler.add(plan, all(plan));
  expect(await untilClosed()).toEqual(['k7', 'k6', 'k5', 'k4', 'k3', 'k2', 'k1', 'k0', 'closed']);
  void precompiler.add(plan, [7, 0, 1, 2, 3, 4, 5, 6]);
  expect(await untilClosed()).toEqual(['k6', 'k5', 'k4', 'k3', 'k2', 'k1', 'k0', 'k7', 'closed']);
  expect(opened()).toBe(2);
});

it('no device opens for fewer than eight kernels, which wait for others', async () => {
  const { precompiler, untilClosed, opened, sample } = await watched();
  const plan = planOf(sample, 8);
  void precompiler.add(plan, [0, 1, 2, 3, 4, 5, 6]);
  await precompiler.idle();
  expect(opened()).toBe(0);
  void precompiler.add(plan, [7]);
  expect(await untilClosed()).toHaveLength(9);
});

it('kernels that come later compile first', async () => {
  const { precompiler, untilClosed, sample } = await watched();
  const [plan, other] = [planOf(sample, 8), planOf(sample, 11)];
  void precompiler.add(plan, all(plan));
  void precompiler.add(other, [9, 10]);
  expect((await untilClosed()).slice(0, 3)).toEqual(['k10', 'k9', 'k7']);
});

const LAST_TWELVE = Array.from({ length: 12 }, (_, i) => `k${19 - i}`);

it('adding ends when the device has its first twelve kernels; a closed precompiler leaves out the others', async () => {
  const { precompiler, untilClosed, opened, sample } = await watched();
  const plan = planOf(sample, 20);
  await precompiler.add(plan, all(plan));
  precompiler.close();
  expect(await untilClosed()).toEqual([...LAST_TWELVE, 'closed']);
  await precompiler.add(plan, all(plan));
  expect(opened()).toBe(1);
});

it('a precompiler that closes while it prepares kernels leaves out the others, too', async () => {
  const { precompiler, untilClosed, sample } = await watched((p) => p.close());
  const plan = planOf(sample, 20);
  await precompiler.add(plan, all(plan));
  expect(await untilClosed()).toEqual([...LAST_TWELVE, 'closed']);
});

it('all kernels compile, twelve at a time', async () => {
  const { precompiler, untilClosed, sample } = await watched();
  const plan = planOf(sample, 27);
  await precompiler.add(plan, all(plan));
  const names = Array.from({ length: 27 }, (_, i) => `k${26 - i}`);
  expect(await untilClosed()).toEqual([...names, 'closed']);
});

it('code that does not compile closes the device; its error is left to the run', async () => {
  const { precompiler, untilClosed, sample } = await watched();
  const plan = planOf(sample, 8);
  const kernels = plan.kernels.map((k, i) => (i === 6 ? { ...k, wgsl: wgsl('nope') } : k));
  void precompiler.add({ ...plan, kernels }, all(plan));
  expect(await untilClosed()).toEqual(['k7', 'k6', 'k5', 'k4', 'k3', 'k2', 'k1', 'k0', 'closed']);
});

it('a device that does not open is asked for again', async () => {
  const plan = planOf(await nullDevice(), 8);
  const open = vi.fn(() => Promise.reject(new Error('no device')));
  const precompiler = new Precompiler(open);
  await precompiler.add(plan, all(plan));
  expect(open).toHaveBeenCalledTimes(1);
  await precompiler.idle();
  await precompiler.add(plan, [0]);
  expect(open).toHaveBeenCalledTimes(2);
});
