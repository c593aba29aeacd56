/** What every PEFT method's `adapter_config.json` has, and how its fields are refused. */
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
});

export type CommonFields = v.InferOutput<typeof common>;

const REMEDY = 'Take adapter_config.json from the adapter that the tensors are from.';

/** The fields of an adapter, read by a method's schema. */
export class Fields {
  readonly json: JsonObject;
  readonly file: string;
  readonly common: CommonFields;
  /** Fields that some part of the reader has looked at. */
  readonly #known = new Set<string>(HARMLESS);

  /** Throws InvalidAdapter unless it is an object with `peft_type`. */
  constructor(json: Json, file: string) {
    this.file = file;
    this.common = checked(common, json, { file }, 'InvalidAdapter', REMEDY);
    this.json = isObject(json) ? json : {};
    this.know(Object.keys(common.entries));
  }

  /** Fields that are looked at elsewhere, or need not be. */
  know(names: readonly string[]): void {
    for (const name of names) this.#known.add(name);
  }

  /** Throws InvalidAdapter for a field that is missing or of another type. */
  read<const S extends v.GenericSchema & { readonly entries: object }>(schema: S): v.InferOutput<S> {
    this.know(Object.keys(schema.entries));
    return checked(schema, this.json, { file: this.file }, 'InvalidAdapter', REMEDY);
  }

  /** Throws UnsupportedOption unless the field is absent, off, or one of these. */
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

  /** A line for each of these that is not zero: dropout, which acts in training alone. */
  trainingOnly(...dropouts: readonly string[]): string[] {
    return dropouts.flatMap((name) => {
      this.#known.add(name);
      const value = this.json[name];
      return value === undefined || isOff(value)
        ? []
        : [`${name} ${JSON.stringify(value)} acts in training alone, and is not read`];
    });
  }

  /** Fields that are not off and that nobody looked at. */
  get unknown(): string[] {
    return Object.keys(this.json).filter((key) => !this.#known.has(key) && !isOff(this.json[key]!));
  }

  /** Refuses what no method here does. */
  refuseCommon(): void {
    this.only('bias', ['none']);
    this.only('fan_in_fan_out', []);
    this.only('modules_to_save', []);
    this.only('target_parameters', []);
    this.only('trainable_token_indices', []);
    this.only('layer_replication', []);
    this.only('megatron_config', []);
  }
}

/** Fields that neither change what the adapter computes nor which modules it is on. */
const HARMLESS = [
  ...['task_type', 'auto_mapping', 'base_model_name_or_path', 'revision', 'inference_mode', 'init_weights'],
  ...['megatron_core', 'ensure_weight_tying', 'runtime_config'],
];

/** A field that asks for nothing, as PEFT writes those that were left alone. */
export const isOff = (value: Json): boolean =>
  value === null ||
  value === false ||
  value === 0 ||
  value === '' ||
  (typeof value === 'object' && Object.keys(value).length === 0);
