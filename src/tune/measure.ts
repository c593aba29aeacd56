/** Times one kernel's schedules on a device, by the device's clock if it has one, else by wall time. */
import type { Candidate } from '../../kernels-gen/tune/candidates.ts';
import { interval } from '../../kernels-gen/tune/statistics.ts';
import { Executable, OftcRuntimeError, type Plan, type PlanTensor } from '../../runtime/index.ts';
import { sized } from '../../runtime/schedule.ts';
import { values } from '../../runtime/verify.ts';
import { COPY_DST, COPY_SRC, STORAGE } from '../../runtime/webgpu-flags.ts';
import type { Opened } from './index.ts';

/** `timestamps`: the device times the kernel alone. `wall`: the host times repeated runs and submissions. */
export type Clock = 'timestamps' | 'wall';

export const clockOf = (device: GPUDevice): Clock =>
  device.features.has('timestamp-query') ? 'timestamps' : 'wall';

/** The seconds that a sample should last, so that the noise of clock and scheduler is a small part. */
const SAMPLE = 0.002;
const MOST_REPEATS = 16;

interface Placed {
  readonly executable: Executable;
  /** The number of runs in a sample. */
  readonly repeats: number;
}

/** One kernel's operands on a device, at the sizes for a number of tokens. */
export class Bench implements Opened {
  readonly #device: GPUDevice;
  readonly #clock: Clock;
  readonly #tokens: number;
  readonly #inputs: Readonly<Record<string, GPUBuffer>>;
  readonly #outputs: Readonly<Record<string, GPUBuffer>>;
  readonly #placed = new Map<Candidate, Placed | undefined>();

  private constructor(device: GPUDevice, tokens: number, inputs: Buffers, outputs: Buffers) {
    this.#device = device;
    this.#clock = clockOf(device);
    this.#tokens = tokens;
    this.#inputs = inputs;
    this.#outputs = outputs;
  }

  /** Makes the operands; undefined if the device has no room for them. */
  static async open(device: GPUDevice, { plan }: Candidate, tokens: number): Promise<Bench | undefined> {
    const bytes = (t: PlanTensor) => Math.ceil(Math.max(4, sized(plan, t, tokens).bytes) / 4) * 4;
    const { maxBufferSize, maxStorageBufferBindingSize } = device.limits;
    const most = Math.min(maxBufferSize, maxStorageBufferBindingSize);
    if ([...plan.inputs, ...plan.outputs].some((t) => bytes(t) > most)) return undefined;
    device.pushErrorScope('out-of-memory');
    const place = (tensors: readonly PlanTensor[]): Buffers =>
      Object.fromEntries(
        tensors.map((t) => [
          t.name,
          device.createBuffer({ size: bytes(t), usage: STORAGE | COPY_SRC | COPY_DST }),
        ]),
      );
    const [inputs, outputs] = [place(plan.inputs), place(plan.outputs)];
    const bench = new Bench(device, tokens, inputs, outputs);
    if ((await device.popErrorScope()) !== null) {
      bench.dispose();
      return undefined;
    }
    for (const [i, t] of plan.inputs.entries()) {
      const data = values(t.dtype, bytes(t) / (t.dtype === 'f16' ? 2 : 4), i);
      device.queue.writeBuffer(inputs[t.name]!, 0, data);
    }
    return bench;
  }

  /** Samples each candidate, in order; undefined for one that the device refuses. */
  readonly sample: Opened['sample'] = async (candidates) => {
    const times: (number | undefined)[] = [];
    for (const c of candidates) {
      if (!this.#placed.has(c)) this.#placed.set(c, await this.#place(c));
      const placed = this.#placed.get(c);
      times.push(placed && (await this.#run(placed)));
    }
    return times;
  };

  async #place({ plan }: Candidate): Promise<Placed | undefined> {
    try {
      const once = await this.#create(plan, 1);
      await this.#run(once);
      const seconds = await this.#run(once);
      const repeats = Math.min(MOST_REPEATS, Math.ceil(SAMPLE / Math.max(seconds, SAMPLE / MOST_REPEATS)));
      if (repeats === 1) return once;
      once.executable.dispose();
      return await this.#create(plan, repeats);
    } catch (error) {
      if (error instanceof OftcRuntimeError && REFUSED.has(error.code)) return undefined;
      throw error;
    }
  }

  async #create(plan: Plan, repeats: number): Promise<Placed> {
    const classes = plan.classes.map((c) => ({
      ...c,
      variants: c.variants.map((v) => ({
        ...v,
        steps: Array.from({ length: repeats }, () => v.steps).flat(),
      })),
    }));
    const profile = this.#clock === 'timestamps';
    return { executable: await Executable.create(this.#device, { ...plan, classes }, { profile }), repeats };
  }

  /** The seconds of one run: the median of the repeats by the device's clock, or their mean by wall time. */
  async #run({ executable, repeats }: Placed): Promise<number> {
    const start = performance.now();
    const result = executable.run(this.#tokens, this.#inputs, this.#outputs);
    try {
      if (this.#clock === 'wall') {
        await result.done();
        return (performance.now() - start) / 1e3 / repeats;
      }
      const steps = await result.profile();
      const of = steps.length / repeats;
      const runs = Array.from({ length: repeats }, (_, i) =>
        steps.slice(i * of, (i + 1) * of).reduce((sum, s) => sum + s.ns, 0),
      );
      // A coarse clock may measure a time of 0.
      return Math.max(1, interval(runs).median) / 1e9;
    } finally {
      result.destroy();
    }
  }

  dispose(): void {
    for (const placed of this.#placed.values()) placed?.executable.dispose();
    for (const b of [...Object.values(this.#inputs), ...Object.values(this.#outputs)]) b.destroy();
  }
}

type Buffers = Readonly<Record<string, GPUBuffer>>;

/** Errors by which a device refuses one schedule and not the kernel. */
const REFUSED: ReadonlySet<string> = new Set([
  'LimitExceeded',
  'ShaderError',
  'KernelMismatch',
  'OutOfMemory',
]);
