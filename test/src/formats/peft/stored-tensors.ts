import type { Adapter } from '../../../../src/formats/peft/adapter.ts';
import type { TensorData } from '../../../../src/formats/safetensors/index.ts';

/** The adapter's tensors as they are stored, for writing them again. */
export async function storedTensors({ tensors }: Pick<Adapter, 'tensors'>): Promise<TensorData[]> {
  const all: TensorData[] = [];
  for (const { name, dtype, shape } of tensors.tensors.values())
    all.push({ name, dtype, shape, data: await tensors.bytes(name) });
  return all;
}
