import type { Allocation, Memory } from './memory.ts';
import { evalExtent, type Tuned } from './plan.ts';
import type { SizedPlan } from './schedule.ts';
import { COPY_SRC, QUERY_RESOLVE } from './webgpu-flags.ts';

/** One executed step: device nanoseconds, floating-point operations and bytes moved. */
export interface StepProfile {
  /** The step's place among the steps of the Plan's variant. */
  readonly step: number;
  readonly tokens: number;
  readonly label: string;
  readonly kernel: string;
  /** The start by the device's clock, whose zero is the device's own. */
  readonly startNs: number;
  readonly ns: number;
  readonly flops: number;
  readonly bytes: number;
  /** The tuned schedule that the step ran; absent where measuring did not choose it. */
  readonly tuned?: Tuned;
}

/** WebGPU's largest query set (§20.1) holds 4,096 queries: begin and end of 2,048 steps. */
const STEPS_PER_SET = 2048;

/** The bytes of a run's timestamps: two of 64 bits a step. */
export const profileBytes = (s: SizedPlan): number => Math.max(16, s.steps.length * 16);

/** Takes timestamps around every step of one run. */
export class Profiler {
  readonly #memory: Memory;
  readonly #sizedPlan: SizedPlan;
  readonly #sets: readonly GPUQuerySet[];
  readonly #resolved: Allocation;

  constructor(memory: Memory, sizedPlan: SizedPlan) {
    const steps = sizedPlan.steps.length;
    this.#memory = memory;
    this.#sizedPlan = sizedPlan;
    this.#sets = Array.from({ length: Math.ceil(steps / STEPS_PER_SET) }, (_, i) =>
      memory.watch.device.createQuerySet({
        type: 'timestamp',
        count: 2 * Math.min(STEPS_PER_SET, steps - i * STEPS_PER_SET),
      }),
    );
    this.#resolved = memory.allocate(
      'overhead',
      'timestamps',
      profileBytes(sizedPlan),
      QUERY_RESOLVE | COPY_SRC,
    );
  }

  /** The descriptor of the pass that holds step i alone. */
  pass(i: number): GPUComputePassDescriptor {
    const query = 2 * (i % STEPS_PER_SET);
    return {
      timestampWrites: {
        querySet: this.#sets[Math.floor(i / STEPS_PER_SET)]!,
        beginningOfPassWriteIndex: query,
        endOfPassWriteIndex: query + 1,
      },
    };
  }

  resolve(encoder: GPUCommandEncoder): void {
    for (const [i, set] of this.#sets.entries()) {
      encoder.resolveQuerySet(set, 0, set.count, this.#resolved.buffer, i * STEPS_PER_SET * 16);
    }
  }

  async read(): Promise<StepProfile[]> {
    const { steps, tokens } = this.#sizedPlan;
    if (steps.length === 0) return [];
    const times = new BigUint64Array(
      await this.#memory.read(this.#resolved.buffer, steps.length * 16, 'timestamps'),
    );
    return steps.map(({ step, index, kernel }, i) => ({
      step: index,
      tokens,
      label: step.label,
      kernel: kernel.name,
      startNs: Number(times[2 * i]!),
      ns: Math.max(0, Number(times[2 * i + 1]! - times[2 * i]!)),
      flops: evalExtent(step.flops, tokens),
      bytes: evalExtent(step.bytes, tokens),
      ...(step.tuned ? { tuned: step.tuned } : {}),
    }));
  }

  destroy(): void {
    for (const set of this.#sets) set.destroy();
    this.#memory.free(this.#resolved);
  }
}
