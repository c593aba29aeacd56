/** The Plans of calls for one class of devices. */
import type { DeviceClass } from '../../../compiler/devices/index.ts';
import { STRATEGIES, type Strategy } from '../../../kernels-gen/index.ts';
import type { Plan } from '../../../runtime/plan.ts';
import { type Compiled, compileFor, planOfEach } from '../../../src/session/plan.ts';
import { storagesOf } from '../../../src/session/quantized.ts';
import type { Call } from '../calls.ts';

export interface PlanOfCall {
  readonly compiled: Compiled;
  readonly plan: Plan;
  /** The name of the Plan's class: the device's, or the forced strategy. */
  readonly name: string;
}

/**
 * The strategy of a call: for half of them the class's own choice, for the others one that the class has. Its own choice
 * seldom takes one for small sizes.
 */
export function strategyOf({ strategies }: DeviceClass, { seed }: Call): Strategy | undefined {
  const own = STRATEGIES.filter((s) => strategies.includes(s));
  const n = Math.floor(seed / 2) % Math.max(1, own.length);
  return seed % 2 === 0 ? undefined : own[n];
}

export function compiledFor(device: DeviceClass, call: Call, strategy: Strategy | undefined): PlanOfCall {
  const { program, gradients, objective, activations, quantized } = call;
  const stored = storagesOf(program.bound, quantized);
  const [compiled] = compileFor([device], program.bound, { gradients, objective, activations, stored });
  const plan = planOfEach([compiled!], strategy ? { strategy } : {});
  return { compiled: compiled!, plan, name: plan.classes[0]!.name };
}
