/**
 * Writes random checkpoints of Llama 3.2's architecture: bf16 shards with their index, tied embeddings, llama3's
 * rotary scaling, and a byte-level tokenizer that has ids 0 to 255. Weights are drawn as they are written.
 */
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { parseModelConfig } from '../../../src/finetune/models/config.ts';
import { expectedWeights } from '../../../src/finetune/models/weights.ts';
import { shardIndexText } from '../../../src/formats/checkpoint/shard-index.ts';
import { encodeBF16 } from '../../../src/formats/safetensors/index.ts';

export interface Shape {
  readonly vocabulary: number;
  readonly hidden: number;
  readonly intermediate: number;
  readonly layers: number;
  readonly heads: number;
  readonly keyHeads: number;
  readonly headWidth: number;
}

/** The shape of meta-llama/Llama-3.2-1B, with two of its sixteen layers. */
export const LLAMA_1B: Shape = {
  vocabulary: 128_256,
  hidden: 2048,
  intermediate: 8192,
  layers: 2,
  heads: 32,
  keyHeads: 8,
  headWidth: 64,
};

/** The standard deviation of random weights, as transformers initialises them. */
export const DEVIATION = 0.02;

/** A config.json with the fields of Llama-3.2-1B's. */
const configOf = (s: Shape) => ({
  architectures: ['LlamaForCausalLM'],
  attention_bias: false,
  attention_dropout: 0,
  bos_token_id: s.vocabulary - 256,
  eos_token_id: s.vocabulary - 255,
  head_dim: s.headWidth,
  hidden_act: 'silu',
  hidden_size: s.hidden,
  initializer_range: DEVIATION,
  intermediate_size: s.intermediate,
  max_position_embeddings: 131_072,
  mlp_bias: false,
  model_type: 'llama',
  num_attention_heads: s.heads,
  num_hidden_layers: s.layers,
  num_key_value_heads: s.keyHeads,
  pretraining_tp: 1,
  rms_norm_eps: 1e-5,
  rope_scaling: {
    factor: 32,
    high_freq_factor: 4,
    low_freq_factor: 1,
    original_max_position_embeddings: 8192,
    rope_type: 'llama3',
  },
  rope_theta: 500_000,
  tie_word_embeddings: true,
  torch_dtype: 'bfloat16',
  use_cache: true,
  vocab_size: s.vocabulary,
});

/**
 * The letters by which GPT-2 writes bytes: a printable byte is its own letter, the others take letters from 256 on.
 */
function byteLetters(): string[] {
  let next = 256;
  const printable = (b: number) => (b > 32 && b < 127) || (b > 160 && b < 173) || b > 173;
  return Array.from({ length: 256 }, (_, b) => String.fromCharCode(printable(b) ? b : next++));
}

const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
const tokenizer = () => ({
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: byteLevel,
  post_processor: null,
  decoder: byteLevel,
  model: { type: 'BPE', vocab: Object.fromEntries(byteLetters().map((c, i) => [c, i])), merges: [] },
});

/** A table of 2¹⁶ bf16 numbers: quantiles of the normal distribution, by Acklam's approximation (error 1e-9). */
function normalBits(): Uint16Array {
  const values = Float64Array.from({ length: 65_536 }, (_, i) => DEVIATION * quantile((i + 0.5) / 65_536));
  return encodeBF16(values);
}

function quantile(p: number): number {
  const a = [
    -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716,
    2.506628277459239,
  ];
  const b = [
    -54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1,
  ];
  const c = [
    -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
    2.938163982698783,
  ];
  const d = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1];
  const at = (coefficients: readonly number[], x: number) => coefficients.reduce((sum, k) => sum * x + k, 0);
  if (p > 0.5) return -quantile(1 - p);
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    return at(c, q) / at(d, q);
  }
  const r = (p - 0.5) ** 2;
  return ((p - 0.5) * at(a, r)) / at(b, r);
}

/**
 * Fills arrays with random numbers of the table, by xorshift32 (Marsaglia 2003): 16 bits of a draw choose a number.
 */
function drawing(seed: number, table: Uint16Array): (into: Uint16Array) => void {
  let x = seed >>> 0 || 1;
  return (into) => {
    for (let i = 0; i < into.length; i += 2) {
      x ^= x << 13;
      x ^= x >>> 17;
      x ^= x << 5;
      into[i] = table[x & 0xffff]!;
      if (i + 1 < into.length) into[i + 1] = table[x >>> 16]!;
    }
  };
}

type Weight = readonly [name: string, shape: readonly number[]];

/** The count of numbers that are in memory at a time. */
const CHUNK = 2 ** 20;
/** The bits of 1 in bf16. */
const ONE = 0x3f80;

/**
 * Writes a model into a folder. A new shard begins where the next tensor would take the last one above `shardBytes`.
 */
export function writeRandomLlama(folder: string, shape: Shape, { shardBytes = 2e8, seed = 1 } = {}): void {
  mkdirSync(folder, { recursive: true });
  const text = JSON.stringify(configOf(shape), null, 2);
  writeFileSync(join(folder, 'config.json'), text);
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer()));
  const bytesOf = (weights: readonly Weight[]) =>
    2 * weights.reduce((sum, [, s]) => sum + s.reduce((a, b) => a * b, 1), 0);
  const all: readonly Weight[] = [...expectedWeights(parseModelConfig(JSON.parse(text), 'config.json'))];
  const shards: Weight[][] = [[]];
  for (const weight of all) {
    const open = shards.at(-1)!;
    if (open.length === 0 || bytesOf([...open, weight]) <= shardBytes) open.push(weight);
    else shards.push([weight]);
  }
  const shardOf = new Map<string, string>();
  const draw = drawing(seed, normalBits());
  for (const [i, weights] of shards.entries()) {
    const five = (n: number) => String(n).padStart(5, '0');
    const file = `model-${five(i + 1)}-of-${five(shards.length)}.safetensors`;
    for (const [name] of weights) shardOf.set(name, file);
    writeShard(join(folder, file), weights, draw);
  }
  writeFileSync(join(folder, 'model.safetensors.index.json'), shardIndexText(shardOf, bytesOf(all)));
}

/** Writes a safetensors file, with one chunk in memory at a time. */
function writeShard(path: string, weights: readonly Weight[], draw: (into: Uint16Array) => void): void {
  let end = 0;
  const entries = weights.map(([name, shape]) => {
    const begin = end;
    end += 2 * shape.reduce((a, b) => a * b, 1);
    return [name, { dtype: 'BF16', shape, data_offsets: [begin, end] }];
  });
  const json = JSON.stringify({ __metadata__: { format: 'pt' }, ...Object.fromEntries(entries) });
  const header = Buffer.from(json.padEnd(Math.ceil(json.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const file = openSync(path, 'wx');
  writeSync(file, length);
  writeSync(file, header);
  const chunk = new Uint16Array(CHUNK);
  for (const [name, shape] of weights) {
    const count = shape.reduce((a, b) => a * b, 1);
    for (let done = 0; done < count; done += CHUNK) {
      const part = chunk.subarray(0, Math.min(CHUNK, count - done));
      if (name.endsWith('norm.weight')) part.fill(ONE);
      else draw(part);
      writeSync(file, part);
    }
  }
  closeSync(file);
}
