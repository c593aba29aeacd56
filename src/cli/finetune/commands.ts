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
  parseBetas,
  parseDecay,
  parseHoldOut,
  parseNatural,
  parsePositive,
  parseRate,
  parseSize,
  parseSteps,
  parseTargets,
  parseTemperature,
} from './options.ts';

const DATA = 'a text, .jsonl with a "text" a line, or .safetensors with token ids';

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
      'q_proj,v_proj …, or all-linear for all in the blocks; lm_head',
      parseTargets,
    )
    .addOption(
      reading(
        '--init <folder>',
        'an adapter to train on, of finetune or in PEFT’s format, instead of a new one',
      ).conflicts(['adapter', 'layer', 'set', 'targets']),
    )
    .addOption(trustCode())
    .addOption(quantize())
    .addOption(data())
    .addOption(out('where adapter, metrics, chart and checkpoint go: new or empty'))
    .option('--steps <n>', 'steps of AdamW', parseSteps, 200)
    .option('--batch <n>', 'sequences of a batch', parseSize, 4)
    .option('--length <n>', 'tokens of a sequence', parseSize, 64)
    .option('--lr <rate>', 'learning rate at its highest', parseRate, 3e-3)
    .addOption(
      new Option('--schedule <kind>', 'how the rate falls to 0').choices(RATE_SCHEDULES).default('cosine'),
    )
    .option('--warmup <n>', 'steps over which the rate rises', parseNatural, 0)
    .option('--clip <norm>', 'the largest norm of the gradient', parsePositive)
    .option('--accumulate <n>', 'batches of a step', parseSize, 1)
    .option('--weight-decay <x>', "AdamW's", parseDecay, 0)
    .addOption(
      new Option('--betas <b1,b2>', 'AdamW’s: what its running means keep at a step')
        .argParser(parseBetas)
        .default([0.9, 0.999], '0.9,0.999'),
    )
    .option('--seed <n>', 'of the start and the order of the data', parseNatural, 0)
    .option('--in-order', 'sequences come as they are in the data instead of drawn')
    .option('--eval-every <n>', 'steps between held-out losses', parseSize, 50)
    .option('--save-every <n>', 'steps between checkpoints', parseSize, 50)
    .addOption(
      new Option('--hold-out <part>', 'part of the text that is not trained on')
        .argParser(parseHoldOut)
        .default(20, '1/20'),
    )
    .addOption(device())
    .option('--resume', 'go on where the folder’s checkpoint was taken')
    .option('--json', 'one JSON object on stdout')
    .action(async (args: FinetuneArguments) => {
      const { finetuneCommand } = await import('../commands/finetune.ts');
      await finetuneCommand(args, io);
    });

  onModel(program.command('generate'), 'write on from a prompt')
    .addOption(adapter())
    .addOption(trustCode())
    .addOption(quantize())
    .requiredOption('--prompt <text>', 'what to go on from')
    .option('--tokens <n>', 'how many tokens at most', parseSize, 100)
    .option('--temperature <t>', 'divides the logits; 0 takes the likeliest token', parseTemperature, 0.8)
    .option('--top-k <n>', 'draw from the n likeliest tokens only', parseSize)
    .option('--seed <n>', 'of the draws', parseNatural, 0)
    .action(async (args: GenerateArguments) => {
      const { generateCommand } = await import('../commands/generate.ts');
      await generateCommand(args, io);
    });

  onModel(program.command('eval'), 'the perplexity of a model on a text')
    .addOption(adapter())
    .addOption(trustCode())
    .addOption(quantize())
    .addOption(data())
    .option('--length <n>', 'tokens of a sequence', parseSize, 64)
    .option('--batch <n>', 'sequences at a time', parseSize, 4)
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
        'the TypeScript file of the adapter’s layer with claims added, where it was trained without',
        { paths: sourceFiles },
      ),
    )
    .option('--layer <name>', 'which layer, where that file exports several')
    .addOption(
      new Option(
        '--dtype <dtype>',
        'every weight as plain floats; by default quantised ones are requantised as they were',
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

const trustCode = (): Option =>
  new Option(
    '--trust-code',
    'run the source in the adapter’s folder, where its author defined operators: only for authors that you trust',
  );

const model = (): Option => required(reading('--model <folder>', 'the model, as Hugging Face lays it out'));

const adapter = (): Option => reading('--adapter <folder>', 'an adapter, of finetune or in PEFT’s format');

const data = (): Option => required(reading('--data <file>', DATA));

const out = (description: string): Option => required(writing('--out <folder>', description, 'folder'));

/** Adds the options that all commands on a model have. */
const onModel = (command: Command, description: string): Command =>
  command
    .description(description)
    .addOption(model())
    .addOption(device())
    .option('--json', 'one JSON object on stdout');
