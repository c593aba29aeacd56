/** Reads a Hugging Face `config.json` of the Llama family. */
import * as v from 'valibot';
import { type Limit, limits } from '../../../compiler/limits.ts';
import { checkLimit, FormatError, listed, shownValue } from '../error.ts';
import { isObject, type Json } from '../json.ts';
import { shown } from '../safetensors/error.ts';
import { checked, count, natural, positive } from '../schema.ts';
import { HARMLESS, isOff } from './known-keys.ts';
import { parseQuantization, type Quantization } from './quantization.ts';
import { parseRope, type Rope } from './rope.ts';

export const ARCHITECTURES = ['LlamaForCausalLM', 'MistralForCausalLM', 'Qwen2ForCausalLM'] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

/** The sizes and options that a decoder of the Llama family is computed from. */
export interface ModelShape {
  readonly vocabSize: number;
  readonly hiddenSize: number;
  /** The width between gate, up and down. */
  readonly intermediateSize: number;
  readonly layers: number;
  readonly heads: number;
  /** The number of key heads, which divides `heads`: each serves heads / kvHeads of them. */
  readonly kvHeads: number;
  /** The channels of a head, an even number. */
  readonly headDim: number;
  /** The number of tokens of the longest sequence. */
  readonly maxPositions: number;
  /** The ε that RMSNorm adds to the mean square. */
  readonly rmsNormEps: number;
  readonly rope: Rope;
  /** Whether the output layer is the embedding, transposed. */
  readonly tiedEmbeddings: boolean;
  readonly bias: {
    /** Whether q_proj, k_proj and v_proj have a bias. */
    readonly qkv: boolean;
    readonly output: boolean;
    readonly mlp: boolean;
  };
}

export interface ModelConfig extends ModelShape {
  /** The field `_name_or_path`: the name that the model was loaded by, such as an id of the hub. */
  readonly name: string | undefined;
  readonly architecture: Architecture;
  /** The dtype that the model was trained or saved in; each tensor has its own. */
  readonly dtype: string | undefined;
  readonly quantization: Quantization | undefined;
  readonly bosTokenId: number | undefined;
  readonly eosTokenIds: readonly number[];
  readonly padTokenId: number | undefined;
  /** The fields that are unknown here, which might change what the model computes. */
  readonly unknown: readonly string[];
}

const tokenId = v.nullish(natural);
const REMEDY = 'Take config.json from the checkpoint.';

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
  tie_word_embeddings: v.nullish(v.boolean(), false),
  attention_bias: v.nullish(v.boolean(), false),
  mlp_bias: v.nullish(v.boolean(), false),
  sliding_window: v.nullish(count),
  use_sliding_window: v.nullish(v.boolean(), false),
  layer_types: v.nullish(v.array(v.string())),
  pretraining_tp: v.nullish(v.number(), 1),
  partial_rotary_factor: v.nullish(v.number(), 1),
  torch_dtype: v.nullish(v.string()),
  dtype: v.nullish(v.string()),
  bos_token_id: tokenId,
  eos_token_id: v.nullish(v.union([natural, v.array(natural)])),
  pad_token_id: v.nullish(v.number()),
});

type Raw = v.InferOutput<typeof schema>;

/** Parses a configuration. Throws InvalidConfig, UnsupportedModel, or UnsupportedOption for other computations. */
export function parseModelConfig(json: Json, file: string): ModelConfig {
  const architecture = architectureOf(json, file);
  const c = checked(schema, json, { file }, 'InvalidConfig', REMEDY);
  checkSizes(c, file);
  refuseUncomputed(c, architecture, file);
  const kvHeads = c.num_key_value_heads ?? c.num_attention_heads;
  const headDim = c.head_dim ?? c.hidden_size / c.num_attention_heads;
  checkHeads(c.num_attention_heads, kvHeads, headDim, file);
  const object = isObject(json) ? json : {};
  const quantization = object.quantization_config;
  const { eos_token_id: eos } = c;
  return {
    name: typeof object._name_or_path === 'string' ? object._name_or_path : undefined,
    architecture,
    vocabSize: c.vocab_size,
    hiddenSize: c.hidden_size,
    intermediateSize: c.intermediate_size,
    layers: c.num_hidden_layers,
    heads: c.num_attention_heads,
    kvHeads,
    headDim,
    maxPositions: c.max_position_embeddings,
    rmsNormEps: c.rms_norm_eps,
    rope: parseRope({ ...object, rope_theta: c.rope_theta ?? null }, c.max_position_embeddings, file),
    tiedEmbeddings: c.tie_word_embeddings,
    bias:
      architecture === 'Qwen2ForCausalLM'
        ? { qkv: true, output: false, mlp: false }
        : { qkv: c.attention_bias, output: c.attention_bias, mlp: c.mlp_bias },
    dtype: c.dtype ?? c.torch_dtype ?? undefined,
    quantization:
      quantization === undefined || quantization === null ? undefined : parseQuantization(quantization, file),
    bosTokenId: c.bos_token_id ?? undefined,
    eosTokenIds: eos === null || eos === undefined ? [] : typeof eos === 'number' ? [eos] : eos,
    padTokenId:
      c.pad_token_id !== null && c.pad_token_id !== undefined && c.pad_token_id >= 0
        ? c.pad_token_id
        : undefined,
    unknown: Object.entries(object)
      .filter(([key, value]) => !Object.hasOwn(schema.entries, key) && !HARMLESS.has(key) && !isOff(value))
      .map(([key]) => key),
  };
}

