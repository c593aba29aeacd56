/** Reads a Hugging Face `config.json` by the family that it names. */
import * as v from 'valibot';
import { HARMLESS, isOff } from '../../formats/config/known-keys.ts';
import type { ModelConfig } from '../../formats/config/model-config.ts';
import { FormatError, listed } from '../../formats/error.ts';
import type { Json } from '../../formats/json.ts';
import { shown } from '../../formats/safetensors/error.ts';
import { checked } from '../../formats/schema.ts';
import type { ModelFamily } from './family.ts';
import { REMEDY, readBeside, readShared, SHARED } from './fields.ts';
import { FAMILIES } from './registry.ts';

/** Parses a configuration. Throws InvalidConfig, UnsupportedModel, or UnsupportedOption for other computations. */
export function parseModelConfig(json: Json, file: string): ModelConfig {
  const { family, architecture } = named(json, file);
  const config = (family.readFile ?? readShared)(json, file, family);
  const shape = family.read(config);
  const known = (key: string) =>
    SHARED.includes(key) || HARMLESS.has(key) || Object.hasOwn(family.fields, key);
  const unknown = Object.entries(config.json).filter(([key, value]) => !known(key) && !isOff(value));
  return { ...shape, ...readBeside(config), architecture, unknown: unknown.map(([key]) => key) };
}

const identity = v.looseObject({
  architectures: v.nullish(v.array(v.string())),
  model_type: v.nullish(v.string()),
});

const ALL = FAMILIES.flatMap((family) =>
  Object.entries(family.architectures).map(([type, architecture]) => ({ family, type, architecture })),
);

/** The family by the field `architectures`, or by `model_type` where that field is absent. */
function named(json: Json, file: string): { readonly family: ModelFamily; readonly architecture: string } {
  const { architectures, model_type: type } = checked(identity, json, { file }, 'InvalidConfig', REMEDY);
  const given = architectures?.[0];
  const isMeant = (a: (typeof ALL)[number]) =>
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
      ALL.map((a) => a.architecture),
      ALL.length,
    )}.`,
  );
}
