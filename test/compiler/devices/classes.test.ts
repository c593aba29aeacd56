/** Classes of devices: which devices belong to which, and what a Plan, a session and `oftc explain` hold for them. */
import { describe, expect, it } from 'vitest';
import { CLASSES, DEVICES, gpu, integrated, portable } from '../../../compiler/devices/index.ts';
import { solveDims } from '../../../compiler/ir/bind.ts';
import { compileEach, compileProgram } from '../../../compiler/pipeline.ts';
import { STRATEGIES } from '../../../kernels-gen/index.ts';
import { oft } from '../../../src/adapters/oft.ts';
import { classOf } from '../../../src/session/backends/gpu.ts';
import { compile, planOf } from '../../../src/session/session.ts';
import { oftc } from '../../src/cli/harness.ts';
import { examples } from '../../src/targets/harness.ts';
import { testDevice } from '../../support/device.ts';

const device = (info: object | undefined, ...features: string[]) =>
  ({
    adapterInfo: info,
    features: new Set(features),
    limits: { maxComputeWorkgroupStorageSize: 16_384 },
  }) as unknown as GPUDevice;
const sizes = (subgroupMinSize: number, subgroupMaxSize: number) => ({ subgroupMinSize, subgroupMaxSize });

describe('a device is of the class', () => {
  it.each([
    ['portable', device({ ...sizes(8, 8), isFallbackAdapter: true, vendor: 'mesa' })],
    ['portable', device({ ...sizes(4, 4), isFallbackAdapter: true, vendor: 'google' }, 'subgroups')],
    ['gpu', device({ ...sizes(32, 32), vendor: 'nvidia' })],
    ['gpu', device({ ...sizes(32, 64), vendor: 'amd' }, 'subgroups')],
    ['integrated', device({ ...sizes(8, 32), vendor: 'intel' }, 'subgroups')],
    ['integrated', device({ ...sizes(32, 32), vendor: 'apple' })],
    ['portable', device({ vendor: 'apple' })],
    ['portable', device(undefined)],
  ])('%s', (name, d) => {
    expect(classOf(d).name).toBe(name);
  });
});

describe('classes', () => {
  it('have names of their own, and the last takes every device', () => {
    expect(new Set(CLASSES.map((c) => c.name)).size).toBe(CLASSES.length);
    for (const c of CLASSES) expect(DEVICES[c.name]).toBe(c);
    expect(CLASSES.at(-1)).toBe(portable);
    expect(portable).toMatchObject({ devices: {}, strategies: [] });
  });

  it('run every strategy that is registered', () => {
    const run = new Set(['direct', ...CLASSES.flatMap((c) => c.strategies)]);
    expect(STRATEGIES.filter((s) => !run.has(s))).toEqual([]);
  });

  it('get the same Plans together as one by one, and programs that they share are lowered once', () => {
    const program = oft.trace();
    const options = { gradients: true, sizes: solveDims(program, { in: 64, out: 64, b: 8 }) };
    const profiles = [gpu, integrated, portable].map((c) => c.chosenBy);
    const together = compileEach(
      program,
      options,
      profiles.map((profile) => ({ profile })),
    );
    for (const [i, profile] of profiles.entries()) {
      const alone = compileProgram(program, { ...options, profile });
      const text = (of: typeof alone) => JSON.stringify(planOf(of, { devices: [gpu] }));
      expect(text(together[i]!)).toBe(text(alone));
    }
    const [ofGpu, , ofAny] = together.map((c) => c.variants.map((v) => v.primitives));
    expect(ofAny!.every((p, i) => p === ofGpu![i])).toBe(true);
  });
});

describe('a Plan', () => {
  const dims = { in: 16, out: 16, b: 4 };
  it('of a session is for the class of its device, and without a device for all', async () => {
    const device = await testDevice();
    const own = await compile(oft, { dims, device });
    expect(own.plan('forward').classes.map((c) => c.name)).toEqual([classOf(device).name]);
    const reference = await compile(oft, { dims, device: 'cpu' });
    expect(reference.plan('forward').classes.map((c) => c.name)).toEqual(CLASSES.map((c) => c.name));
    await own.dispose();
  });

  it('has a kernel that classes share once, and none that no class runs', async () => {
    const session = await compile(oft, { dims, device: 'cpu' });
    const { kernels, classes } = session.plan('gradients');
    expect(new Set(kernels.map((k) => k.wgsl)).size).toBe(kernels.length);
    const used = new Set(
      classes.flatMap((c) =>
        c.variants.flatMap((v) =>
          v.steps.flatMap((s) => [s, ...(s.alternatives ?? [])].flatMap((w) => [w.kernel, w.first?.kernel])),
        ),
      ),
    );
    expect(kernels.every((_, i) => used.has(i))).toBe(true);
  });
});

describe('explain', () => {
  const explained = async (...more: string[]) =>
    oftc('explain', examples, '--dims', 'in=512,out=512,b=8', ...more);
  it('shows the kernels of a GPU, or those of the class that is named', async () => {
    expect((await explained()).stdout).toContain("Kernels are those of the class 'gpu'.");
    for (const { name } of CLASSES) {
      const { stdout } = await explained('--device', name, '--full');
      expect(stdout).toContain(`Kernels are those of the class '${name}'.`);
      const { device } = JSON.parse((await explained('--device', name, '--json')).stdout) as {
        device: string;
      };
      expect(device).toBe(name);
    }
  });
  it('refuses an unknown class, and names the known ones', async () => {
    const { exit, stderr } = await explained('--device', 'abacus');
    expect(exit).toBe(2);
    expect(stderr).toContain(CLASSES.map((c) => c.name).join(', '));
  });
});
