/** Work on a device that is tried again and again: runs of a session, of a built module's Executable, training steps. */
import { Executable } from '../../runtime/index.ts';
import { oft } from '../../src/adapters/oft.ts';
import { choiceOf } from '../../src/finetune/adapter-choice.ts';
import { nextTokens, packed } from '../../src/finetune/batch.ts';
import { WebGpuEngine } from '../../src/finetune/loop/webgpu.ts';
import { methodOf } from '../../src/finetune/methods.ts';
import { Model } from '../../src/finetune/model-run.ts';
import { weightsFrom } from '../../src/finetune/models/from-files.ts';
import type { Target } from '../../src/finetune/models/linear-layers.ts';
import { openModel } from '../../src/finetune/models/open.ts';
import { sitesOf, startOf } from '../../src/finetune/start.ts';
import { compile } from '../../src/index.ts';
import { inMemory } from '../../src/plans/memory.ts';
import { twoStep } from '../runtime/plans.ts';
import { MODEL } from '../src/finetune/tiny.ts';

export interface Work {
  /** Does all of the work, and returns what it computes. */
  all(): Promise<unknown>;
  dispose(): Promise<void>;
}

const plans = inMemory(undefined);
const wave = (n: number) => Float32Array.from({ length: n }, (_, i) => Math.cos(i));

/** Runs, gradients and merges of a session. */
async function session(device: GPUDevice): Promise<Work> {
  const opened = await compile(oft, { device, dims: { in: 8, out: 4, b: 4 }, plans });
  const values = async (outputs: ReturnType<typeof opened.run>) => {
    const o = await outputs;
    try {
      return await o.readAll();
    } finally {
      o.destroy();
    }
  };
  return {
    all: async () => {
      opened.bind({ W: wave(32), 'v.0': wave(12) });
      const forward = await values(opened.run({ x: wave(16) }));
      const gradients = await values(opened.gradients({ x: wave(24) }, { y: wave(12) }));
      const merged = await opened.merge();
      try {
        return [forward, gradients, await values(merged.run({ x: wave(16) }))];
      } finally {
        await merged.dispose();
      }
    },
    dispose: () => opened.dispose(),
  };
}

/** Runs of a Plan of several kernels, as built modules run it. */
async function executable(device: GPUDevice): Promise<Work> {
  const made = await Executable.create(device, twoStep);
  return {
    all: async () => {
      const result = made.run(300, { x: wave(300) });
      try {
        return await result.readAll();
      } finally {
        result.destroy();
      }
    },
    dispose: async () => made.dispose(),
  };
}

/** Runs of which the second reads a result of the first, and alone is read. */
async function chained(device: GPUDevice): Promise<Work> {
  const [first, second] = [
    await Executable.create(device, twoStep),
    await Executable.create(device, twoStep),
  ];
  return {
    all: async () => {
      const before = first.run(300, { x: wave(300) });
      const after = second.run(300, { x: before.outputs.z! });
      try {
        return await after.readAll();
      } finally {
        before.destroy();
        after.destroy();
      }
    },
    dispose: async () => {
      first.dispose();
      second.dispose();
    },
  };
}

/** Training steps of two batches, with the state that a checkpoint takes, from the start of a model each time. */
async function training(device: GPUDevice): Promise<Work> {
  const files = await openModel(MODEL);
  let engine: WebGpuEngine | undefined;
  const dispose = async () => {
    await engine?.dispose();
    await files.close();
  };
  try {
    const method = methodOf('oft', { b: '4' }, undefined);
    const targets: Target[] = ['q'];
    const sites = sitesOf(files.config, { ...method, targets });
    const weights = weightsFrom(files);
    const start = await startOf(files.config, sites, weights, 0);
    const adapter = choiceOf(method, targets, start, '');
    const own = new WebGpuEngine(await Model.open({ config: files.config, weights, adapter, device, plans }));
    engine = own;
    const batches = [0, 1].map((n) => packed([nextTokens([n, 1, 2, 3 + n])], files.config));
    await own.compile({ betas: [0.9, 0.999], decay: 0, sizes: [] });
    const first = await own.state();
    return {
      all: async () => {
        await own.restore({ step: 0, ...first });
        const step = (n: number) =>
          own.step((k) => batches[k]!, { accumulate: 2, rate: 1e-2, clip: 1, step: n });
        return [await step(1), await step(2), await own.state()];
      },
      dispose,
    };
  } catch (failed) {
    await dispose();
    throw failed;
  }
}

export const WORKS: Readonly<Record<string, (device: GPUDevice) => Promise<Work>>> = {
  'a session': session,
  'an Executable': executable,
  'runs that read another': chained,
  'training steps': training,
};
