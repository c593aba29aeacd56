/** Writes small models into new folders. */
import { parseModelConfig } from '../../../src/finetune/models/config.ts';
import { expectedWeights } from '../../../src/finetune/models/weights.ts';
import type { Json } from '../../../src/formats/json.ts';
import type { TensorData } from '../../../src/formats/safetensors/index.ts';
import { serializeSafetensors } from '../../support/safetensors.ts';
import { f32, newFolder, writeFiles } from './files.ts';

export { elements, f32, newFolder, refused, root, thrown, writeFiles } from './files.ts';

/** The config.json of one transformer block, with two heads of width 8 that share a key-value head. */
export const CONFIG = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  vocab_size: 24,
  hidden_size: 16,
  intermediate_size: 32,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  max_position_embeddings: 64,
  rms_norm_eps: 1e-5,
} as const;

/** Tensors for all weights that a configuration implies. */
export const weightsFor = (config: Json): TensorData[] =>
  [...expectedWeights(parseModelConfig(config, 'config.json'))].map(([name, shape], i) =>
    f32(name, shape, i),
  );

/** Writes a new folder with `config.json` and `model.safetensors`. */
export const modelFolder = (config: Json, tensors: Iterable<TensorData> = weightsFor(config)): string =>
  writeFiles(newFolder(), { 'config.json': config, 'model.safetensors': serializeSafetensors(tensors) });
