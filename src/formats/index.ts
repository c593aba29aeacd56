/**
 * Reads files of models and adapters. `openModel` and `readAdapter` read headers and check the files against one
 * another; tensors are read on demand, one at a time. Every refusal is a FormatError, a SafetensorsError or a
 * QuantizationError.
 */

export {
  INDEX,
  openCheckpoint,
  openTensors,
  SINGLE,
  type StoredTensor,
  type TensorStore,
} from './checkpoint/store.ts';
export {
  dequantize,
  type QuantizedWeight,
  type StoredWeight,
  type WeightForm,
  weightsOf,
} from './checkpoint/weights.ts';
export { type CheckpointOptions, type PendingWeight, writeCheckpoint } from './checkpoint/write.ts';
export { expectedWeights, linearModules, projections } from './config/expected.ts';
export {
  ARCHITECTURES,
  type Architecture,
  type ModelConfig,
  parseModelConfig,
} from './config/model-config.ts';
export type { Quantization } from './config/quantization.ts';
export { type Rope, type RopeFrequencies, ropeFrequencies } from './config/rope.ts';
export { FormatError, type FormatErrorCode } from './error.ts';
export { type OpenModel, openModel, readModelConfig } from './model.ts';
export {
  type Adapter,
  readAdapter,
  storedTensors,
  type WrittenAdapter,
  writeAdapter,
} from './peft/adapter.ts';
export { adapterFields, type ModuleValue, moduleTensors, type NewAdapter } from './peft/create.ts';
export { LAYERS, type LayerConfig, type LayerName, programOf } from './peft/methods.ts';
export type { AdapterModule } from './peft/parse.ts';
export { checkVocabulary, openTokenizer, type Tokenizer } from './tokenizer/index.ts';
