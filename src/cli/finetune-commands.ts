/** The commands on whole models: their options and help. */
import { type Command, Option } from 'commander';
import { SCHEDULES } from '../finetune/loop/schedule.ts';
import type { FinetuneArguments } from './finetune.ts';
import {
  parseDecay,
  parseHoldOut,
  parseNatural,
  parsePositive,
  parseRate,
  parseSize,
  parseSteps,
  parseTargets,
} from './finetune-options.ts';
import type { Io } from './io.ts';
import { parseSettings } from './usage.ts';

export function finetuneCommands(program: Command, io: Io): void {
  program
    .command('finetune')
    .description('train an adapter of the library, or of your own, on a model of the Llama family')
    .requiredOption('--model <folder>', 'the model, as Hugging Face lays it out')
    .requiredOption('--adapter <method>', 'a method of the library, such as oft, or a TypeScript file')
    .option('--layer <name>', 'which layer, where the file exports several')
    .option('--set <values>', 'configuration and sizes: b=32,cayley=exact', parseSettings)
    .requiredOption('--targets <modules>', 'q_proj,v_proj … or all-linear', parseTargets)
    .requiredOption('--data <file>', 'a text, or .jsonl with a "text" a line')
    .requiredOption('--out <folder>', 'where adapter, metrics, chart and checkpoint go: new or empty')
    .option('--steps <n>', 'steps of AdamW', parseSteps, 200)
    .option('--batch <n>', 'sequences of a batch', parseSize, 4)
    .option('--length <n>', 'tokens of a sequence', parseSize, 64)
    .option('--lr <rate>', 'learning rate at its highest', parseRate, 3e-3)
    .addOption(
      new Option('--schedule <kind>', 'how the rate falls to 0').choices(SCHEDULES).default('cosine'),
    )
    .option('--warmup <n>', 'steps over which the rate rises', parseNatural, 0)
    .option('--clip <norm>', 'the largest norm of the gradient', parsePositive)
    .option('--accumulate <n>', 'batches of a step', parseSize, 1)
    .option('--weight-decay <x>', "AdamW's", parseDecay, 0)
    .option('--seed <n>', 'of the start and the order of the data', parseNatural, 0)
    .option('--eval-every <n>', 'steps between held-out losses', parseSize, 50)
    .option('--save-every <n>', 'steps between checkpoints', parseSize, 50)
    .addOption(
      new Option('--hold-out <part>', 'part of the text that is not trained on')
        .argParser(parseHoldOut)
        .default(20, '1/20'),
    )
    .addOption(
      new Option('--device <device>', 'cpu is the float64 reference').choices(['gpu', 'cpu']).default('gpu'),
    )
    .option('--resume', 'go on where the folder’s checkpoint was taken')
    .option('--json', 'one JSON object on stdout')
    .action(async (args: FinetuneArguments) => {
      const { finetuneCommand } = await import('./finetune.ts');
      await finetuneCommand(args, io);
    });
}
