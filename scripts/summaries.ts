/**
 * Writes a small untrained BART and short reports with their summaries: `npx tsx scripts/summaries.ts FOLDER`.
 *
 * A report has seven sentences in an order of its own, after one that tells nothing. Three of them hold what the summary
 * states: who did what to what, on which day and for how much. Others name people and days that the summary leaves out.
 * FOLDER/model has random weights and a tokenizer of whole words. FOLDER/train.jsonl and FOLDER/test.jsonl have a
 * `prompt` and a `completion` a line; no tested report is trained on. FOLDER/other has the same reports with summaries in
 * other words, for an adapter on a model that knows the first ones. The script prints the ROUGE of the first sentences of
 * the tested reports.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseModelConfig } from '../src/finetune/models/config.ts';
import { expectedWeights } from '../src/finetune/models/weights.ts';
import { meanRouge } from '../src/finetune/rouge.ts';
import { writeSafetensors } from '../src/formats/safetensors/index.ts';
import { random } from '../src/start/random.ts';

const [TRAINED, TESTED, SEED] = [6000, 50, 1];
const [WIDTH, LAYERS, HEADS, POSITIONS] = [64, 2, 4, 96];

const PEOPLE =
  'anna bruno clara david emma felix greta hugo irene jonas karin luis marta nora oscar paula quentin rosa simon tina'.split(
    ' ',
  );
const TOWNS = 'bergen cadiz delft ghent izmir leeds lyon malmo nantes porto riga siena turin ulm vigo'.split(
  ' ',
);
const THINGS =
  'bridge library theatre station market garden museum school harbour tower bakery hospital'.split(' ');
const DEEDS = 'opened painted repaired sold visited bought closed measured'.split(' ');
const DAYS = 'monday tuesday wednesday thursday friday saturday sunday'.split(' ');
const SUMS = 'two three four five six seven eight nine ten twenty thirty forty'.split(' ');
const OPENINGS = [
  'the morning was cold and the streets were wet .',
  'it was a quiet week for most people .',
  'many readers have asked about this story .',
  'there is news from the council again .',
];
const ENDINGS = [
  'nobody was hurt .',
  'the council will meet again next month .',
  'more is known soon .',
  'children had a free afternoon .',
];

interface Pair {
  readonly prompt: string;
  readonly completion: string;
  /** The same summary in other words. */
  readonly other: string;
}

/** A report and its summary, drawn by `next`. */
function drawn(next: () => number): Pair {
  const one = (of: readonly string[]): string => of[Math.floor(next() * of.length)]!;
  const two = (of: readonly string[]): readonly [string, string] => {
    const first = one(of);
    return [first, one(of.filter((word) => word !== first))];
  };
  const [[who, other], [day, rain], town, thing, deed, cost] = [
    two(PEOPLE),
    two(DAYS),
    one(TOWNS),
    one(THINGS),
    one(DEEDS),
    one(SUMS),
  ];
  const sentences = [
    `${who} ${deed} the ${thing} of ${town} .`,
    `it happened on ${day} .`,
    `the cost was ${cost} thousand crowns .`,
    `${other} stood by and watched .`,
    `the rain had begun on ${rain} .`,
    one(ENDINGS),
  ];
  const ordered = sentences
    .map((text) => ({ text, at: next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ text }) => text);
  return {
    prompt: [one(OPENINGS), ...ordered].join(' '),
    completion: `on ${day} ${who} ${deed} the ${thing} of ${town} for ${cost} thousand crowns .`,
    other: `the cost of the ${thing} of ${town} was ${cost} thousand crowns . ${who} ${deed} it on ${day} .`,
  };
}

/** A tokenizer whose tokens are the words of the texts. */
function tokenizerOf(texts: readonly string[]): { readonly json: object; readonly size: number } {
  const special = ['<s>', '<pad>', '</s>', '<unk>'];
  const words = [...new Set(texts.flatMap((text) => text.split(' ')))].sort();
  const vocab = Object.fromEntries([...special, ...words].map((word, id) => [word, id]));
  const added = special.map((content, id) => ({
    ...{ id, content, special: true },
    ...{ single_word: false, lstrip: false, rstrip: false, normalized: false },
  }));
  const end = (id: string, content: string, token: number) => ({
    piece: { SpecialToken: { id: content, type_id: 0 } },
    known: [content, { id: content, ids: [token], tokens: [content] }],
    name: id,
  });
  const [first, last] = [end('first', '<s>', 0), end('last', '</s>', 2)];
  const sequence = { Sequence: { id: 'A', type_id: 0 } };
  return {
    size: special.length + words.length,
    json: {
      version: '1.0',
      added_tokens: added,
      normalizer: { type: 'Lowercase' },
      pre_tokenizer: { type: 'Whitespace' },
      post_processor: {
        type: 'TemplateProcessing',
        single: [first.piece, sequence, last.piece],
        pair: [first.piece, sequence, last.piece, { Sequence: { id: 'B', type_id: 1 } }, last.piece],
        special_tokens: Object.fromEntries([first.known, last.known]),
      },
      decoder: { type: 'WordPiece', prefix: '##', cleanup: false },
      model: {
        type: 'WordPiece',
        unk_token: '<unk>',
        continuing_subword_prefix: '##',
        max_input_chars_per_word: 100,
        vocab,
      },
    },
  };
}

