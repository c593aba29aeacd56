/** Reads the tensors of a PEFT adapter's file, by the paths under which an adapter on a model has them. */
import { type Adapter, indicesOf } from '../formats/peft/adapter.ts';
import { inFile } from '../formats/peft/in-file.ts';
import { tracedOnce } from '../formats/peft/layers.ts';
import type { HostTensor } from '../session/tensors.ts';
import { sharedReader } from './peft-projections.ts';
import { tensorPath } from './start.ts';

/** Reads the tensors that the file has, those that modules share among them. Throws SafetensorsError and InvalidAdapter. */
export async function storedValues(adapter: Adapter): Promise<Map<string, HostTensor>> {
  const { tensors: store } = adapter;
  const all = new Map<string, HostTensor>();
  const shared = sharedReader(adapter);
  const programOnce = tracedOnce();
  const sorted = new WeakMap<HostTensor, Sorted>();
  for (const { path, layer, config, tensors, parts } of adapter.modules.values()) {
    const { inputs } = programOnce(layer, config);
    const values: Record<string, HostTensor> = {};
    for (const { name, type } of inputs) {
      const [stored, part] = [tensors[name], parts?.[name]];
      if (part) values[name] = await shared(part);
      if (stored === undefined) continue;
      const { shape } = store.tensors.get(stored)!;
      const data = type.dtype === 'i32' ? await indicesOf(store, stored) : await store.f32(stored);
      values[name] = { data, shape };
    }
    const { unsorted } = inFile(layer);
    if (unsorted && values[unsorted.positions]) {
      const positions = values[unsorted.positions]!;
      const { order, tensor } = sorted.get(positions) ?? inRowMajorOrder(positions);
      sorted.set(positions, { order, tensor });
      values[unsorted.positions] = tensor;
      const { data, shape } = values[unsorted.values]!;
      values[unsorted.values] = { data: Float32Array.from(order, (k) => data[k]!), shape };
    }
    for (const i of inputs) if (values[i.name]) all.set(tensorPath(path, i), values[i.name]!);
  }
  return all;
}

interface Sorted {
  /** The former place of each position. */
  readonly order: Uint32Array;
  readonly tensor: HostTensor;
}

/** Sorts positions (2, k) by row, then by column. */
function inRowMajorOrder({ data, shape }: HostTensor): Sorted {
  const count = shape[1]!;
  const order = Uint32Array.from({ length: count }, (_, k) => k).sort(
    (a, b) => data[a]! - data[b]! || data[count + a]! - data[count + b]!,
  );
  const at = (k: number) => (k < count ? data[order[k]!]! : data[count + order[k - count]!]!);
  return { order, tensor: { data: Int32Array.from({ length: 2 * count }, (_, k) => at(k)), shape } };
}
