/** The files of a model of a few hundred weights, with a tokenizer of letters and texts to train on. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelShape } from '../../../src/formats/config/model-config.ts';
import { serializeSafetensors } from '../../support/safetensors.ts';
import { type Outcome, oftc } from '../cli/harness.ts';
import { random, randomWeights } from './support.ts';

const LETTERS = 'abcdefg .';

const TINY: ModelShape = {
  family: 'llama',
  vocabSize: LETTERS.length,
  hiddenSize: 8,
  intermediateSize: 12,
  layers: 2,
  heads: 2,
  kvHeads: 1,
  headDim: 4,
  maxPositions: 16,
  rmsNormEps: 1e-5,
  rope: { kind: 'default', theta: 100 },
  bias: { qkv: true, output: false, mlp: false },
  tiedEmbeddings: false,
};

export const folder = mkdtempSync(join(tmpdir(), 'oftc-finetune-'));
export const at = (name: string): string => join(folder, name);

export const MODEL = at('model');
mkdirSync(MODEL);
writeFileSync(
  join(MODEL, 'config.json'),
  JSON.stringify({
    architectures: ['Qwen2ForCausalLM'],
    vocab_size: TINY.vocabSize,
    hidden_size: TINY.hiddenSize,
    intermediate_size: TINY.intermediateSize,
    num_hidden_layers: TINY.layers,
    num_attention_heads: TINY.heads,
    num_key_value_heads: TINY.kvHeads,
    max_position_embeddings: TINY.maxPositions,
    rms_norm_eps: TINY.rmsNormEps,
    rope_theta: TINY.rope!.theta,
    tie_word_embeddings: TINY.tiedEmbeddings,
  }),
);
writeFileSync(
  join(MODEL, 'tokenizer.json'),
  JSON.stringify({
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: null,
    post_processor: null,
    decoder: { type: 'Fuse' },
    model: { type: 'BPE', vocab: Object.fromEntries([...LETTERS].map((c, i) => [c, i])), merges: [] },
  }),
);
writeFileSync(
  join(MODEL, 'model.safetensors'),
  serializeSafetensors(
    [...randomWeights(TINY, 3)].map(([name, { data, shape }]) => ({
      name,
      dtype: 'F32' as const,
      shape,
      data: Float32Array.from(data as Float32Array),
    })),
  ),
);

/** A text of two-letter words in a mostly fixed order, so that there is something to learn. */
const next = random(5);
const words = ['ab', 'cd', 'ef', 'ga'];
export const TEXT = Array.from({ length: 200 }, (_, i) =>
  next() < 0.8 ? words[i % 4]! : words[Math.floor(4 * next())]!,
).join(' ');
export const DATA = at('text.txt');
writeFileSync(DATA, TEXT);

export const BASE = ['finetune', '--model', MODEL, '--data', DATA, '--device', 'cpu', '--json'];
const SMALL = [
  '--length',
  '7',
  '--batch',
  '2',
  '--hold-out',
  '1/8',
  '--eval-every',
  '4',
  '--save-every',
  '3',
];

/** Targets of each kind of shape: (8, 8), (4, 8) with a bias and (8, 12). All seven would compile twice as long. */
export const MODULES = 'q_proj,v_proj,down_proj';
const ADAPTER = ['--adapter', 'oft', '--set', 'b=4', '--targets', MODULES];

/** The arguments of `oftc finetune` on the tiny model; an option in `more` replaces a default. */
export const argumentsOf = (out: string, ...more: string[]): string[] => {
  const given = new Map<string, string[]>();
  const all = [
    ...BASE.slice(1),
    ...SMALL,
    // With --init, the existing adapter's files say its method and targets.
    ...(more.includes('--init') ? [] : ADAPTER),
    '--out',
    at(out),
    '--steps',
    '8',
    ...more,
  ];
  for (let i = 0; i < all.length; i++) {
    const value = all[i + 1];
    const alone = value === undefined || value.startsWith('--');
    given.set(all[i]!, alone ? [all[i]!] : [all[i]!, value]);
    if (!alone) i++;
  }
  return ['finetune', ...[...given.values()].flat()];
};

export const finetune = (out: string, ...more: string[]): Promise<Outcome> =>
  oftc(...argumentsOf(out, ...more));
