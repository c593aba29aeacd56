/** Predicts a training step's time on the example of a class, and says what the prediction counts. */
import type { DeviceClass, ExampleDevice } from '../../compiler/devices/index.ts';
import { predictKernel, predictPlan, traitsOfExample } from '../../kernels-gen/index.ts';
import type { DevicePlan, PlanKernel } from '../../runtime/plan.ts';
import { duration, short } from './units.ts';

/** The predicted time of a training step. It is computed, not measured. */
export interface ExplainedPrediction {
  /** The device that stands for the class, and its rates. */
  readonly on: ExampleDevice;
  readonly seconds: number;
  /** The seconds if no cache served a load. */
  readonly uncached: number;
}

export interface Predicted {
  readonly prediction: ExplainedPrediction;
  /** The seconds of each step, by its place in the Plan's variant. */
  readonly steps: ReadonlyMap<number, number>;
}

export function predictedOn({ example }: DeviceClass, plan: DevicePlan, tokens: number): Predicted {
  const of = predictPlan(plan, tokens, traitsOfExample(example), example);
  const steps = new Map<number, number>();
  for (const { step, seconds } of of.launches) steps.set(step, (steps.get(step) ?? 0) + seconds);
  return { prediction: { on: example, seconds: of.seconds, uncached: of.uncached }, steps };
}

/** The device's rates, and those that are missing. */
const ratesOf = ({ flops, bandwidth, onChip, launch }: ExampleDevice): string =>
  `${short(flops)}FLOP/s in f32, ${short(bandwidth)}B/s of memory, ${
    onChip === undefined
      ? 'an unknown rate of workgroup memory and caches, which is left out'
      : `${short(onChip)}B/s of workgroup memory and caches`
  }, ${duration(launch)} a launch`;

/** The assumptions of a prediction. */
export function assumptions(
  device: string,
  { on, seconds, uncached }: ExplainedPrediction,
): readonly string[] {
  const loads =
    'Loads: all loads and stores of all invocations, from workgroup memory and caches, none of them shared. ';
  return [
    `Predicted: ${duration(seconds)} on ${on.name}, which stands for the class '${device}': ${ratesOf(on)}. A kernel’s time is a launch and the longest of ${on.onChip === undefined ? 'two' : 'three'} times, each as if it had the device alone. Counts are those of the kernel’s loops. Operations: at the peak; a division counts as 4, an exponential as 8, f16 as f32. Memory: each element of a tensor moves once, as if caches served all further loads. ${on.onChip === undefined ? '' : loads}Without caches, the step takes ${duration(uncached)}. Not counted: how many workgroups run at once, latency, barriers, bank conflicts, the rate of subgroup matrices, and what one kernel leaves in a cache for the next.`,
  ];
}

/** The parts of a kernel's predicted time, one a line. */
export function kernelPrediction({ example }: DeviceClass, kernel: PlanKernel, tokens: number): string {
  const { work, parts, limit, seconds, uncached } = predictKernel(kernel, tokens, example);
  const all = Object.values(work.moved).reduce((a, b) => a + b, 0);
  const what = {
    operations: `${short(work.flops)}FLOP at ${short(example.flops)}FLOP/s`,
    memory: `${short(work.once)}B at ${short(example.bandwidth)}B/s, each element once`,
    loads: `${short(all)}B at ${short(example.onChip ?? 0)}B/s, all loads and stores`,
  };
  const lines = (['operations', 'memory', 'loads'] as const).map((part) => {
    const time = parts[part];
    if (time === undefined) return `${part}: unknown, because the rate is`;
    return `${part}: ${duration(time)}, ${what[part]}${part === limit ? ' (the longest)' : ''}`;
  });
  return [
    ...lines,
    `with a launch of ${duration(example.launch)}: ${duration(seconds)}, or ${duration(uncached)} if no cache helps`,
  ].join('\n');
}
