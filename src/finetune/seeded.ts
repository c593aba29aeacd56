/** Makes the tensors of an adapter that follow from a seed, which its file does not store. */
import { evalDim } from '../../compiler/dims/dims.ts';
import { isSeeded } from '../../compiler/ir/init.ts';
import type { HostTensor } from '../session/tensors.ts';
import { Decompositions, startValues } from '../start/values.ts';
import { type TargetModule, tensorPath } from './start.ts';

/** The seeded tensors of an adapter's modules, by path. */
export function seededOf(sites: readonly TargetModule[]): Map<string, HostTensor> {
  const all = new Map<string, HostTensor>();
  const none = () => 0;
  for (const { module, adapted } of sites)
    for (const input of adapted.own) {
      const { init } = input;
      if (init === undefined || !isSeeded(init)) continue;
      const shape = input.type.shape.map((d) => evalDim(d, {}));
      const values = startValues({ input, init, shape }, none, {}, new Decompositions([]));
      all.set(tensorPath(module, input), { data: Float32Array.from(values), shape });
    }
  return all;
}
