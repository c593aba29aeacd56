/** Rotary position embeddings: the frequencies of each variant. Source: transformers, modeling_rope_utils.py. */
import * as v from 'valibot';
import { entryOf } from '../../../compiler/records.ts';
import { type At, FormatError, shownValue } from '../error.ts';
import { isObject, type Json, type JsonObject } from '../json.ts';
import { shown } from '../safetensors/error.ts';
import { checked, count, positive } from '../schema.ts';

export type Rope =
  | { readonly kind: 'default'; readonly theta: number }
  /** `linear` divides positions by `factor`. */
  | { readonly kind: 'linear'; readonly theta: number; readonly factor: number }
  /** `dynamic` (NTK) increases theta for a sequence longer than `maxPositions`. */
  | {
      readonly kind: 'dynamic';
      readonly theta: number;
      readonly factor: number;
      readonly maxPositions: number;
    }
  /** `llama3` treats long waves as linear, leaves short ones, and interpolates between. */
  | {
      readonly kind: 'llama3';
      readonly theta: number;
      readonly factor: number;
      readonly lowFreqFactor: number;
      readonly highFreqFactor: number;
      readonly originalMaxPositions: number;
    }
  | {
      readonly kind: 'yarn';
      readonly theta: number;
      readonly factor: number;
      /** The factor of cos and sin. */
      readonly attentionFactor: number;
      readonly betaFast: number;
      readonly betaSlow: number;
      /** Whether the ends of the ramp are rounded to whole dimensions. */
      readonly truncate: boolean;
      readonly originalMaxPositions: number;
    }
  /** `longrope` divides each frequency by a factor of its own; sequences beyond the original context have other factors. */
  | {
      readonly kind: 'longrope';
      readonly theta: number;
      readonly shortFactor: readonly number[];
      readonly longFactor: readonly number[];
      /** The factor of cos and sin. */
      readonly attentionFactor: number;
      readonly originalMaxPositions: number;
    };

/** The default of transformers' configuration classes. */
const THETA = 10_000;

const linear = v.looseObject({ factor: positive });
const llama3 = v.looseObject({
  factor: positive,
  low_freq_factor: positive,
  high_freq_factor: positive,
  original_max_position_embeddings: count,
});
const yarn = v.looseObject({
  factor: v.nullish(positive),
  original_max_position_embeddings: v.nullish(count),
  attention_factor: v.nullish(positive),
  beta_fast: v.nullish(positive),
  beta_slow: v.nullish(positive),
  mscale: v.nullish(v.number()),
  mscale_all_dim: v.nullish(v.number()),
  truncate: v.nullish(v.boolean()),
});

const longrope = v.looseObject({
  short_factor: v.array(positive),
  long_factor: v.array(positive),
  factor: v.nullish(positive),
  attention_factor: v.nullish(positive),
  original_max_position_embeddings: v.nullish(count),
});

/** The keys that each variant reads; another key would have no effect, so it is refused. */
const COMMON = new Set(['rope_type', 'type', 'rope_theta', 'partial_rotary_factor']);
const KEYS: Readonly<Record<string, readonly string[]>> = {
  default: [],
  linear: ['factor'],
  dynamic: ['factor', 'original_max_position_embeddings'],
  llama3: Object.keys(llama3.entries),
  yarn: Object.keys(yarn.entries),
  longrope: Object.keys(longrope.entries),
};

const REMEDY = 'Take config.json from the checkpoint.';
const section = v.looseObject({
  rope_type: v.nullish(v.string()),
  type: v.nullish(v.string()),
  rope_theta: v.nullish(positive),
  partial_rotary_factor: v.nullish(v.number()),
});

/** The parameters of layers of a type, where `rope_parameters` (transformers 5) has them by type. */
export function ropeOfType({ rope_parameters: all }: JsonObject, type: string): Json | undefined {
  const own = isObject(all) ? all[type] : undefined;
  return isObject(own) ? own : undefined;
}

/**
 * Parses the variant from `rope_parameters` (transformers 5) or `rope_theta` and `rope_scaling`. Throws
 * InvalidConfig, and UnsupportedOption for a variant that is not computed here.
 */
