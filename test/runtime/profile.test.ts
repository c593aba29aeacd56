import { expect, it } from 'vitest';
import { Executable, probeDevice, requestDevice } from '../../runtime/index.ts';
import { nodeGpu } from '../../runtime/node.ts';
import { testDevice } from '../support/device.ts';
import { onlyVariants, variantsIn } from '../support/plans.ts';
import { twoStep, twoStepReference } from './plans.ts';

it('times every executed step and leaves values as they are', async () => {
  const executable = await Executable.create(await testDevice(), twoStep, { profile: true });
  const x = Float32Array.from({ length: 300 }, (_, i) => i);
  const begin = performance.now();
  const result = executable.run(300, { x });
  const steps = await result.profile();
  const most = (performance.now() - begin) * 1e6;
  expect(steps.map(({ label, kernel, flops, bytes }) => ({ label, kernel, flops, bytes }))).toEqual([
    { label: 't = 2x', kernel: 'double', flops: 300, bytes: 2400 },
    { label: 'z = t + 1', kernel: 'increment', flops: 300, bytes: 2400 },
    { label: 's = Σx', kernel: 'sum', flops: 300, bytes: 2400 },
  ]);
  for (const { ns } of steps) {
    expect(ns).toBeGreaterThan(0);
    expect(ns).toBeLessThan(most);
  }
  expect([...(await result.read('z'))]).toEqual(twoStepReference(x).z);
  result.destroy();
  await expect(result.profile()).rejects.toMatchObject({ code: 'Disposed' });
  const empty = await executable.run(0, { x: new Float32Array(0) }).profile();
  expect(empty.map((s) => s.kernel)).toEqual(['sum']);
  executable.dispose();
});

it('profiles more steps than one query set holds', async () => {
  const [, variant] = variantsIn(twoStep);
  const steps = Array.from({ length: 2100 }, (_, i) => ({ ...variant!.steps[i % 3]!, label: `${i}` }));
  const plan = onlyVariants(twoStep, [{ ...variant!, minTokens: 0, steps }]);
  const executable = await Executable.create(await testDevice(), plan, { profile: true });
  const begin = performance.now();
  const times = await executable.run(1, { x: Float32Array.of(1) }).profile();
  const most = (performance.now() - begin) * 1e6;
  expect(times.map((t) => t.label)).toEqual(steps.map((s) => s.label));
  expect(times.every((t) => t.ns < most)).toBe(true);
  executable.dispose();
});

it('probes a device with and without timestamps', async () => {
  const wall = await requestDevice(await nodeGpu(), { features: [] });
  for (const [device, clock] of [
    [await testDevice(), 'timestamps'],
    [wall, 'wall'],
  ] as const) {
    const speed = await probeDevice(device);
    expect(speed.clock).toBe(clock);
    for (const rate of [speed.gflops, speed.gbps]) {
      expect(rate).toBeGreaterThan(0);
      expect(rate).toBeLessThan(1e7);
    }
  }
  wall.destroy();
});
