/**
 * Compiles kernels to machine code before they run, on a second device. Some drivers compile a kernel when it is first
 * dispatched, on one thread a device, and keep the code where all devices find it. There, two devices compile at once:
 * one as it runs the kernels in order, the other from the last kernel towards the first.
 */
import { watchDevice } from './device-loss.ts';
import { scoped } from './error-scope.ts';
import { compileKernels } from './pipelines.ts';
import type { DevicePlan } from './plan.ts';
import { STORAGE, UNIFORM } from './webgpu-flags.ts';

/** The fewest kernels that take longer to compile than a second device takes to open. */
const FEWEST = 8;
/** The most kernels that the second device has at a time: it goes on with them while the caller keeps the thread busy. */
const AHEAD = 8;
/** The bytes of each buffer that a kernel is dispatched on. All are zero. */
const BYTES = 256;

interface Kernel {
  readonly plan: DevicePlan;
  readonly index: number;
}

export class Precompiler {
  readonly #open: () => Promise<GPUDevice>;
  /** The kernels to compile, the next one last. */
  readonly #waiting: Kernel[] = [];
  /** The work on the second device, while one is open. */
  #work: Promise<void> | undefined;
  #closed = false;

  /** `open` opens the second device. It is called once there are kernels to compile. */
  constructor(open: () => Promise<GPUDevice>) {
    this.#open = open;
  }

  /**
   * Compiles kernels of a Plan, the last one first, and before all that wait. Resolves when the second device has as many
   * as it takes at a time. An error is left to the kernels' first run.
   */
  async add(plan: DevicePlan, kernels: readonly number[]): Promise<void> {
    if (this.#closed) return;
    this.#waiting.push(...kernels.map((index) => ({ plan, index })));
    if (this.#work || this.#waiting.length < FEWEST) return;
    await new Promise<void>((started) => {
      this.#work = this.#compile(started)
        .catch(() => undefined)
        .finally(() => {
          this.#work = undefined;
          started();
        });
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
    const device = await this.#open();
    const running = new Set<Promise<void>>();
    const submitted: Promise<void>[] = [];
    try {
      for (let next = this.#waiting.pop(); next !== undefined; next = this.#waiting.pop()) {
        const { taken, done } = dispatched(device, next);
        submitted.push(taken);
        running.add(done);
        void done.then(
          () => running.delete(done),
          () => undefined,
        );
        if (running.size < AHEAD) continue;
        if (submitted.length === AHEAD) void Promise.all(submitted).then(started);
        await Promise.race(running);
      }
      await Promise.all(running);
    } finally {
      device.destroy();
    }
  }
}

/** Dispatches one workgroup of a kernel on buffers of zeros. `taken` resolves when the device has it. */
function dispatched(
  device: GPUDevice,
  { plan, index }: Kernel,
): { readonly taken: Promise<void>; readonly done: Promise<void> } {
  const watch = watchDevice(device);
  const { name, bindings, uniforms } = plan.kernels[index]!;
  const usages = [...bindings.map(() => STORAGE), ...(uniforms.length > 0 ? [UNIFORM] : [])];
  const submitted = compileKernels(watch, plan, [index]).then(([pipeline]) =>
    scoped(watch, `kernel '${name}'`, () => {
      const buffers = usages.map((usage) => device.createBuffer({ size: BYTES, usage }));
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline!);
      const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
      pass.setBindGroup(0, device.createBindGroup({ layout: pipeline!.getBindGroupLayout(0), entries }));
      pass.dispatchWorkgroups(1);
      pass.end();
      device.queue.submit([encoder.finish()]);
      return { buffers, done: device.queue.onSubmittedWorkDone() };
    }),
  );
  const done = submitted.then(async ({ value: { buffers, done: run }, error }) => {
    await watch.orLost(run);
    await error;
    for (const buffer of buffers) buffer.destroy();
  });
  const ignored = () => undefined;
  return { taken: submitted.then(ignored, ignored), done };
}
