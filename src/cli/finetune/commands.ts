/** The commands on whole models, with their options and help. */
import { type Command, Option } from 'commander';
import type { Dense } from '../../finetune/dense.ts';
import type { GenerateArguments } from '../commands/generate.ts';
import type { MergeArguments } from '../commands/merge.ts';
import type { Io } from '../io.ts';
import { device } from '../options.ts';
import { required, writing } from '../path-options.ts';
import type { FinetuneArguments } from './arguments.ts';
import { beamOptions } from './beams.ts';
import { ConfigOption, namedIn } from './config-option.ts';
import { CONVERTS, convertOptions } from './convert-options.ts';
import type { EvalArguments } from './eval-arguments.ts';
import {
  adapter,
  adapters,
  answer,
  answerTokens,
  chatTemplate,
  claims,
  compose,
  data,
  model,
  out,
  quantize,
  sourceLength,
  trustCode,
} from './model-options.ts';
import { givenIn } from './named.ts';
import { parseNatural, parseSize, parseTemperature } from './options.ts';
import { aloneOptions, runOptions } from './run-options.ts';

export function finetuneCommands(program: Command, io: Io): void {
  const finetune = program
    .command('finetune')
    .description('train an adapter of the library, or of your own, on a model');
  for (const { option } of runOptions()) finetune.addOption(option);
  finetune.addOption(new ConfigOption());
  for (const { option } of aloneOptions()) finetune.addOption(option);
  finetune.action(async (args: FinetuneArguments) => {
    const { finetuneCommand } = await import('../commands/finetune.ts');
    await finetuneCommand(args, io, { named: namedIn(finetune), isGiven: givenIn(finetune) });
  });

  const generate = onModel(
    program.command('generate'),
    'continue a prompt, or write the text that an encoder’s decoder makes of it',
  )
    .addOption(adapters())
    .addOption(compose(''))
    .addOption(trustCode())
    .addOption(quantize())
    .requiredOption('--prompt <text>', 'text to continue')
    .option('--chat', 'take the prompt as a user’s turn, and write the reply')
    .option('--system <text>', 'the system’s turn before it')
    .addOption(chatTemplate())
    .option('--tokens <n>', 'most tokens to generate', parseSize, 100)
    .option('--temperature <t>', 'divides the logits; 0 takes the likeliest token', parseTemperature, 0.8)
    .option('--top-k <n>', 'draw from the n likeliest tokens only', parseSize)
    .option('--seed <n>', 'seed of the random draws', parseNatural, 0);
  for (const option of beamOptions()) generate.addOption(option);
  generate.action(async (args: GenerateArguments) => {
    const { generateCommand } = await import('../commands/generate.ts');
    await generateCommand(args, io);
  });

  const evaluate = onModel(program.command('eval'), 'measure the perplexity of a model on a text')
    .addOption(adapters())
    .addOption(compose(', beside each of them'))
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
    .option('--angles', ANGLES)
    .option('--no-angles', NO_ANGLES)
    .addOption(sourceLength())
    .option('--rouge', 'report ROUGE-1, ROUGE-2 and ROUGE-L of the generated responses too');
  for (const option of beamOptions()) evaluate.addOption(option);
  evaluate.action(async (args: EvalArguments) => {
    const { evalCommand } = await import('../commands/eval.ts');
    await evalCommand(args, io, givenIn(evaluate));
  });

  onModel(program.command('merge'), 'fold an adapter into the weights of its model')
    .addOption(required(adapter()))
    .addOption(trustCode())
    .addOption(out('where the merged model goes'))
    .addOption(claims())
    .option('--layer <name>', 'which layer, where that file exports several')
    .addOption(
      new Option(
        '--dtype <dtype>',
        'store every weight as plain floats; by default, quantised weights are quantised again',
      ).choices(['f32', 'f16', 'bf16'] satisfies Dense[]),
    )
    .option('--angles', ANGLES)
    .option('--no-angles', NO_ANGLES)
    .action(async (args: MergeArguments) => {
      const { mergeCommand } = await import('../commands/merge.ts');
      await mergeCommand(args, io);
    });

  convertOptions(onModel(program.command('convert'), CONVERTS), io);
}

const ANGLES =
  'measure the angles between neurons and their hyperspherical energy; default: of methods that rotate';
const NO_ANGLES = 'do not measure them';

/** Adds the options that all commands on a model have. */
const onModel = (command: Command, description: string): Command =>
  command
    .description(description)
    .addOption(model())
    .addOption(device())
    .option('--json', 'one JSON object on stdout');
