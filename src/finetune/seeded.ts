/** Makes the tensors of adapters that follow from a seed. Layers of one size share them, and no file stores them. */
import { isSeeded } from '../../compiler/ir/init.ts';
import type { HostArray, HostTensor } from '../session/tensors.ts';
import { checkStarts } from '../start/initialise.ts';
import { Decompositions, type Starting, startValues } from '../start/values.ts';
import { type Adapted, GIVEN } from './models/adapted.ts';

const shared = new WeakSet<HostArray>();

/** Marks the data of a frozen tensor that several layers share, so that a device holds it once. */
export function share(tensor: HostTensor): HostTensor {
  shared.add(tensor.data);
  return tensor;
}

/** Whether several layers may share the data, which never change. */
export const isShared = (data: HostArray): boolean => shared.has(data);

/** The seeded tensors of layers, each made once for all layers of its size. */
export class Seeded {
  readonly #made = new Map<string, HostTensor>();

  /** Those among a layer's tensors, by name. */
  of({ program, own }: Adapted): Record<string, HostTensor> {
    const seeded = own.filter(({ init }) => isSeeded(init)).map((i) => i.name);
    if (seeded.length === 0) return {};
    const starting = checkStarts(program, {}, GIVEN).filter(({ input }) => seeded.includes(input.name));
    return Object.fromEntries(starting.map((s): [string, HostTensor] => [s.input.name, this.#tensor(s)]));
  }

  #tensor(starting: Starting): HostTensor {
    const { input, init, shape, matrix } = starting;
    const key = JSON.stringify([input.name, init, shape, matrix]);
    const made = this.#made.get(key);
    if (made) return made;
    const values = startValues(starting, () => 0, {}, new Decompositions([]));
    const data = input.type.dtype === 'i32' ? Int32Array.from(values) : Float32Array.from(values);
    const tensor = share({ data, shape });
    this.#made.set(key, tensor);
    return tensor;
  }
}
