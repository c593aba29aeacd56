/** Quantises the projections of a plain checkpoint as they are read. */
import { OftcError } from '../../compiler/errors/error.ts';
import { storageName } from '../../compiler/primitives/storage.ts';
import type { ModelShape } from '../formats/config/model-config.ts';
import { dequantize, type QuantizedTensor, quantize, storageOf } from '../formats/quantized/index.ts';
import { type Quantization, storageNamed } from '../session/quantized.ts';
import { linearOf, projectionsOf } from './models/linear-layers.ts';
import { pathsIn } from './models/modules.ts';
import type { Weights } from './uploads.ts';

/** Whether a name is that of a projection's weight. */
function projectionsIn(c: ModelShape): (name: string) => boolean {
  const linear = linearOf(c);
  const ends = projectionsOf(c).flatMap((t) => pathsIn(linear[t]!).map((module) => `.${module}.weight`));
  return (name) => ends.some((end) => name.endsWith(end));
}

/**
 * The same weights with every projection in a format, and its values as the format decodes them. Throws OFT4012 for
 * an unknown format. Reading rejects with OFT4011 for a projection that is quantised already, and with
 * QuantizationError for one that the format cannot hold.
 */
export const quantisedAs = (
  weights: Weights,
  config: ModelShape,
  quantization: Quantization | string,
): Weights => quantisedWhere(weights, projectionsIn(config), quantization);

/** The same weights with those of some names in a format, as `quantisedAs`. */
export function quantisedWhere(
  weights: Weights,
  isProjection: (name: string) => boolean,
  quantization: Quantization | string,
): Weights {
  const storage = storageNamed('projections are', quantization);
  const made = async (name: string): Promise<QuantizedTensor> => {
    const stored = await weights.quantised?.(name);
    if (stored)
      throw new OftcError(
        'OFT4011',
        `'${name}' cannot be held as ${storageName(storage)}: it is stored as ${storageName(storageOf(stored))}, and is held so without being asked for`,
      );
    const { data, shape } = await weights.read(name);
    return quantize(Float32Array.from(data), shape, storage, { tensor: name });
  };
  return {
    // Only the embedding and the head are read by rows, and they are no projections.
    ...weights,
    quantised: async (name) => (isProjection(name) ? made(name) : weights.quantised?.(name)),
    read: async (name) => {
      if (!isProjection(name)) return weights.read(name);
      const tensor = await made(name);
      return { data: dequantize(tensor), shape: tensor.shape };
    },
  };
}
