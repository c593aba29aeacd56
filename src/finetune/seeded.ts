/** Makes the tensors of an adapter that follow from a seed, which its file does not store. */
import { isSeeded } from '../../compiler/ir/init.ts';
import type { HostTensor } from '../session/tensors.ts';
import { checkStarts } from '../start/initialise.ts';
import { Decompositions, startValues } from '../start/values.ts';
import { GIVEN } from './models/adapted.ts';
import { type TargetModule, tensorPath } from './start.ts';

/** The seeded tensors of an adapter's modules, by path. */
export function seededOf(sites: readonly TargetModule[]): Map<string, HostTensor> {
  const all = new Map<string, HostTensor>();
  const none = () => 0;
  for (const { module, adapted } of sites)
    for (const input of adapted.own) {
      if (!isSeeded(input.init)) continue;
      const starting = checkStarts(adapted.program, {}, GIVEN).find((s) => s.input.name === input.name)!;
      const values = startValues(starting, none, {}, new Decompositions([]));
      const data = input.type.dtype === 'i32' ? Int32Array.from(values) : Float32Array.from(values);
      all.set(tensorPath(module, input), { data, shape: starting.shape });
    }
  return all;
}
