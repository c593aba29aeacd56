/** The refusals in reading and writing models, tokenizers and adapters, by the names of their codes. */
import type { Code, Setup } from '../code.ts';
import { FILES } from './finetune.ts';
import { CONFIG, json, MODEL, TOKENIZER, WEIGHTS } from './model-files.ts';

type Files = NonNullable<Setup['files']>;

const INSPECT = { run: 'oftc inspect .' };

/** An example on a model with a wrong file, mended with the right model. */
const model = (wrong: Files, right: Files = MODEL) => ({
  ...INSPECT,
  files: { ...MODEL, ...wrong },
  mended: { files: right },
});

const INDEX = 'model.safetensors.index.json';
const sharded = (map: Readonly<Record<string, string>>) => ({ [INDEX]: json({ weight_map: map }) });

/** An example on one index and its shards, which need no model around them. */
const shards = (wrong: Readonly<Record<string, string>>) => ({
  run: `oftc inspect ${INDEX}`,
  files: { ...sharded(wrong), 'a.safetensors': { x: [2] }, 'b.safetensors': { y: [3] } },
  mended: {
    files: {
      ...sharded({ x: 'a.safetensors', y: 'b.safetensors' }),
      'a.safetensors': { x: [2] },
      'b.safetensors': { y: [3] },
    },
  },
});

const tokenizer = (wrong: object) => ({
  run: 'oftc inspect tokenizer.json',
  files: { 'tokenizer.json': json(wrong) },
  mended: { files: { 'tokenizer.json': json(TOKENIZER) } },
});

const ADAPTER = { peft_type: 'HRA', r: 2, apply_GS: false, target_modules: ['q_proj'] };
const HRA = { 'base_model.model.model.layers.0.self_attn.q_proj.hra_u': [4, 2] } as const;
const adapterFiles = (fields: object): Files => ({
  'adapter_config.json': json(fields),
  'adapter_model.safetensors': HRA,
});
const adapter = (wrong: object) => ({
  ...INSPECT,
  files: adapterFiles(wrong),
  mended: { files: adapterFiles(ADAPTER) },
});

/** A run whose run.json has some keys more. */
const run = (more: object) => ({
  run: 'oftc finetune --config run.json --out out',
  files: {
    ...FILES,
    'run.json': json({
      ...{ model: 'model', adapter: 'lora', set: { r: 1 }, targets: ['q_proj'], data: 'text.txt' },
      ...{ batch: 1, length: 3, hold_out: 0, device: 'cpu' },
      ...more,
    }),
  },
});

export const models = {
  MissingFile: {
    title: 'a file that should be there is not',
    explanation:
      'A model is config.json with model.safetensors or its shards; an adapter is adapter_config.json with adapter_model.safetensors.',
    fix: 'Name the folder that holds the file, or download what is missing.',
    example: { ...INSPECT, files: { 'model.safetensors': WEIGHTS }, mended: { files: MODEL } },
  },
  InvalidJson: {
    title: 'not JSON, or not UTF-8',
    explanation: 'The file is not text in UTF-8, not JSON where it should be, or has a key twice.',
    fix: 'Save a text as UTF-8; download or write a JSON file again.',
    example: model({ 'config.json': '{"vocab_size": 8, "vocab_size": 9}\n' }),
  },
  InvalidIndex: {
    title: 'an index of shards that is not valid',
    explanation: 'An index names a shard for every tensor, by the name of a safetensors file beside it.',
    fix: 'Download the index again.',
    example: shards({ x: 'a.safetensors', y: '../b.safetensors' }),
  },
  ShardMismatch: {
    title: 'index and shards differ',
    explanation:
      'A tensor is not in the shard that the index puts it into, is in two shards, or is not in the index.',
    fix: 'Download the index and its shards from one checkpoint.',
    example: shards({ x: 'a.safetensors', y: 'b.safetensors', z: 'b.safetensors' }),
  },
  FolderInUse: {
    title: 'a folder that would lose files',
    explanation: 'A model or an adapter is written as a whole folder, and this one has other files too.',
    fix: 'Name another folder, or empty this one.',
  },
  InvalidConfig: {
    title: 'config.json that is not valid',
    explanation: 'A field is missing, is of another type, or does not go with another.',
    fix: 'Take config.json from the checkpoint.',
    example: model({ 'config.json': json({ ...CONFIG, num_key_value_heads: 3 }) }),
  },
  InvalidImage: {
    title: 'an image that is not read',
    explanation:
      'Images are PNG files with 8 bits for each channel, in a folder for each class. They enter a model in the size that it reads, and its classes have the names of the folders.',
    fix: 'Convert the image to PNG, or put it into the folder of its class, as the message says.',
  },
  UnsupportedModel: {
    title: 'another architecture',
    explanation: 'oftc reads the models of the families that docs/formats.md lists.',
    fix: 'Use one of the architectures that the message lists.',
    example: model({ 'config.json': json({ ...CONFIG, architectures: ['GPT2LMHeadModel'] }) }),
  },
  UnsupportedOption: {
    title: 'an option that is not computed here',
    explanation:
      'A field asks for something that oftc does not compute; to ignore it would give other results.',
    fix: 'Use a model or an adapter without it.',
    example: model({ 'config.json': json({ ...CONFIG, hidden_act: 'gelu' }) }),
  },
  WeightMismatch: {
    title: 'weights that do not fit the configuration',
    explanation: 'A weight that the configuration implies is missing, or has another shape.',
    fix: 'Take the weights and config.json from one checkpoint.',
    example: model({ 'config.json': json({ ...CONFIG, vocab_size: 10 }) }),
  },
  InvalidTokenizer: {
    title: 'a tokenizer that cannot be used',
    explanation:
      'tokenizer.json has no vocabulary, or parts that are not known. Or there is no chat template where one is asked for.',
    fix: 'Save the tokenizer with a current version of transformers. Name a chat template with --chat-template.',
    example: tokenizer({ ...TOKENIZER, model: { ...TOKENIZER.model, type: 'Words' } }),
  },
  VocabularyMismatch: {
    title: 'tokens without a row of the embedding',
    explanation: 'The tokenizer has a token above the vocab_size of the model, or an id belongs to no token.',
    fix: 'Take the tokenizer and the model from one checkpoint.',
    example: model(
      { 'tokenizer.json': json({ ...TOKENIZER, model: { ...TOKENIZER.model, vocab: { a: 0, b: 8 } } }) },
      { ...MODEL, 'tokenizer.json': json(TOKENIZER) },
    ),
  },
  InvalidAdapter: {
    title: 'an adapter whose fields and tensors differ',
    explanation:
      'A field is missing or of another type, or a tensor is missing, unknown, of another shape than the fields imply, or on a module that they do not name.',
    fix: 'Take adapter_config.json and adapter_model.safetensors from one adapter, of this model.',
    example: adapter({ ...ADAPTER, r: 4 }),
  },
  UnsupportedAdapter: {
    title: 'another method of PEFT',
    explanation: 'The adapter is of a method that this library does not have.',
    fix: 'Use one of the methods that the message lists.',
    example: adapter({ ...ADAPTER, peft_type: 'ADALORA' }),
  },
  InvalidRun: {
    title: 'a run.json that is not valid',
    explanation:
      'A run.json holds options of oftc finetune. A key is no option or may not stand in a file, or its value is of another type than the option.',
    fix: 'Correct what the message names.',
    example: { ...run({ steps: '1' }), mended: run({ steps: 1 }) },
  },
} as const satisfies Readonly<Record<string, Code>>;
