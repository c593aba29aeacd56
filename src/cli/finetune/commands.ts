/** The commands on whole models, with their options and help. */
import { type Command, Option } from 'commander';
import type { Dense } from '../../finetune/dense.ts';
import { RATE_SCHEDULES } from '../../finetune/loop/schedule.ts';
import type { EvalArguments } from '../commands/eval.ts';
import type { FinetuneArguments } from '../commands/finetune.ts';
import type { GenerateArguments } from '../commands/generate.ts';
import type { MergeArguments } from '../commands/merge.ts';
import type { Io } from '../io.ts';
import { device } from '../options.ts';
import { methodFiles, reading, required, sourceFiles, writing } from '../path-options.ts';
import { parseSettings } from '../usage.ts';
import {
  ENGINES,
  parseBetas,
  parseDecay,
  parseHoldOut,
  parseLeastRate,
  parseModules,
  parseNatural,
  parsePart,
  parsePattern,
  parsePositive,
  parseRate,
  parseSize,
  parseSteps,
  parseTemperature,
} from './options.ts';

const DATA =
  'a text, .jsonl of texts or conversations, .safetensors of token ids, or a folder of these; may be repeated';

export function finetuneCommands(program: Command, io: Io): void {
  program
    .command('finetune')
    .description('train an adapter of the library, or of your own, on a model of the Llama family')
    .addOption(model())
    .addOption(
      reading('--adapter <method>', 'a method of the library, such as oft, or a TypeScript file', {
        paths: methodFiles,
      }),
    )
    .option('--layer <name>', 'which layer, where the file exports several')
    .option('--set <values>', 'configuration and sizes: b=32,cayley=exact', parseSettings)
    .option(
      '--targets <modules>',
      'linear layers by name, such as q_proj,v_proj,lm_head; all-linear for all in the blocks',
      parseModules,
    )
    .addOption(
      reading(
        '--init <folder>',
        'an adapter to train further, from finetune or in PEFT’s format, instead of a new one',
      ),
    )
    .addOption(trustCode())
    .addOption(quantize())
    .addOption(data())
    .addOption(out('where adapter, metrics, chart and checkpoint go: new or empty'))
    .option('--steps <n>', 'steps of AdamW', parseSteps, 200)
    .option('--batch <n>', 'sequences in a batch', parseSize, 4)
    .option('--length <n>', 'tokens in a sequence', parseSize, 64)
    .option('--lr <rate>', 'highest learning rate', parseRate, 3e-3)
    .addOption(
      new Option('--schedule <kind>', 'course of the learning rate after the warm-up')
        .choices(RATE_SCHEDULES)
        .default('cosine'),
    )
    .option(
      '--lr-min <rate>',
      'learning rate that a cosine or a line falls towards at --steps; default: 0',
      parseLeastRate,
    )
    .option('--warmup <n>', 'steps over which the learning rate rises', parseNatural, 0)
    .option('--clip <norm>', 'scale larger gradients down to this norm; default: none', parsePositive)
    .option('--accumulate <n>', 'batches in a step, whose gradients are averaged', parseSize, 1)
    .option('--weight-decay <x>', 'weight decay of AdamW', parseDecay, 0)
    .addOption(
      new Option('--betas <b1,b2>', 'β₁ and β₂ of AdamW')
        .argParser(parseBetas)
        .default([0.9, 0.999], '0.9,0.999'),
    )
    .option(
      '--dropout <part>',
      'in training, part of the input of LoRA’s branch, or of OFT’s blocks, that is dropped; default: 0, or the --init adapter’s',
      parsePart,
    )
    .option('--seed <n>', 'seed of the adapter’s start, the data’s order and dropout', parseNatural, 0)
    .option('--in-order', 'take sequences in the order of the data, instead of drawing them')
    .option('--eval-every <n>', 'steps between held-out losses', parseSize, 50)
    .option(
      '--eval-generate',
      'continue the held-out prompts too, and report how many answers are the data’s: the exact match',
    )
    .addOption(answer())
    .addOption(answerTokens())
    .option('--save-every <n>', 'steps between checkpoints', parseSize, 50)
    .addOption(
      new Option('--hold-out <part>', 'part of the data that is not trained on; default: 1/20').argParser(
        parseHoldOut,
      ),
    )
    .addOption(
      several(reading('--validation <file>', 'data to measure the held-out loss on, instead of a part')),
    )
    .addOption(chatTemplate())
    .addOption(device())
    .addOption(
      new Option('--engine <name>', 'what computes the steps: oftc on WebGPU, or PyTorch')
        .choices(ENGINES)
        .default('webgpu'),
    )
    .option('--processes <n>', 'processes of PyTorch that share each batch, by DDP', parseSize)
    .option('--fsdp', 'spread the model over the processes of PyTorch, by FSDP2')
    .option('--resume', 'continue from the folder’s checkpoint')
    .option('--json', 'one JSON object on stdout')
    .action(async (args: FinetuneArguments) => {
      const { finetuneCommand } = await import('../commands/finetune.ts');
      await finetuneCommand(args, io);
    });

  onModel(program.command('generate'), 'continue a prompt')
    .addOption(adapter())
    .addOption(trustCode())
    .addOption(quantize())
    .requiredOption('--prompt <text>', 'text to continue')
    .option('--chat', 'take the prompt as a user’s turn, and write the reply')
    .option('--system <text>', 'the system’s turn before it')
    .addOption(chatTemplate())
    .option('--tokens <n>', 'most tokens to generate', parseSize, 100)
    .option('--temperature <t>', 'divides the logits; 0 takes the likeliest token', parseTemperature, 0.8)
    .option('--top-k <n>', 'draw from the n likeliest tokens only', parseSize)
    .option('--seed <n>', 'seed of the random draws', parseNatural, 0)
    .action(async (args: GenerateArguments) => {
      const { generateCommand } = await import('../commands/generate.ts');
      await generateCommand(args, io);
    });

  onModel(program.command('eval'), 'measure the perplexity of a model on a text')
    .addOption(adapter())
    .addOption(trustCode())
    .addOption(quantize())
    .addOption(data())
    .addOption(chatTemplate())
    .option('--length <n>', 'tokens in a sequence', parseSize, 64)
    .option('--batch <n>', 'sequences at a time', parseSize, 4)
    .option('--generate', 'continue the prompts too, and report how many answers are the data’s')
    .addOption(answer())
    .addOption(answerTokens())
    .addOption(
      writing('--answers <file>', 'where the generated responses go, as .jsonl beside the data’s', 'file'),
    )
    .addOption(writing('--logits <file>', 'where the logits of the first batch go, as safetensors', 'file'))
    .action(async (args: EvalArguments) => {
      const { evalCommand } = await import('../commands/eval.ts');
      await evalCommand(args, io);
    });

  onModel(program.command('merge'), 'fold an adapter into the weights of its model')
    .addOption(required(adapter()))
    .addOption(trustCode())
    .addOption(out('where the merged model goes'))
    .addOption(
      reading(
        '--claims <file>',
        'TypeScript file of the adapter’s layer with claims, if it was trained without them',
        { paths: sourceFiles },
      ),
    )
    .option('--layer <name>', 'which layer, where that file exports several')
    .addOption(
      new Option(
        '--dtype <dtype>',
        'store every weight as plain floats; by default, quantised weights are quantised again',
      ).choices(['f32', 'f16', 'bf16'] satisfies Dense[]),
    )
    .action(async (args: MergeArguments) => {
      const { mergeCommand } = await import('../commands/merge.ts');
      await mergeCommand(args, io);
    });
}

