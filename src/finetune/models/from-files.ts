/** A model's files as what a Model is opened with. */
import { expectedWeights } from '../../formats/config/expected.ts';
import type { ModelConfig as FileConfig } from '../../formats/config/model-config.ts';
import type { OpenModel } from '../../formats/model.ts';
import type { Quantization } from '../../session/quantized.ts';
import { quantisedAs } from '../quantised.ts';
import type { Weights } from '../uploads.ts';
import type { ModelConfig, Projection } from './config.ts';

export function modelConfigOf(c: FileConfig): ModelConfig {
  const biased = (has: boolean, ...of: Projection[]): Projection[] => (has ? of : []);
  return {
    vocabulary: c.vocabSize,
    hidden: c.hiddenSize,
    intermediate: c.intermediateSize,
    layers: c.layers,
    heads: c.heads,
    keyHeads: c.kvHeads,
    headWidth: c.headDim,
    positions: c.maxPositions,
    normEpsilon: c.rmsNormEps,
    rope: c.rope,
    biased: [
      ...biased(c.bias.qkv, 'q', 'k', 'v'),
      ...biased(c.bias.output, 'o'),
      ...biased(c.bias.mlp, 'gate', 'up', 'down'),
    ],
    tied: c.tiedEmbeddings,
  };
}

/** The weights as they are stored, or with projections quantised: see `quantisedAs`, which says what is refused. */
export function weightsOf(model: OpenModel, quantization?: Quantization | string): Weights {
  const shapes = expectedWeights(model.config);
  const weights: Weights = {
    read: async (name) => ({ data: await model.weight(name), shape: shapes.get(name) ?? [] }),
    rows: (name) => model.rows(name),
    quantised: async (name) => (await model.quantised(name))?.weight,
  };
  return quantization === undefined ? weights : quantisedAs(weights, quantization);
}
