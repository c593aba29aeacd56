/** Opens and inspects files of the models that are known here. */
import { join } from 'node:path';
import type { ModelConfig, ModelReader, ModuleSizes } from '../../formats/config/model-config.ts';
import { type Report, inspect as report } from '../../formats/inspect/report.ts';
import { readJsonFile } from '../../formats/json.ts';
import { type OpenModel, openModel as open, readModelConfig as read } from '../../formats/model.ts';
import { vitModules } from '../images/vit.ts';
import { isVit, parseVitConfig } from '../images/vit-config.ts';
import { parseModelConfig } from './config.ts';
import { expectedWeights, modulesOf } from './weights.ts';

/** The modules that an adapter can be on, of a model of texts or of images. */
const modulesAt = async (folder: string): Promise<ModuleSizes> => {
  const file = join(folder, 'config.json');
  const json = await readJsonFile(file, 'Name the folder of a model.');
  return isVit(json) ? vitModules(parseVitConfig(json, file)) : modulesOf(parseModelConfig(json, file));
};

const KNOWN: ModelReader = { parse: parseModelConfig, weights: expectedWeights, modulesAt };

/** `openModel` of src/formats, for all families. */
export const openModel = (folder: string): Promise<OpenModel> => open(folder, KNOWN);

/** `readModelConfig` of src/formats, for all families. */
export const readModelConfig = (folder: string): Promise<ModelConfig> => read(folder, KNOWN);

/** `inspect` of src/formats, for all families. */
export const inspect = (path: string, model?: string): Promise<Report> => report(path, KNOWN, model);
