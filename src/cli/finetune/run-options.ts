/**
 * The options of `oftc finetune`, each as one entry: how a command line has it, and how a run.json has it. The command,
 * the reader and the writer of run.json, and its JSON Schema all follow from this table.
 */
import { Option } from 'commander';
import { RATE_SCHEDULES } from '../../finetune/loop/schedule.ts';
import { activations, device } from '../options.ts';
import { methodFiles, reading } from '../path-options.ts';
import { parseSettings } from '../usage.ts';
import {
  answer,
  answerTokens,
  chatTemplate,
  data,
  model,
  out,
  quantize,
  several,
  trustCode,
} from './model-options.ts';
import {
  ENGINES,
  parseBetas,
  parseDecay,
  parseHoldOut,
  parseLeastRate,
  parseModules,
  parseNatural,
  parsePart,
  parsePositive,
  parseRate,
  parseSize,
  parseSteps,
} from './options.ts';

/** The forms of values in a run.json; `forms.ts` defines them. */
export type FormName =
  | 'number'
  | 'text'
  | 'numbers'
  | 'flag'
  | 'part'
  | 'names'
  | 'settings'
  | 'path'
  | 'paths'
  | 'method';

export interface RunOption {
  readonly option: Option;
  readonly form: FormName;
  /** Whether a run cannot start without the option. */
  readonly needed?: boolean;
  /** The keys of a run.json that this option excludes: they do not count where the command line gives it. */
  readonly excludes?: (value: unknown) => readonly string[];
}

const entry = (form: FormName, option: Option, more: Omit<RunOption, 'option' | 'form'> = {}): RunOption => ({
  // A run.json may have it instead of the command line.
  option: option.makeOptionMandatory(false),
  form,
  ...more,
});

/** An entry whose option has a parser, and perhaps a default. */
const parsed = (
  form: FormName,
  flags: string,
  description: string,
  parse: (text: string) => unknown,
  standard?: number,
  more: Omit<RunOption, 'option' | 'form'> = {},
): RunOption => entry(form, new Option(flags, description).argParser(parse).default(standard), more);

const flag = (flags: string, description: string): RunOption => entry('flag', new Option(flags, description));

/** The options that a run.json holds, in its order. */
export const runOptions = (): readonly RunOption[] => [
  entry('path', model(), { needed: true }),
  entry(
    'method',
    reading('--adapter <method>', 'a method of the library, such as oft, or a TypeScript file', {
      paths: methodFiles,
    }),
    { excludes: () => ['init'] },
  ),
  entry('text', new Option('--layer <name>', 'which layer, where the file exports several')),
  entry(
    'settings',
    new Option('--set <values>', 'configuration and sizes: b=32,cayley=exact').argParser(parseSettings),
  ),
  parsed(
    'names',
    '--targets <modules>',
    'linear layers by name, such as q_proj,v_proj,lm_head; all-linear for all in the blocks',
    parseModules,
  ),
  entry(
    'path',
    reading(
      '--init <folder>',
      'an adapter to train further, from finetune or in PEFT’s format, instead of a new one',
    ),
    { excludes: () => ['adapter', 'layer', 'set', 'targets'] },
  ),
  entry('text', quantize()),
  entry('paths', data(), { needed: true }),
  entry('path', out('where adapter, metrics, chart and checkpoint go: new or empty'), { needed: true }),
  parsed('number', '--steps <n>', 'steps of AdamW', parseSteps, 200),
  parsed('number', '--batch <n>', 'sequences in a batch', parseSize, 4),
  parsed('number', '--length <n>', 'tokens in a sequence', parseSize, 64),
  parsed(
    'number',
    '--source-length <n>',
    'most tokens that the encoder of a model with one reads; default: the model’s positions',
    parseSize,
  ),
  parsed('number', '--lr <rate>', 'highest learning rate', parseRate, 3e-3),
  entry(
    'text',
    new Option('--schedule <kind>', 'course of the learning rate after the warm-up')
      .choices(RATE_SCHEDULES)
      .default('cosine'),
    { excludes: (schedule) => (schedule === 'constant' ? ['lr_min'] : []) },
  ),
  parsed(
    'number',
    '--lr-min <rate>',
    'learning rate that a cosine or a line falls towards at --steps; default: 0',
    parseLeastRate,
  ),
  parsed('number', '--warmup <n>', 'steps over which the learning rate rises', parseNatural, 0),
  parsed('number', '--clip <norm>', 'scale larger gradients down to this norm; default: none', parsePositive),
  parsed('number', '--accumulate <n>', 'batches in a step, whose gradients are averaged', parseSize, 1),
  parsed('number', '--weight-decay <x>', 'weight decay of AdamW', parseDecay, 0),
  entry(
    'numbers',
    new Option('--betas <b1,b2>', 'β₁ and β₂ of AdamW')
      .argParser(parseBetas)
      .default([0.9, 0.999], '0.9,0.999'),
  ),
  parsed(
    'number',
    '--dropout <part>',
    'in training, part of the input of LoRA’s branch, or of OFT’s blocks, that is dropped; default: 0, or the --init adapter’s',
    parsePart,
  ),
  parsed(
    'number',
    '--seed <n>',
    'seed of the adapter’s start, the data’s order and dropout',
    parseNatural,
    0,
  ),
  flag('--in-order', 'take sequences in the order of the data, instead of drawing them'),
  parsed('number', '--eval-every <n>', 'steps between held-out losses', parseSize, 50),
  flag(
    '--eval-generate',
    'continue the held-out prompts too, and report how many answers are the data’s: the exact match',
  ),
  entry('text', answer()),
  entry('number', answerTokens()),
  parsed('number', '--save-every <n>', 'steps between checkpoints', parseSize, 50),
  parsed(
    'part',
    '--hold-out <part>',
    'part of the data that is not trained on; default: 1/20',
    parseHoldOut,
    undefined,
    { excludes: (part) => (part === 0 ? [] : ['validation']) },
  ),
  entry(
    'paths',
    several(reading('--validation <file>', 'data to measure the held-out loss on, instead of a part')),
    { excludes: () => ['hold_out'] },
  ),
  entry('path', chatTemplate()),
  entry('text', device()),
  entry('text', activations()),
  entry(
    'text',
    new Option('--engine <name>', 'what computes the steps: oftc on WebGPU, or PyTorch')
      .choices(ENGINES)
      .default('webgpu'),
    { excludes: (engine) => (engine === 'torch' ? [] : ['processes', 'fsdp']) },
  ),
  parsed('number', '--processes <n>', 'processes of PyTorch that share each batch, by DDP', parseSize),
  flag('--fsdp', 'spread the model over the processes of PyTorch, by FSDP2'),
];

/** The options that a command line alone has, with the reason. */
export const aloneOptions = (): readonly { readonly option: Option; readonly because: string }[] => [
  {
    option: trustCode(),
    because: 'whether code is trusted is for the person who runs the command to say: give --trust-code',
  },
  {
    option: new Option('--resume', 'continue from the folder’s checkpoint'),
    because: 'a run is resumed by its command: give --resume',
  },
  {
    option: new Option('--json', 'one JSON object on stdout'),
    because: 'the output is for the command to say: give --json',
  },
];

/** The key of an option in a run.json: `eval_every` of --eval-every. */
export const keyOf = (option: Option): string => option.name().replaceAll('-', '_');
