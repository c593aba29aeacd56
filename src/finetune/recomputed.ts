/** Frozen tensors that PEFT computes from a weight whenever it loads an adapter, and does not store. */

import type { ModelShape } from '../formats/config/model-config.ts';
import { inFile } from '../formats/peft/in-file.ts';
import type { LayerName } from '../formats/peft/layers.ts';
import type { HostTensor } from '../session/tensors.ts';
import { shapeOf } from './models/linear-layers.ts';
import { startOf, type TargetModule } from './start.ts';

/**
 * Adds the tensors that PEFT computes from the weight, where the layer has such. `starts` makes the layer's starts by path,
 * beside the tensors that are given.
 */
export async function addRecomputed(
  layer: LayerName,
  values: Map<string, HostTensor>,
  starts: (given: ReadonlyMap<string, HostTensor>) => Promise<ReadonlyMap<string, HostTensor>>,
): Promise<void> {
  const { recomputed: names } = inFile(layer);
  if (!names) return;
  for (const [path, tensor] of await starts(values))
    if (names.includes(path.slice(path.lastIndexOf('.') + 1))) values.set(path, tensor);
}

/** The starts of an adapter on a model of texts, of whose weights `weight` reads the values by name. */
export const startsOn =
  (
    config: ModelShape,
    sites: readonly TargetModule[],
    weight: (name: string) => Promise<Float32Array>,
  ): ((given: ReadonlyMap<string, HostTensor>) => Promise<ReadonlyMap<string, HostTensor>>) =>
  (given) => {
    const shapes = new Map(sites.map(({ module, target }) => [`${module}.weight`, shapeOf(config, target)]));
    const read = async (name: string) => ({ data: await weight(name), shape: shapes.get(name)! });
    return startOf(config, sites, { read }, 0, given);
  };
