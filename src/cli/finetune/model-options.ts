/** Options that several commands on models have, each declared once. */
import { Option } from 'commander';
import { reading, required, sourceFiles, writing } from '../path-options.ts';
import { parsePattern, parseSize } from './options.ts';

/** The data that commands take. */
export const DATA =
  'a text, .jsonl of texts or conversations, .safetensors of token ids, or a folder of these; may be repeated';

export const quantize = (): Option =>
  new Option(
    '--quantize <format>',
    'hold the projections of a plain model quantised: nf4, nf4-double, int8, int4 or int4:<group>',
  );

export const answer = (): Option =>
  new Option(
    '--answer <regex>',
    'what marks the answer in a response: the first group of the last match; default: what follows the last ####, or all',
  ).argParser(parsePattern);

export const answerTokens = (): Option =>
  new Option(
    '--answer-tokens <n>',
    'most tokens of a generated response; default: twice the longest in the data',
  ).argParser(parseSize);

export const sourceLength = (): Option =>
  new Option(
    '--source-length <n>',
    'most tokens that the encoder of a model with one reads; default: the model’s positions',
  ).argParser(parseSize);

export const trustCode = (): Option =>
  new Option(
    '--trust-code',
    'run the source in the adapter’s folder if it defines operators: only for authors that you trust',
  );

export const model = (): Option =>
  required(reading('--model <folder>', 'the model, as Hugging Face lays it out'));

export const adapter = (): Option =>
  reading('--adapter <folder>', 'an adapter, from finetune or in PEFT’s format');

/** An option for the adapters that a command uses in turn. */
export const adapters = (): Option =>
  several(
    reading('--adapter <folder>', 'an adapter, as adapter or NAME=adapter; may be repeated', {
      paths: async (given) => [(await import('./with-model.ts')).folderOf(given)],
    }),
  );

export const compose = (turn: string): Option =>
  new Option('--compose', `use all adapters together, in their order${turn}`);

export const data = (): Option => required(several(reading('--data <file>', DATA)));

/** An option that may be given several times. */
export const several = (option: Option): Option =>
  option.argParser((value: string, before: readonly string[] | undefined) => [...(before ?? []), value]);

export const chatTemplate = (): Option =>
  reading('--chat-template <file>', 'chat template of Jinja, instead of the tokenizer’s own');

export const out = (description: string): Option =>
  required(writing('--out <folder>', description, 'folder'));

export const claims = (): Option =>
  reading(
    '--claims <file>',
    'TypeScript file of the adapter’s layer with claims, if it was trained without them',
    { paths: sourceFiles },
  );
