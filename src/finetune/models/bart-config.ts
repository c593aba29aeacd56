/** Reads the configuration of a BART model: its fields have other names than those of decoders. */
import * as v from 'valibot';
import type { EncoderShape } from '../../formats/config/model-config.ts';
import { FormatError } from '../../formats/error.ts';
import { isObject, type Json } from '../../formats/json.ts';
import { checked, count, natural } from '../../formats/schema.ts';
import { type ConfigFile, type ConfigSchema, REMEDY, readShared, refuseValue } from './fields.ts';

const off = v.nullish(v.boolean(), false);
const token = v.nullish(natural);
const part = v.nullish(v.number());

const schema = v.looseObject({
  d_model: count,
  vocab_size: count,
  max_position_embeddings: count,
  encoder_layers: count,
  encoder_attention_heads: count,
  encoder_ffn_dim: count,
  decoder_layers: count,
  decoder_attention_heads: count,
  decoder_ffn_dim: count,
  activation_function: v.nullish(v.string(), 'gelu'),
  scale_embedding: off,
  tie_word_embeddings: v.nullish(v.boolean(), true),
  decoder_start_token_id: token,
  forced_bos_token_id: token,
  forced_eos_token_id: v.nullish(v.union([natural, v.array(natural)])),
  is_encoder_decoder: v.nullish(v.boolean(), true),
  ...{ normalize_before: off, add_final_layer_norm: off, add_bias_logits: off },
  ...{ normalize_embedding: v.nullish(v.boolean(), true), static_position_embeddings: off },
  extra_pos_embeddings: v.nullish(v.number(), 2),
  // Dropout and starts, which a frozen model does without.
  ...{ dropout: part, attention_dropout: part, activation_dropout: part, classifier_dropout: part },
  ...{ classif_dropout: part, encoder_layerdrop: part, decoder_layerdrop: part, init_std: part },
  ...{ gradient_checkpointing: off, force_bos_token_to_be_generated: off, _num_labels: part },
});

export const BART_FIELDS: ConfigSchema = schema.entries;

/** The positions that the table of positions has before the first: transformers' offset of padding. */
export const OFFSET = 2;
/** The ε of torch.nn.LayerNorm. */
const EPSILON = 1e-5;
/** The id of `</s>`, with which transformers' BartConfig lets a decoder start. */
const START = 2;

/** Options that change what is computed, with the value that is computed. */
const FIXED = {
  activation_function: 'gelu',
  is_encoder_decoder: true,
  normalize_before: false,
  add_final_layer_norm: false,
  add_bias_logits: false,
  normalize_embedding: true,
  static_position_embeddings: false,
  extra_pos_embeddings: OFFSET,
  // Trained heads of their own would not be tied, and the two tables of embeddings are one.
  tie_word_embeddings: true,
} as const;

/** The configuration in a file. Throws InvalidConfig and UnsupportedOption. */
export function readBart(json: Json, file: string, family: { readonly name: string }): ConfigFile {
  const own = checked(schema, json, { file }, 'InvalidConfig', REMEDY);
  for (const [name, value] of Object.entries(FIXED))
    refuseValue(file, name, own[name as keyof typeof FIXED], [value]);
  for (const name of ['encoder_attention_heads', 'decoder_attention_heads'] as const)
    if (own.d_model % own[name] !== 0)
      throw new FormatError(
        'InvalidConfig',
        { file, name },
        `${own[name]} heads do not divide d_model, ${own.d_model}`,
        REMEDY,
      );
  const encoder: EncoderShape = {
    layers: own.encoder_layers,
    heads: own.encoder_attention_heads,
    intermediateSize: own.encoder_ffn_dim,
    decoderStart: own.decoder_start_token_id ?? START,
    ...(typeof own.forced_bos_token_id === 'number' ? { forcedStart: own.forced_bos_token_id } : {}),
  };
  const shared = readShared(
    {
      ...(isObject(json) ? json : {}),
      hidden_size: own.d_model,
      intermediate_size: own.decoder_ffn_dim,
      num_hidden_layers: own.decoder_layers,
      num_attention_heads: own.decoder_attention_heads,
      rms_norm_eps: EPSILON,
    },
    file,
    family,
  );
  const { rope: _, ...shape } = shared.shape;
  const scale = own.scale_embedding ? { embeddingScale: Math.sqrt(own.d_model) } : {};
  return {
    ...shared,
    json: isObject(json) ? json : {},
    shape: {
      ...shape,
      ...scale,
      encoder,
      tiedEmbeddings: true,
      bias: { qkv: true, output: true, mlp: true },
    },
  };
}
