/** The fields of a `config.json` that all families share, and what they mean. */
import * as v from 'valibot';
import { type Limit, limits } from '../../../compiler/limits.ts';
import type { ModelConfig, ModelShape } from '../../formats/config/model-config.ts';
import { parseQuantization } from '../../formats/config/quantization.ts';
import { parseRope, ropeOfType } from '../../formats/config/rope.ts';
import { checkLimit, FormatError, shownValue } from '../../formats/error.ts';
import { isObject, type Json, type JsonObject } from '../../formats/json.ts';
import { checked, count, natural, positive } from '../../formats/schema.ts';

/** The schemas of fields, by name. */
export type ConfigSchema = Readonly<Record<string, v.GenericSchema>>;

const tokenId = v.nullish(natural);
export const REMEDY = 'Take config.json from the checkpoint.';

const schema = v.looseObject({
  vocab_size: count,
  hidden_size: count,
  intermediate_size: count,
  num_hidden_layers: count,
  num_attention_heads: count,
  num_key_value_heads: v.nullish(count),
  head_dim: v.nullish(count),
  hidden_act: v.nullish(v.string(), 'silu'),
  max_position_embeddings: count,
  rms_norm_eps: positive,
  rope_theta: v.nullish(positive),
  tie_word_embeddings: v.nullish(v.boolean()),
  attention_bias: v.nullish(v.boolean(), false),
  mlp_bias: v.nullish(v.boolean(), false),
  sliding_window: v.nullish(count),
  use_sliding_window: v.nullish(v.boolean(), false),
  max_window_layers: v.nullish(natural),
  layer_types: v.nullish(v.array(v.string())),
  pretraining_tp: v.nullish(v.number(), 1),
  partial_rotary_factor: v.nullish(v.number(), 1),
  torch_dtype: v.nullish(v.string()),
  dtype: v.nullish(v.string()),
  bos_token_id: tokenId,
  eos_token_id: v.nullish(v.union([natural, v.array(natural)])),
  pad_token_id: v.nullish(v.number()),
});

export type SharedFields = v.InferOutput<typeof schema>;
export const SHARED: readonly string[] = Object.keys(schema.entries);

/** A configuration whose shared fields are read. */
export interface ConfigFile {
  readonly file: string;
  readonly json: JsonObject;
  readonly fields: SharedFields;
  /** The shape that the shared fields mean, without biases. */
  readonly shape: ModelShape;
}

/** Reads the shared fields of a family's configuration. Throws InvalidConfig and UnsupportedOption. */
export function readShared(
  json: Json,
  file: string,
  family: { readonly name: string; readonly ropeByType?: true },
): ConfigFile {
  const fields = checked(schema, json, { file }, 'InvalidConfig', REMEDY);
  checkSizes(fields, file);
  const object = isObject(json) ? json : {};
  const heads = fields.num_attention_heads;
  const kvHeads = fields.num_key_value_heads ?? heads;
  const headDim = fields.head_dim ?? fields.hidden_size / heads;
  checkHeads(heads, kvHeads, headDim, file);
  const maxPositions = fields.max_position_embeddings;
  const own = family.ropeByType && ropeOfType(object, 'full_attention');
  const full = own ? { rope_parameters: own } : {};
  const rope = parseRope({ ...object, ...full, rope_theta: fields.rope_theta ?? null }, maxPositions, file);
  const shape: ModelShape = {
    family: family.name,
    vocabSize: fields.vocab_size,
    hiddenSize: fields.hidden_size,
    intermediateSize: fields.intermediate_size,
    layers: fields.num_hidden_layers,
    heads,
    kvHeads,
    headDim,
    maxPositions,
    rmsNormEps: fields.rms_norm_eps,
    rope,
    tiedEmbeddings: fields.tie_word_embeddings ?? false,
    bias: { qkv: false, output: false, mlp: false },
  };
  if (rope.kind === 'longrope' && rope.shortFactor.length !== headDim / 2) {
    const problem = `its factors are ${rope.shortFactor.length}, and a head of ${headDim} channels has ${headDim / 2} frequencies`;
    throw new FormatError('InvalidConfig', { file, name: 'rope_scaling' }, problem, REMEDY);
  }
  const config = { file, json: object, fields, shape };
  refuseOtherThan(config, 'partial_rotary_factor', [1]);
  return config;
}

/** The parts of a configuration that decide nothing about the computation. */
export function readBeside({
  file,
  json,
  fields: c,
}: ConfigFile): Omit<ModelConfig, keyof ModelShape | 'architecture' | 'unknown'> {
  const quantization = json.quantization_config;
  const { eos_token_id: eos, pad_token_id: pad } = c;
  return {
    name: typeof json._name_or_path === 'string' ? json._name_or_path : undefined,
    dtype: c.dtype ?? c.torch_dtype ?? undefined,
    quantization:
      quantization === undefined || quantization === null ? undefined : parseQuantization(quantization, file),
    bosTokenId: c.bos_token_id ?? undefined,
    eosTokenIds: eos === null || eos === undefined ? [] : typeof eos === 'number' ? [eos] : eos,
    padTokenId: pad !== null && pad !== undefined && pad >= 0 ? pad : undefined,
  };
}

/** Throws UnsupportedOption unless a field has one of the values that are computed. */
export function refuseOtherThan(
  { file, json, fields }: Pick<ConfigFile, 'file' | 'json' | 'fields'>,
  name: string,
  allowed: readonly unknown[],
): void {
  // A field that is missing has its default.
  const value = Object.hasOwn(fields, name) ? fields[name as keyof SharedFields] : json[name];
  refuseValue(file, name, value, allowed);
}

/** Throws UnsupportedOption unless a field's value, or a part of it, is one of those that are computed. */
export function refuseValue(file: string, name: string, value: unknown, allowed: readonly unknown[]): void {
  if (allowed.includes(value)) return;
  const values = allowed.map((a) => JSON.stringify(a)).join(' or ');
  throw new FormatError(
    'UnsupportedOption',
    { file, name },
    `it is ${shownValue(value)}, and only ${values} is computed`,
    'Use a model without it.',
  );
}

/** Throws InvalidConfig if a field is missing that other families have a default for. */
export function demand({ file, json }: ConfigFile, name: string): void {
  if (json[name] === undefined)
    throw new FormatError('InvalidConfig', { file, name }, 'it is missing', REMEDY);
}

const WIDTHS = [
  'vocab_size',
  'hidden_size',
  'intermediate_size',
  'num_attention_heads',
  'num_key_value_heads',
  'head_dim',
] as const;

function checkSizes(c: SharedFields, file: string): void {
  const check = (name: keyof SharedFields & string, limit: Limit) =>
    checkLimit(Number(c[name] ?? 0), limit, 'InvalidConfig', { file, name }, REMEDY);
  check('num_hidden_layers', limits.blocks);
  check('max_position_embeddings', limits.dimension);
  for (const name of WIDTHS) check(name, limits.width);
}

function checkHeads(heads: number, kvHeads: number, headDim: number, file: string): void {
  const wrong = (name: string, problem: string): FormatError =>
    new FormatError('InvalidConfig', { file, name }, problem, REMEDY);
  if (!Number.isInteger(headDim))
    throw wrong('num_attention_heads', `${heads} heads do not divide hidden_size, and there is no head_dim`);
  if (headDim % 2 !== 0)
    throw wrong('head_dim', `it is ${headDim}, and rotary embeddings turn pairs of dimensions`);
  if (heads % kvHeads !== 0)
    throw wrong('num_key_value_heads', `${kvHeads} do not divide the ${heads} attention heads`);
}
