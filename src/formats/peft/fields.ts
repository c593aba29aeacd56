/** Reads the fields that every PEFT method's `adapter_config.json` has, and refuses options. */
import * as v from 'valibot';
import { FormatError, shownValue } from '../error.ts';
import { isObject, type Json, type JsonObject } from '../json.ts';
import { checked } from '../schema.ts';

export const CONFIG = 'adapter_config.json';
export const TENSORS = 'adapter_model.safetensors';

const names = v.union([v.string(), v.array(v.string())]);

const common = v.looseObject({
  peft_type: v.string(),
  peft_version: v.nullish(v.string()),
  target_modules: v.nullish(names),
  exclude_modules: v.nullish(names),
  layers_to_transform: v.nullish(v.union([v.number(), v.array(v.number())])),
  layers_pattern: v.nullish(names),
  modules_to_save: v.nullish(v.array(v.string())),
});

/** As PyTorch's dropout takes it. */
const probability = v.nullish(
  v.pipe(
    v.number(),
    v.check((p) => p >= 0 && p <= 1, 'a number from 0 to 1 is expected'),
  ),
);

export type CommonFields = v.InferOutput<typeof common>;

export const REMEDY = 'Take adapter_config.json from the adapter that the tensors are from.';

/** The fields of an adapter, read by a method's schema. */
export class Fields {
  readonly json: JsonObject;
  readonly file: string;
  readonly common: CommonFields;
  /** The fields that some part of the reader has looked at. */
  readonly #known = new Set(HARMLESS);

  /** Reads the common fields. Throws InvalidAdapter unless the JSON is an object with `peft_type`. */
  constructor(json: Json, file: string) {
    this.file = file;
    this.common = checked(common, json, { file }, 'InvalidAdapter', REMEDY);
    this.json = isObject(json) ? json : {};
    this.know(Object.keys(common.entries));
  }

  /** The modules that are saved whole. */
  get saved(): readonly string[] {
    return this.common.modules_to_save ?? [];
  }

  /** Marks fields as known that are read elsewhere, or need not be read. */
  know(names: Iterable<string>): void {
    for (const name of names) this.#known.add(name);
  }

  /** Reads fields by a schema. Throws InvalidAdapter for a field that is missing or of another type. */
  read<const S extends v.GenericSchema & { readonly entries: object }>(schema: S): v.InferOutput<S> {
    this.know(Object.keys(schema.entries));
    return checked(schema, this.json, { file: this.file }, 'InvalidAdapter', REMEDY);
  }

  /** Throws UnsupportedOption unless the field is absent, off, or one of the allowed values. */
  only(name: string, allowed: readonly Json[], remedy = 'Train the adapter without it.'): void {
    this.#known.add(name);
    const value = this.json[name];
    if (value === undefined || isOff(value) || allowed.includes(value)) return;
    const those = ['absent', ...allowed.map((a) => JSON.stringify(a))].join(' or ');
    throw new FormatError(
      'UnsupportedOption',
      { file: this.file, name },
      `it is ${shownValue(value)}, and read is only ${those}`,
      remedy,
    );
  }

  /**
   * A note for each of these dropouts that is not zero: it acts only in training. Throws InvalidAdapter for a value
   * that is no probability.
   */
  trainingOnly(...dropouts: readonly string[]): string[] {
    const values = this.read(v.object(v.entriesFromList(dropouts, probability)));
    return dropouts.flatMap((name) =>
      values[name] ? [`${name} ${values[name]} acts in training alone`] : [],
    );
  }

  /** The fields that are not off and that no reader here knows. */
  get unknown(): string[] {
    return Object.keys(this.json).filter((key) => !this.#known.has(key) && !isOff(this.json[key]!));
  }

  /** Refuses options that no method here supports; `saved` are modules that may be saved whole. */
  refuseCommon(saved: readonly string[]): void {
    this.only('bias', ['none']);
    this.only('fan_in_fan_out', []);
    const others = this.saved.filter((module) => !saved.includes(module));
    if (others.length > 0) this.only('modules_to_save', []);
    this.only('target_parameters', []);
    this.only('trainable_token_indices', []);
    this.only('layer_replication', []);
    this.only('megatron_config', []);
  }
}

/** Fields that change neither the adapter's computation nor the modules that it adapts. */
const HARMLESS = new Set([
  ...['task_type', 'auto_mapping', 'base_model_name_or_path', 'revision', 'inference_mode', 'init_weights'],
  ...['megatron_core', 'ensure_weight_tying', 'runtime_config'],
]);

/** Whether a value leaves its option off, in any of the forms that PEFT writes. */
const isOff = (value: Json): boolean =>
  value === null ||
  value === false ||
  value === 0 ||
  value === '' ||
  (typeof value === 'object' && Object.keys(value).length === 0);
