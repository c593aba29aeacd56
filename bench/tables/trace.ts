/**
 * Traces training steps of the random model: the time that each kernel takes on the device, and the time that no kernel takes.
 * Every launch has a pass of its own, so that the device can take its time.
 */
import { type DevicePlan, Executable, type StepProfile } from '../../runtime/index.ts';
import { lora } from '../../src/adapters/lora.ts';
import { oft } from '../../src/adapters/oft.ts';
import type { AdapterChoice } from '../../src/finetune/blocks.ts';
import { quantisedAs } from '../../src/finetune/quantised.ts';
import { Allocations } from '../allocations.ts';
import { randomBatch, randomModel, trainedModel } from '../models.ts';
import type { Setting, Table } from '../table.ts';
import { printTable } from '../terminal.ts';
import { BLOCK, RANK } from './layers.ts';
import { CONFIG, LENGTH, RANDOM, SEQUENCES } from './model.ts';

const OFT = { source: oft, dims: { b: BLOCK } };
const LORA = { source: lora, dims: { r: RANK } };
const FORMAT = 'nf4-double';

const KINDS: Readonly<
  Record<string, { readonly adapter: Omit<AdapterChoice, 'tensors'>; readonly quantised?: boolean }>
> = {
  [`OFTv2 b=${BLOCK}`]: { adapter: OFT },
  [`LoRA r=${RANK}`]: { adapter: LORA },
  [`QOFT b=${BLOCK}`]: { adapter: OFT, quantised: true },
  [`QLoRA r=${RANK}`]: { adapter: LORA, quantised: true },
};

/** The sums over the launches of one kernel in a step. */
interface KernelTime {
  readonly plan: string;
  readonly kernel: string;
  readonly label: string;
  readonly launches: number;
  readonly seconds: number;
  readonly flops: number;
  readonly bytes: number;
}

interface Traced {
  readonly wallSeconds: number;
  readonly deviceSeconds: number;
  readonly launches: number;
  /** The slowest kernel first. */
  readonly kernels: readonly KernelTime[];
}

/** The kernels printed. The report has all. */
const SHOWN = 15;

export const trace: Table = {
  plans: () => ({}),
  async measure({ device, rounds }: Setting) {
    const profiles: { readonly plan: string; readonly steps: Promise<readonly StepProfile[]> }[] = [];
    const restore = profiling((plan, steps) => profiles.push({ plan, steps }));
    const figures: Record<string, Traced> = {};
    try {
      const plain = randomModel(RANDOM, CONFIG);
      const inFormat = { ...plain, weights: quantisedAs(plain.weights, CONFIG, FORMAT) };
      for (const [name, { adapter, quantised }] of Object.entries(KINDS)) {
        const base = quantised ? inFormat : plain;
        const batch = randomBatch(CONFIG, SEQUENCES, LENGTH);
        const model = await trainedModel(device, new Allocations(device), name, { base, adapter, batch });
        await model.run(1);
        profiles.length = 0;
        const start = performance.now();
        for (let n = 0; n < rounds; n++) await model.run(1);
        const wall = (performance.now() - start) / 1000 / rounds;
        const launches = await Promise.all(
          profiles.map(async ({ plan, steps }) => (await steps).map((s) => ({ plan, ...s }))),
        );
        figures[name] = summed(launches.flat(), rounds, wall);
        model.dispose();
      }
    } finally {
      restore();
    }
    for (const [name, traced] of Object.entries(figures)) print(name, traced);
    return { figures: { model: RANDOM, config: CONFIG, traced: figures }, charts: [], once: true };
  },
};

/** Lets every Executable take device times, and tells each run. Returns a function that ends it. */
function profiling(see: (plan: string, steps: Promise<readonly StepProfile[]>) => void): () => void {
  const { create } = Executable;
  // The Plans of a block have one name.
  const numbers = new Map<DevicePlan, number>();
  const nameOf = (plan: DevicePlan) => {
    if (!numbers.has(plan)) numbers.set(plan, numbers.size + 1);
    return `${plan.name} (${numbers.get(plan)})`;
  };
  const { run } = Executable.prototype;
  Executable.create = (device, plan, options = {}) =>
    create.call(Executable, device, plan, { ...options, profile: true });
  Executable.prototype.run = function (...given) {
    const result = run.apply(this, given);
    const steps = result.profile();
    // The times are read before their buffer goes.
    const destroy = result.destroy.bind(result);
    result.destroy = () => void steps.finally(destroy);
    see(nameOf(this.plan), steps);
    return result;
  };
  return () => {
    Executable.create = create;
    Executable.prototype.run = run;
  };
}

function summed(
  launches: readonly (StepProfile & { readonly plan: string })[],
  rounds: number,
  wallSeconds: number,
): Traced {
  const kernels = new Map<string, KernelTime>();
  for (const { plan, kernel, label, ns, flops, bytes } of launches) {
    const key = `${plan} ${kernel}`;
    const old = kernels.get(key) ?? { plan, kernel, label, launches: 0, seconds: 0, flops: 0, bytes: 0 };
    kernels.set(key, {
      ...old,
      launches: old.launches + 1 / rounds,
      seconds: old.seconds + ns / 1e9 / rounds,
      flops: old.flops + flops / rounds,
      bytes: old.bytes + bytes / rounds,
    });
  }
  const all = [...kernels.values()].sort((a, b) => b.seconds - a.seconds);
  return {
    wallSeconds,
    deviceSeconds: all.reduce((sum, k) => sum + k.seconds, 0),
    launches: launches.length / rounds,
    kernels: all,
  };
}

function print(name: string, { wallSeconds, deviceSeconds, launches, kernels }: Traced): void {
  const ms = (s: number) => `${(s * 1000).toFixed(1)} ms`;
  console.log(
    `a step of ${name}: ${ms(wallSeconds)}, of it ${ms(deviceSeconds)} in ${Math.round(launches)} launches`,
  );
  printTable(
    ['kernel', 'of', 'launches', 'device', 'share', 'GFLOP/s', 'GB/s'],
    kernels
      .slice(0, SHOWN)
      .map((k) => [
        k.kernel,
        `${k.plan}: ${k.label.slice(0, 40)}`,
        `${Math.round(k.launches)}`,
        ms(k.seconds),
        `${((100 * k.seconds) / deviceSeconds).toFixed(1)} %`,
        (k.flops / k.seconds / 1e9).toFixed(1),
        (k.bytes / k.seconds / 1e9).toFixed(2),
      ]),
  );
}
