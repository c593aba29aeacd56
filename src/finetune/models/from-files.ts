/** Turns a model's files into the weights that a Model is opened with. */
import type { OpenModel } from '../../formats/model.ts';
import type { Quantization } from '../../session/quantized.ts';
import { quantisedAs } from '../quantised.ts';
import type { Weights } from '../uploads.ts';
import { expectedWeights } from './weights.ts';

/** The weights as they are stored, or with projections quantised; see `quantisedAs`. */
export function weightsFrom(model: OpenModel, quantization?: Quantization | string): Weights {
  const shapes = expectedWeights(model.config);
  const weights: Weights = {
    read: async (name) => ({ data: await model.weight(name), shape: shapes.get(name) ?? [] }),
    rows: (name) => model.rows(name),
    quantised: (name) => model.quantised(name),
    notFinite: async () => {
      for (const [name, { tensors }] of model.weights)
        if (!(await model.weight(name)).every((x) => Number.isFinite(x)))
          return `'${name}' of ${tensors[0]!.file}`;
      return undefined;
    },
  };
  return quantization === undefined ? weights : quantisedAs(weights, model.config, quantization);
}