const quantize = (): Option =>
  new Option(
    '--quantize <format>',
    'hold the projections of a plain model quantised: nf4, nf4-double, int8, int4 or int4:<group>',
  );

const answer = (): Option =>
  new Option(
    '--answer <regex>',
    'what marks the answer in a response: the first group of the last match; default: what follows the last ####, or all',
  ).argParser(parsePattern);

const answerTokens = (): Option =>
  new Option(
    '--answer-tokens <n>',
    'most tokens of a generated response; default: twice the longest in the data',
  ).argParser(parseSize);

const trustCode = (): Option =>
  new Option(
    '--trust-code',
    'run the source in the adapter’s folder if it defines operators: only for authors that you trust',
  );

const model = (): Option => required(reading('--model <folder>', 'the model, as Hugging Face lays it out'));

const adapter = (): Option => reading('--adapter <folder>', 'an adapter, from finetune or in PEFT’s format');

const data = (): Option => required(several(reading('--data <file>', DATA)));

/** An option that may be given several times. */
const several = (option: Option): Option =>
  option.argParser((value: string, before: readonly string[] | undefined) => [...(before ?? []), value]);

const chatTemplate = (): Option =>
  reading('--chat-template <file>', 'chat template of Jinja, instead of the tokenizer’s own');

const out = (description: string): Option => required(writing('--out <folder>', description, 'folder'));

/** Adds the options that all commands on a model have. */
const onModel = (command: Command, description: string): Command =>
  command
    .description(description)
    .addOption(model())
    .addOption(device())
    .option('--json', 'one JSON object on stdout');