export function parseRope(
  config: { readonly rope_theta?: number | null | undefined } & JsonObject,
  maxPositions: number,
  file: string,
): Rope {
  const name = (config.rope_parameters ?? null) === null ? 'rope_scaling' : 'rope_parameters';
  const raw = config[name] ?? {};
  const at: At = { file, name };
  const read = <const S extends v.GenericSchema>(schema: S) =>
    checked(schema, raw, at, 'InvalidConfig', REMEDY);
  const head = read(section);
  const named = head.rope_type ?? head.type ?? 'default';
  // Phi-3 was published with `su`, the first name of longrope.
  const type = named === 'su' ? 'longrope' : named;
  const keys = entryOf(KEYS, type);
  if (!keys) {
    throw new FormatError(
      'UnsupportedOption',
      at,
      `the variant ${shown(type)} is not computed`,
      `Use a model whose rope_type is one of ${Object.keys(KEYS).join(', ')}.`,
    );
  }
  if ((head.partial_rotary_factor ?? 1) !== 1)
    throw unsupported(at, 'partial_rotary_factor', head.partial_rotary_factor, 1);
  const unread = Object.keys(raw).find((key) => !COMMON.has(key) && !keys.includes(key));
  if (unread !== undefined) {
    throw new FormatError(
      'UnsupportedOption',
      at,
      `${shown(unread)} is not a parameter of the variant ${shown(type)}`,
      REMEDY,
    );
  }
  const theta = head.rope_theta ?? config.rope_theta ?? THETA;
  if ((config.rope_theta ?? theta) !== theta)
    throw new FormatError(
      'InvalidConfig',
      at,
      `its rope_theta is ${shownValue(theta)}, and that of config.json ${shownValue(config.rope_theta)}`,
      'Keep the one that the model was trained with.',
    );
  switch (type) {
    case 'linear':
      return { kind: type, theta, factor: read(linear).factor };
    case 'dynamic':
      return { kind: type, theta, factor: read(linear).factor, maxPositions };
    case 'llama3': {
      const r = read(llama3);
      if (r.low_freq_factor >= r.high_freq_factor)
        throw new FormatError(
          'InvalidConfig',
          at,
          `low_freq_factor is ${r.low_freq_factor}, and must be below high_freq_factor, which is ${r.high_freq_factor}`,
          REMEDY,
        );
      return {
        kind: type,
        theta,
        factor: r.factor,
        lowFreqFactor: r.low_freq_factor,
        highFreqFactor: r.high_freq_factor,
        originalMaxPositions: r.original_max_position_embeddings,
      };
    }
    case 'yarn': {
      const r = read(yarn);
      const originalMaxPositions = r.original_max_position_embeddings ?? maxPositions;
      const factor = r.factor ?? maxPositions / originalMaxPositions;
      return {
        kind: type,
        theta,
        factor,
        attentionFactor: r.attention_factor ?? yarnAttention(factor, r.mscale, r.mscale_all_dim),
        betaFast: r.beta_fast ?? 32,
        betaSlow: r.beta_slow ?? 1,
        truncate: r.truncate ?? true,
        originalMaxPositions,
      };
    }
    case 'longrope':
      return { kind: type, theta, ...parseLongrope(read(longrope), config, maxPositions, at) };
    default:
      return { kind: 'default', theta };
  }
}

/** The parameters of `longrope`. The original context is a field of the whole configuration, or of this section. */
function parseLongrope(
  r: v.InferOutput<typeof longrope>,
  { original_max_position_embeddings: field }: JsonObject,
  maxPositions: number,
  at: At,
): Pick<
  Rope & { readonly kind: 'longrope' },
  'shortFactor' | 'longFactor' | 'attentionFactor' | 'originalMaxPositions'
> {
  const { short_factor: shortFactor, long_factor: longFactor } = r;
  if (shortFactor.length !== longFactor.length) {
    const problem = `short_factor has ${shortFactor.length} numbers, and long_factor ${longFactor.length}`;
    throw new FormatError('InvalidConfig', at, problem, REMEDY);
  }
  const written = checked(
    v.nullish(count),
    field ?? null,
    { file: at.file, name: ORIGINAL },
    'InvalidConfig',
    REMEDY,
  );
  const original = written ?? r.original_max_position_embeddings;
  const factor = typeof original === 'number' ? maxPositions / original : (r.factor ?? 1);
  const originalMaxPositions = original ?? maxPositions;
  const grown = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(originalMaxPositions));
  return { shortFactor, longFactor, attentionFactor: r.attention_factor ?? grown, originalMaxPositions };
}

