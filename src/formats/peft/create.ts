/** Makes PEFT's files for adapters that oftc trained. */
import type { ModelShape } from '../config/model-config.ts';
import { FormatError } from '../error.ts';
import type { Json, JsonObject } from '../json.ts';
import { encodeBF16, encodeF16, type TensorData } from '../safetensors/index.ts';
import { BASE_FIELDS } from './bases.ts';
import type { WrittenLayer } from './in-file.ts';
import { isStored, LAYERS, type LayerConfig, type LayerName, programOf } from './layers.ts';
import { PREFIX } from './parse.ts';
import { PRODUCT_FIELDS } from './products.ts';
import { PROJECTION_FIELDS } from './projections.ts';
import { SINGULAR_FIELDS } from './singular.ts';

/** The tasks of models here that PEFT knows. */
export type Task = 'CAUSAL_LM' | 'SEQ_2_SEQ_LM';

/** The task of a model of texts. */
export const taskOf = ({ encoder }: Pick<ModelShape, 'encoder'>): Task =>
  encoder ? 'SEQ_2_SEQ_LM' : 'CAUSAL_LM';

export interface NewAdapter {
  readonly layer: WrittenLayer;
  readonly config: LayerConfig;
  /**
   * The size that is the same for all modules: `b` of OFT and BOFT (for OFT the requested block, which PEFT fits to
   * each layer), `r` of HRA, LoRA, DoRA and PSOFT, `g` of RoAd. A method without such a size needs none.
   */
  readonly size?: number | undefined;
  /** All sizes that are the same for all modules, of methods that state several. */
  readonly dims?: Readonly<Record<string, number>>;
  /** Ends of module paths, or whole paths. */
  readonly targets: readonly string[];
  readonly baseModel?: string;
  /** The task by PEFT's name; that of decoders by default, and null for none. */
  readonly task?: Task | null;
  /** The dropout that the adapter was trained with; 0 by default. */
  readonly dropout?: number;
}

/** The field of dropout in training, of the methods that have it here. */
export const DROPOUT: Partial<Record<LayerName, string>> = {
  ...{ oft: 'module_dropout', boft: 'boft_dropout', lora: 'lora_dropout', dora: 'lora_dropout' },
};

/** The version of PEFT that reads the files as meant; with the older series, no version is written. */
const VERSION = '0.18.0';

/** The fields of `adapter_config.json`, sorted as PEFT sorts them. */
export function adapterFields({
  layer,
  config,
  size = 0,
  dims = {},
  targets,
  baseModel,
  task = 'CAUSAL_LM',
  dropout = 0,
}: NewAdapter): JsonObject {
  const dropped = DROPOUT[layer];
  const fields: Record<string, Json> = {
    ...fieldsOf(layer, { ...LAYERS[layer].defaults, ...config }, size, dims),
    ...(dropped === undefined ? {} : { [dropped]: dropout }),
    auto_mapping: null,
    base_model_name_or_path: baseModel ?? null,
    exclude_modules: null,
    inference_mode: true,
    layers_pattern: null,
    layers_to_transform: null,
    modules_to_save: null,
    revision: null,
    target_modules: [...targets],
    task_type: task,
    ...(config.series === 'peft-0.17' ? {} : { peft_version: VERSION }),
  };
  const names = Object.keys(fields).sort();
  return Object.fromEntries(names.map((name) => [name, fields[name]!]));
}

const isBase = (layer: WrittenLayer): layer is keyof typeof BASE_FIELDS => Object.hasOwn(BASE_FIELDS, layer);
const isProjected = (layer: WrittenLayer): layer is keyof typeof PROJECTION_FIELDS =>
  Object.hasOwn(PROJECTION_FIELDS, layer);
const isSingular = (layer: WrittenLayer): layer is keyof typeof SINGULAR_FIELDS =>
  Object.hasOwn(SINGULAR_FIELDS, layer);
const isProduct = (layer: WrittenLayer): layer is keyof typeof PRODUCT_FIELDS =>
  Object.hasOwn(PRODUCT_FIELDS, layer);