/** A config.json with the fields of BART's. */
const configOf = (vocabulary: number) => ({
  activation_function: 'gelu',
  architectures: ['BartForConditionalGeneration'],
  bos_token_id: 0,
  d_model: WIDTH,
  decoder_attention_heads: HEADS,
  decoder_ffn_dim: 2 * WIDTH,
  decoder_layers: LAYERS,
  decoder_start_token_id: 2,
  encoder_attention_heads: HEADS,
  encoder_ffn_dim: 2 * WIDTH,
  encoder_layers: LAYERS,
  eos_token_id: 2,
  is_encoder_decoder: true,
  max_position_embeddings: POSITIONS,
  model_type: 'bart',
  num_hidden_layers: LAYERS,
  pad_token_id: 1,
  scale_embedding: false,
  torch_dtype: 'float32',
  vocab_size: vocabulary,
});

/** A number with the standard normal distribution (Box and Muller). */
const normal = (next: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());

/** Writes random weights: matrices whose products keep their size, and norms that change nothing. */
async function writeModel(folder: string, texts: readonly string[], next: () => number): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const { json, size } = tokenizerOf(texts);
  const config = configOf(size);
  const write = (name: string, of: object) =>
    writeFileSync(join(folder, name), `${JSON.stringify(of, null, 2)}\n`);
  write('config.json', config);
  write('tokenizer.json', json);
  const weights = [...expectedWeights(parseModelConfig(config, 'config.json'))].map(([name, shape]) => {
    const isNorm = /norm(_embedding)?\.weight$/.test(name);
    const scale = shape.length === 1 || name === 'final_logits_bias' ? 0 : 1 / Math.sqrt(shape[1]!);
    const count = shape.reduce((a, b) => a * b, 1);
    const data = Float32Array.from({ length: count }, () => (isNorm ? 1 : scale * normal(next)));
    return { name, dtype: 'F32' as const, shape, data };
  });
  await writeSafetensors(join(folder, 'model.safetensors'), weights);
}

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('name a folder: npx tsx scripts/summaries.ts FOLDER');
const next = random(SEED);
const pairs = new Map<string, Pair>();
while (pairs.size < TRAINED + TESTED) {
  const pair = drawn(next);
  pairs.set(pair.prompt, pair);
}
const all = [...pairs.values()];
const [tested, trained] = [all.slice(0, TESTED), all.slice(TESTED)];
const lines = (of: readonly Pair[], summary: 'completion' | 'other') =>
  of.map((pair) => `${JSON.stringify({ prompt: pair.prompt, completion: pair[summary] })}\n`).join('');
for (const [below, summary] of [
  ['', 'completion'],
  ['other', 'other'],
] as const) {
  mkdirSync(join(folder, below), { recursive: true });
  writeFileSync(join(folder, below, 'train.jsonl'), lines(trained, summary));
  writeFileSync(join(folder, below, 'test.jsonl'), lines(tested, summary));
}
const texts = all.flatMap(({ prompt, completion }) => [prompt, completion]);
await writeModel(join(folder, 'model'), texts, next);

/** The ROUGE of the first sentences of the tested reports, against summaries of a kind. */
const leading = (count: number, summary: 'completion' | 'other') =>
  meanRouge(
    tested.map((pair) => ({
      text: pair.prompt.split(' . ').slice(0, count).join(' . '),
      reference: pair[summary],
    })),
  );
for (const summary of ['completion', 'other'] as const)
  for (const count of [1, 2, 3, 7]) {
    const { rouge1, rouge2, rougeL } = leading(count, summary);
    const shown = [rouge1, rouge2, rougeL].map((part) => (100 * part).toFixed(1)).join(', ');
    console.log(`${summary}, the first ${count} sentences: ROUGE-1, ROUGE-2, ROUGE-L ${shown}`);
  }