const ORIGINAL = 'original_max_position_embeddings';

function unsupported(at: At, option: string, value: unknown, only: unknown): FormatError {
  return new FormatError(
    'UnsupportedOption',
    at,
    `${option} is ${shownValue(value)}, and only ${JSON.stringify(only)} is computed`,
    'Use a model without it.',
  );
}

/** The factor of cos and sin: the paper's 0.1·ln(factor) + 1, or a quotient of two such terms (DeepSeek). */
function yarnAttention(
  factor: number,
  mscale: number | null | undefined,
  allDim: number | null | undefined,
): number {
  const of = (m: number) => (factor <= 1 ? 1 : 0.1 * m * Math.log(factor) + 1);
  return mscale && allDim ? of(mscale) / of(allDim) : of(1);
}

export interface RopeFrequencies {
  /** The angles per position in radians, headDim / 2 of them; the i-th rotates dimensions i and i + headDim/2. */
  readonly inverse: Float64Array;
  /** The factor of cos and sin. */
  readonly attentionFactor: number;
}

/**
 * The frequencies for sequences of `length` tokens, on which `dynamic` and `longrope` depend. They are computed in float64, and
 * in transformers in float32.
 */
export function ropeFrequencies(rope: Rope, headDim: number, length: number): RopeFrequencies {
  const base = (theta: number) =>
    Float64Array.from({ length: headDim / 2 }, (_, i) => theta ** ((-2 * i) / headDim));
  const plain = (inverse: Float64Array): RopeFrequencies => ({ inverse, attentionFactor: 1 });
  switch (rope.kind) {
    case 'default':
      return plain(base(rope.theta));
    case 'linear':
      return plain(base(rope.theta).map((f) => f / rope.factor));
    case 'dynamic': {
      const { theta, factor, maxPositions } = rope;
      const stretch = (factor * Math.max(length, maxPositions)) / maxPositions - (factor - 1);
      return plain(base(theta * stretch ** (headDim / (headDim - 2))));
    }
    case 'llama3':
      return plain(base(rope.theta).map((f) => llama3Frequency(f, rope)));
    case 'yarn':
      return {
        inverse: yarnFrequencies(base(rope.theta), rope, headDim),
        attentionFactor: rope.attentionFactor,
      };
    case 'longrope': {
      const { shortFactor, longFactor, attentionFactor, originalMaxPositions } = rope;
      const factors = length > originalMaxPositions ? longFactor : shortFactor;
      return { inverse: base(rope.theta).map((f, i) => f / factors[i]!), attentionFactor };
    }
    default:
      return rope satisfies never;
  }
}

function llama3Frequency(f: number, rope: Rope & { readonly kind: 'llama3' }): number {
  const { factor, lowFreqFactor: low, highFreqFactor: high, originalMaxPositions: context } = rope;
  const wave = (2 * Math.PI) / f;
  if (wave < context / high) return f;
  if (wave > context / low) return f / factor;
  const smooth = (context / wave - low) / (high - low);
  return ((1 - smooth) * f) / factor + smooth * f;
}

function yarnFrequencies(
  frequencies: Float64Array,
  rope: Rope & { readonly kind: 'yarn' },
  headDim: number,
): Float64Array {
  const { theta, factor, betaFast, betaSlow, truncate, originalMaxPositions: context } = rope;
  /** The dimension whose wave turns `turns` times within the original context. */
  const dimension = (turns: number) =>
    (headDim * Math.log(context / (turns * 2 * Math.PI))) / (2 * Math.log(theta));
  const [from, to] = [dimension(betaFast), dimension(betaSlow)];
  const low = Math.max(truncate ? Math.floor(from) : from, 0);
  const high = Math.min(truncate ? Math.ceil(to) : to, headDim - 1);
  const width = high === low ? 0.001 : high - low;
  return frequencies.map((f, i) => {
    const ramp = Math.min(Math.max((i - low) / width, 0), 1);
    return (f / factor) * ramp + f * (1 - ramp);
  });
}
