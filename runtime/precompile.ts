/**
 * Compiles kernels to machine code before they run, on a second device. Some drivers compile a kernel when it is first
 * dispatched, on one thread a device, and keep the code where all devices find it. There, two devices compile at once:
 * one as it runs the kernels in order, the other from the last kernel towards the first.
 */
import { watchDevice } from './device-loss.ts';
import { scoped } from './error-scope.ts';
import { compileKernels } from './pipelines.ts';
import type { DevicePlan, PlanKernel } from './plan.ts';
import { STORAGE, UNIFORM } from './webgpu-flags.ts';

/** The bytes of each buffer that a kernel is dispatched on. All are zero. */
const BYTES = 256;

interface Kernel {
  readonly plan: DevicePlan;
  readonly index: number;
}

/** Limits of compiling on a second device, as a class of devices states them. */
export interface Limits {
  /** The fewest kernels of a call for which a second device opens. */
  readonly fewest: number;
  /** The number of kernels that the second device has at a time. */
  readonly ahead: number;
}

export class Precompiler {
  readonly #open: () => Promise<GPUDevice>;
  readonly #limits: Limits;
  /** The kernels to compile, the next one last. */
  readonly #waiting: Kernel[] = [];
  /** The code of all kernels that were added. */
  readonly #known = new Set<string>();
  /** The work on the second device, while one is open. */
  #work: Promise<void> | undefined;
  #closed = false;

  /** The precompiler calls `open` each time that kernels wait and no second device is open. */
  constructor(open: () => Promise<GPUDevice>, limits: Limits) {
    this.#open = open;
    this.#limits = limits;
  }

  /**
   * Compiles kernels of a Plan, the last one first, and before all that wait. Resolves when the second device has its first
   * ones; at once where it is open already, and for few kernels, which are left to their first run. An error is left to
   * that run, too: the precompiler closes.
   */
  async add(plan: DevicePlan, kernels: readonly number[]): Promise<void> {
    const fresh = kernels.filter((k) => !this.#known.has(plan.kernels[k]!.wgsl));
    if (this.#closed || fresh.length < this.#limits.fewest) return;
    for (const index of fresh) {
      const { wgsl } = plan.kernels[index]!;
      if (!this.#known.has(wgsl)) this.#waiting.push({ plan, index });
      this.#known.add(wgsl);
    }
    if (this.#work) return;
    await new Promise<void>((started) => {
      this.#work = this.#compile(started).catch(() => this.close());
      void this.#work.then(started);
    });
  }

  /** Resolves when no second device is open. */
  async idle(): Promise<void> {
    await this.#work;
  }

  /** Leaves out the kernels that still wait. The device closes when it has compiled those that it has. */
  close(): void {
    this.#closed = true;
    this.#waiting.length = 0;
  }

  /** Compiles all kernels that wait, and calls `started` once the device has its first ones. */
  async #compile(started: () => void): Promise<void> {
    let device: GPUDevice | undefined;
    try {
      device = await this.#open();
      while (this.#waiting.length > 0) {
        const some = this.#waiting.splice(-this.#limits.ahead).toReversed();
        const done = dispatched(device, await Promise.all(some.map((k) => preparedFor(device!, k))));
        started();
        await done;
      }
    } finally {
      this.#work = undefined;
      device?.destroy();
    }
  }
}

interface Prepared {
  readonly kernel: PlanKernel;
  readonly pipeline: GPUComputePipeline;
}

async function preparedFor(device: GPUDevice, { plan, index }: Kernel): Promise<Prepared> {
  const [pipeline] = await compileKernels(watchDevice(device), plan, [index]);
  return { kernel: plan.kernels[index]!, pipeline: pipeline! };
}

/** Dispatches one workgroup of each kernel on buffers of zeros. Resolves when they have run. */
async function dispatched(device: GPUDevice, kernels: readonly Prepared[]): Promise<void> {
  const watch = watchDevice(device);
  const { value: buffers, error } = scoped(watch, 'kernels to compile', () => {
    const made: GPUBuffer[] = [];
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (const { kernel, pipeline } of kernels) {
      const usages = [
        ...kernel.bindings.map(() => STORAGE),
        ...(kernel.uniforms.length > 0 ? [UNIFORM] : []),
      ];
      const bound = usages.map((usage) => device.createBuffer({ size: BYTES, usage }));
      const entries = bound.map((buffer, binding) => ({ binding, resource: { buffer } }));
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
      pass.dispatchWorkgroups(1);
      made.push(...bound);
    }
    pass.end();
    device.queue.submit([encoder.finish()]);
    return made;
  });
  await watch.orLost(device.queue.onSubmittedWorkDone());
  await error;
  for (const buffer of buffers) buffer.destroy();
}
