/** Opens the folder of a Vision Transformer: its configuration, its preprocessing and its weights. */
import { join } from 'node:path';
import { prefixed } from '../../formats/checkpoint/prefixed.ts';
import { openCheckpoint, type TensorStore } from '../../formats/checkpoint/store.ts';
import { FormatError, listed } from '../../formats/error.ts';
import { isObject, readJsonFile } from '../../formats/json.ts';
import { shownShape } from '../../formats/safetensors/error.ts';
import { quantisedWhere } from '../quantised.ts';
import type { Weights } from '../uploads.ts';
import { type Preprocessor, readPreprocessor } from './preprocessor.ts';
import { classifierShapes, vitLinear, vitWeights } from './vit.ts';
import { isVit, parseVitConfig, ROOT, type VitShape } from './vit-config.ts';

export interface OpenVit {
  readonly path: string;
  /** The shape, whose labels are those of the model's own classifier. */
  readonly config: VitShape;
  /** The field `_name_or_path`: the name that the model was loaded by, such as an id of the hub. */
  readonly name: string | undefined;
  readonly preprocessor: Preprocessor;
  readonly tensors: TensorStore;
  /** Whether the checkpoint has a classifier. */
  readonly hasClassifier: boolean;
  /** The weights, with the blocks' linear layers in a form if one is named. A model with other classes has no classifier. */
  weights(c: VitShape, quantize?: string): Weights;
  close(): Promise<void>;
}

const MODEL = 'Take the weights and config.json from one checkpoint.';
const NAMED = 'Name the folder of a model.';

/** Whether the folder, or the config.json, is that of a Vision Transformer. Throws what `readJsonFile` throws. */
export const isImageModel = async (file: string): Promise<boolean> => isVit(await readJsonFile(file, NAMED));

/**
 * Opens a model, reading only headers. Throws FormatError: what `parseVitConfig`, `readPreprocessor` and
 * `openCheckpoint` throw, and WeightMismatch for a weight that is missing or of another shape.
 */
export async function openVit(folder: string): Promise<OpenVit> {
  const file = join(folder, 'config.json');
  const json = await readJsonFile(file, NAMED);
  const config = parseVitConfig(json, file);
  const preprocessor = await readPreprocessor(folder);
  const store = await openCheckpoint(folder);
  const tensors = config.isBare ? prefixed(store, ROOT) : store;
  try {
    const heads = classifierShapes(config);
    const hasClassifier = !config.isBare && [...heads.keys()].some((name) => tensors.tensors.has(name));
    checkWeights(tensors, config, (name) => heads.has(name) && !hasClassifier);
    return {
      ...{ path: folder, config, preprocessor, tensors, hasClassifier },
      name: isObject(json) && typeof json._name_or_path === 'string' ? json._name_or_path : undefined,
      weights: (c, quantize) => weightsOf(tensors, c, quantize),
      close: () => store.close(),
    };
  } catch (e) {
    await store.close();
    throw e;
  }
}

/** Throws WeightMismatch for a weight that is missing or of another shape. */
function checkWeights(store: TensorStore, c: VitShape, isLeftOut: (name: string) => boolean): void {
  const expected = [...vitWeights(c)].filter(([name]) => !isLeftOut(name));
  const missing = expected.map(([name]) => name).filter((name) => !store.tensors.has(name));
  const wrong = (name: string | undefined, problem: string) =>
    new FormatError('WeightMismatch', { file: store.path, ...(name ? { name } : {}) }, problem, MODEL);
  if (missing.length > 0)
    throw wrong(
      undefined,
      `it lacks ${missing.length} of the ${expected.length} weights: ${listed(missing)}`,
    );
  for (const [name, shape] of expected) {
    const found = store.tensors.get(name)!.shape;
    if (found.join() !== shape.join())
      throw wrong(
        name,
        `the configuration means ${shownShape(shape)}, and the tensor has ${shownShape(found)}`,
      );
  }
}

function weightsOf(store: TensorStore, c: VitShape, quantize: string | undefined): Weights {
  const plain: Weights = {
    read: async (name) => ({ data: await store.f32(name), shape: store.tensors.get(name)!.shape }),
  };
  const isLinear = (name: string) => vitLinear(c).some(({ module }) => name.endsWith(`.${module}.weight`));
  return quantize ? quantisedWhere(plain, isLinear, quantize) : plain;
}