/** The fields that only the method has. */
function fieldsOf(
  layer: WrittenLayer,
  c: LayerConfig,
  size: number,
  dims: Readonly<Record<string, number>>,
): Readonly<Record<string, Json>> {
  if (isProjected(layer)) return PROJECTION_FIELDS[layer](c, dims);
  if (isSingular(layer)) return SINGULAR_FIELDS[layer](c, dims);
  if (isProduct(layer)) return PRODUCT_FIELDS[layer](c, dims);
  return isBase(layer) ? BASE_FIELDS[layer](c, size, dims) : own(layer, c, size);
}

function own(
  layer: Exclude<
    WrittenLayer,
    | keyof typeof BASE_FIELDS
    | keyof typeof PRODUCT_FIELDS
    | keyof typeof PROJECTION_FIELDS
    | keyof typeof SINGULAR_FIELDS
  >,
  c: LayerConfig,
  size: number,
): Record<string, Json> {
  const linear = { bias: 'none', fan_in_fan_out: false, init_weights: true };
  const option = (name: string): Json => c[name]!;
  switch (layer) {
    case 'oft':
    case 'oftEmbedding':
      return {
        ...linear,
        peft_type: 'OFT',
        r: 0,
        oft_block_size: size,
        module_dropout: 0,
        coft: option('coft'),
        eps: option('eps'),
        block_share: option('share'),
        use_cayley_neumann: c.cayley === 'neumann',
        num_cayley_neumann_terms: option('terms'),
      };
    case 'boft':
      return {
        ...linear,
        peft_type: 'BOFT',
        boft_block_size: size,
        boft_block_num: 0,
        boft_n_butterfly_factor: option('factors'),
      };
    case 'hra':
      return { peft_type: 'HRA', bias: 'none', init_weights: true, r: size, apply_GS: option('gs') };
    case 'road':
      return { peft_type: 'ROAD', init_weights: true, variant: `road_${c.variant}`, group_size: size };
    case 'lora':
    case 'dora':
      return {
        peft_type: 'LORA',
        bias: 'none',
        fan_in_fan_out: false,
        init_lora_weights: true,
        r: size,
        lora_alpha: Number(c.scale) * size,
        use_rslora: false,
        use_dora: layer === 'dora',
        rank_pattern: {},
        alpha_pattern: {},
      };
    case 'psoft':
      return {
        peft_type: 'PSOFT',
        fan_in_fan_out: false,
        init_weights: true,
        r: size,
        psoft_alpha: Number(c.scale) * size,
        psoft_dropout: 0,
        ab_svd_init: 'psoft_init',
        psoft_svd: 'full',
        psoft_orth: true,
        psoft_mag_a: true,
        psoft_mag_b: true,
        use_cayley_neumann: c.cayley === 'neumann',
        num_cayley_neumann_terms: option('terms'),
        cayley_neumann_eps: null,
      };
    default:
      return layer satisfies never;
  }
}

/** A parameter's values and their shape. */
export interface ModuleValue {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/**
 * A module's tensors under PEFT's names, from the layer's parameters; rounded to nearest for a 16-bit dtype. Throws
 * InvalidAdapter for a parameter without a value.
 */
export function moduleTensors(
  path: string,
  layer: LayerName,
  config: LayerConfig,
  values: Readonly<Record<string, ModuleValue>>,
  dtype: 'F32' | 'F16' | 'BF16' = 'F32',
): TensorData[] {
  const encode = { F32: (data: Float32Array) => data, F16: encodeF16, BF16: encodeBF16 }[dtype];
  return programOf(layer, config)
    .inputs.filter(isStored)
    .map(({ name, stored, type }) => {
      const value = values[name];
      if (value && stored !== undefined && type.dtype === 'i32')
        return {
          ...{ name: `${PREFIX}${path}.${stored}`, dtype: 'I32', shape: value.shape },
          data: Int32Array.from(value.data),
        };
      if (value && stored !== undefined)
        return { name: `${PREFIX}${path}.${stored}`, dtype, shape: value.shape, data: encode(value.data) };
      throw new FormatError(
        'InvalidAdapter',
        { file: path, name },
        `the layer ${layer} trains it, and it has no value`,
        `Give the values of ${layer} by its own names.`,
      );
    });
}
