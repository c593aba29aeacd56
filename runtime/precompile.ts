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

  /** Compiles kernels of a Plan, the last one first, and before all that wait. An error is left to their first run. */
  add(plan: DevicePlan, kernels: readonly number[]): void {
    if (this.#closed) return;
    this.#waiting.push(...kernels.map((index) => ({ plan, index })));
    if (this.#work || this.#waiting.length < FEWEST) return;
    this.#work = this.#compile()
      .catch(() => undefined)
      .finally(() => {
        this.#work = undefined;
      });
  }

  /** Resolves when no second device is open. */
  async idle(): Promise<void> {
    await this.#work;
  }

  /** Leaves out the kernels that still wait. The device closes when it has compiled the kernel at hand. */
  close(): void {
    this.#closed = true;
    this.#waiting.length = 0;
  }

  async #compile(): Promise<void> {
    const device = await this.#open();
    try {
      for (let next = this.#waiting.pop(); next !== undefined; next = this.#waiting.pop())
        await dispatched(device, next);
    } finally {
      device.destroy();
    }
  }
}

/** Dispatches one workgroup of a kernel on buffers of zeros. */
async function dispatched(device: GPUDevice, { plan, index }: Kernel): Promise<void> {
  const watch = watchDevice(device);
  const [pipeline] = await compileKernels(watch, plan, [index]);
  const { name, bindings, uniforms } = plan.kernels[index]!;
  const usages = [...bindings.map(() => STORAGE), ...(uniforms.length > 0 ? [UNIFORM] : [])];
  const { value: buffers, error } = scoped(watch, `kernel '${name}'`, () => {
    const made = usages.map((usage) => device.createBuffer({ size: BYTES, usage }));
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline!);
    const entries = made.map((buffer, binding) => ({ binding, resource: { buffer } }));
    pass.setBindGroup(0, device.createBindGroup({ layout: pipeline!.getBindGroupLayout(0), entries }));
    pass.dispatchWorkgroups(1);
    pass.end();
    device.queue.submit([encoder.finish()]);
    return made;
  });
  await watch.orLost(device.queue.onSubmittedWorkDone());
  await error;
  for (const buffer of buffers) buffer.destroy();
}