const WIDTHS = [
  'vocab_size',
  'hidden_size',
  'intermediate_size',
  'num_attention_heads',
  'num_key_value_heads',
  'head_dim',
] as const;

function checkSizes(c: Raw, file: string): void {
  const check = (name: keyof Raw & string, limit: Limit) =>
    checkLimit(Number(c[name] ?? 0), limit, 'InvalidConfig', { file, name }, REMEDY);
  check('num_hidden_layers', limits.blocks);
  check('max_position_embeddings', limits.dimension);
  for (const name of WIDTHS) check(name, limits.width);
}

const identity = v.looseObject({
  architectures: v.nullish(v.array(v.string())),
  model_type: v.nullish(v.string()),
});

const BY_TYPE: ReadonlyMap<string, Architecture> = new Map([
  ['llama', 'LlamaForCausalLM'],
  ['mistral', 'MistralForCausalLM'],
  ['qwen2', 'Qwen2ForCausalLM'],
]);

/** The architecture by the field `architectures`, or by `model_type` where that field is absent. */
function architectureOf(json: Json, file: string): Architecture {
  const { architectures, model_type: type } = checked(identity, json, { file }, 'InvalidConfig', REMEDY);
  const named = architectures?.[0];
  const found =
    named === undefined
      ? BY_TYPE.get(type ?? '')
      : ARCHITECTURES.find(
          (a) => a === named && (type === null || type === undefined || BY_TYPE.get(type) === a),
        );
  if (found) return found;
  const what = [named, type]
    .filter((x) => typeof x === 'string')
    .map(shown)
    .join(' of type ');
  throw new FormatError(
    'UnsupportedModel',
    { file },
    what === '' ? 'it names neither its architecture nor its type' : `the architecture ${what} is not read`,
    `Use a model whose architecture is one of ${listed(ARCHITECTURES)}.`,
  );
}

/** Refuses options that other models of these architectures have, and that are not computed here. */
function refuseUncomputed(c: Raw, architecture: Architecture, file: string): void {
  const only = (name: string, value: unknown, allowed: readonly unknown[]) => {
    if (allowed.includes(value)) return;
    throw new FormatError(
      'UnsupportedOption',
      { file, name },
      `it is ${shownValue(value)}, and only ${allowed.map((a) => JSON.stringify(a)).join(' or ')} is computed`,
      'Use a model without it.',
    );
  };
  only('hidden_act', c.hidden_act, ['silu', 'swish']);
  only('partial_rotary_factor', c.partial_rotary_factor, [1]);
  const slid = c.layer_types?.find((t) => t !== 'full_attention');
  if (slid !== undefined) only('layer_types', slid, ['full_attention']);
  if (architecture !== 'LlamaForCausalLM' && c.num_key_value_heads === undefined) {
    const at = { file, name: 'num_key_value_heads' };
    throw new FormatError('InvalidConfig', at, 'it is missing', REMEDY);
  }
  // Llama has no window, and Qwen2 may write one that it does not use. One as long as the positions hides nothing.
  const windowed = architecture === 'MistralForCausalLM' || c.use_sliding_window;
  if (windowed && typeof c.sliding_window === 'number' && c.sliding_window < c.max_position_embeddings)
    only('sliding_window', c.sliding_window, [null]);
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
