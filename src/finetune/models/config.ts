/** Reads a Hugging Face `config.json` by the family that it names. */
import * as v from 'valibot';
import { HARMLESS, isOff } from '../../formats/config/known-keys.ts';
import type { ModelConfig } from '../../formats/config/model-config.ts';
import { unknownIn } from '../../formats/config/quantization.ts';
import { FormatError, listed } from '../../formats/error.ts';
import { isObject, type Json } from '../../formats/json.ts';
import { shown } from '../../formats/safetensors/error.ts';
import { checked } from '../../formats/schema.ts';
import type { ModelFamily, TextWithin } from './family.ts';
import { REMEDY, readBeside, readShared, SHARED } from './fields.ts';
import { FAMILIES } from './registry.ts';

/** Parses a configuration. Throws InvalidConfig, UnsupportedModel, or UnsupportedOption for other computations. */
export function parseModelConfig(json: Json, file: string): ModelConfig {
  const { family, architecture, within, isBare } = named(json, file);
  const own = within ? textConfig(json, within, file) : json;
  const config = (family.readFile ?? readShared)(own, file, family);
  const shape = { ...family.read(config), ...(isBare ? { isBare } : {}) };
  const known = (key: string) =>
    SHARED.includes(key) || HARMLESS.has(key) || Object.hasOwn(family.fields, key);
  const beside = readBeside(config);
  const unknown = Object.entries(config.json).flatMap(([key, value]) =>
    known(key) || isOff(value) ? [] : [key],
  );
  if (beside.quantization) unknown.push(...unknownIn(config.json.quantization_config, beside.quantization));
  return {
    ...{ ...shape, ...beside, architecture, unknown },
    ...(within ? { isPart: true } : {}),
    ...(family.notes ? { notes: family.notes(config) } : {}),
  };
}

/** The fields beside a text model's configuration that are about it too. */
const ABOUT_ALL = ['_name_or_path', 'quantization_config', 'torch_dtype', 'dtype', 'eos_token_id'] as const;

/** The configuration of the text model in that of a model of images and text. */
function textConfig(json: Json, { field, defaults }: TextWithin, file: string): Json {
  const all = isObject(json) ? json : {};
  const text = all[field];
  if (text === undefined || !isObject(text))
    throw new FormatError(
      'InvalidConfig',
      { file, name: field },
      'the text model has no configuration',
      REMEDY,
    );
  const shared = ABOUT_ALL.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]] as const]));
  return { ...defaults, ...Object.fromEntries(shared), ...text };
}

const identity = v.looseObject({
  architectures: v.nullish(v.array(v.string())),
  model_type: v.nullish(v.string()),
});

interface Known {
  readonly family: ModelFamily;
  readonly type: string;
  readonly architecture: string;
  /** The class whose text model the family is, if `architecture` is such a class. */
  readonly within?: TextWithin;
  /** Whether it is the class without a head. */
  readonly isBare?: true;
}

const ALL: readonly Known[] = FAMILIES.flatMap((family) => [
  ...Object.entries(family.architectures).map(([type, architecture]) => ({ family, type, architecture })),
  ...Object.entries(family.within ?? {}).map(([type, within]) => ({
    ...{ family, type, within, architecture: within.architecture },
  })),
  ...(family.bare === undefined
    ? []
    : Object.keys(family.architectures).map((type) => ({
        ...{ family, type, architecture: family.bare!, isBare: true as const },
      }))),
]);

/** The family by the field `architectures`, or by `model_type` where that field is absent. */
function named(json: Json, file: string): Known {
  const { architectures, model_type: type } = checked(identity, json, { file }, 'InvalidConfig', REMEDY);
  const given = architectures?.[0];
  const isMeant = (a: Known) =>
    given === undefined
      ? a.type === type
      : a.architecture === given && (type === null || type === undefined || a.type === type);
  const found = ALL.find(isMeant);
  if (found) return found;
  const what = [given, type]
    .filter((x) => typeof x === 'string')
    .map(shown)
    .join(' of type ');
  throw new FormatError(
    'UnsupportedModel',
    { file },
    what === '' ? 'it names neither its architecture nor its type' : `the architecture ${what} is not read`,
    `Use a model whose architecture is one of ${listed(
      ALL.flatMap(({ architecture, isBare }) => (isBare ? [] : [architecture])),
      ALL.length,
    )}.`,
  );
}
