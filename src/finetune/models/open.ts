/** Opens and inspects files of the models that are known here. */
import type { ModelConfig, ModelReader } from '../../formats/config/model-config.ts';
import { type Report, inspect as report } from '../../formats/inspect/report.ts';
import { type OpenModel, openModel as open, readModelConfig as read } from '../../formats/model.ts';
import { parseModelConfig } from './config.ts';
import { expectedWeights, modulesOf } from './weights.ts';

const KNOWN: ModelReader = { parse: parseModelConfig, weights: expectedWeights, modules: modulesOf };

/** `openModel` of src/formats, for all families. */
export const openModel = (folder: string): Promise<OpenModel> => open(folder, KNOWN);

/** `readModelConfig` of src/formats, for all families. */
export const readModelConfig = (folder: string): Promise<ModelConfig> => read(folder, KNOWN);

/** `inspect` of src/formats, for all families. */
export const inspect = (path: string, model?: string): Promise<Report> => report(path, KNOWN, model);
