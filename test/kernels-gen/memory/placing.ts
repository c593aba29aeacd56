import type { Prim } from '../../../compiler/primitives/prim.ts';
import { buffersFor, type Placement, placementOf } from '../../../kernels-gen/memory/buffers.ts';
import { type Access, Traffic } from '../../../kernels-gen/memory/traffic.ts';

/** Places tensors in buffers for steps that run in the given order. */
export function placeTensors(
  steps: readonly Access[],
  outputs: ReadonlyMap<Prim, string>,
  tokens: number,
): Placement {
  const traffic = new Traffic(steps, outputs, tokens);
  const order = steps.map((_, i) => i);
  return placementOf(traffic, order, buffersFor(traffic, order, Infinity)!);
}
