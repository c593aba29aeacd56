/** The options of `oftc convert`. */
import { type Command, Option } from 'commander';
import type { Dense } from '../../finetune/dense.ts';
import type { ConvertArguments } from '../commands/convert.ts';
import type { Io } from '../io.ts';
import { reading, required } from '../path-options.ts';
import { UsageError } from '../usage-error.ts';
import { adapter, chatTemplate, claims, DATA, out, quantize, several, trustCode } from './model-options.ts';
import { parseRank, parseSize, parseTolerance } from './options.ts';

export const CONVERTS = 'write an adapter as LoRA, which PEFT and servers read';

const DTYPES: readonly Dense[] = ['f32', 'f16', 'bf16'];

/** Adds the options that only this command has, and the action. */
export function convertOptions(command: Command, io: Io): void {
  command
    .addOption(required(new Option('--to <form>', 'the form to write').choices(['lora'])))
    .addOption(required(adapter()))
    .addOption(trustCode())
    .addOption(claims())
    .option('--layer <name>', 'which layer, where that file exports several')
    .addOption(quantize())
    .addOption(out('where the LoRA goes'))
    .addOption(
      new Option('--rank <r>', 'rank of every module; auto takes the lowest that --tolerance allows')
        .argParser(parseRank)
        .default('auto'),
    )
    .option(
      '--tolerance <x>',
      'with --rank auto, the largest ‖ΔW − B·A‖ ÷ ‖ΔW‖ of a module',
      parseTolerance,
      1e-6,
    )
    .option('--pad', 'give every module the largest rank, for servers that read one rank for all')
    .addOption(new Option('--dtype <dtype>', 'store A and B so').choices(DTYPES).default('f32'))
    .addOption(several(reading('--data <file>', `measure losses before and after on ${DATA}`)))
    .addOption(chatTemplate())
    .option('--length <n>', 'tokens in a sequence of --data', parseSize, 64)
    .option('--batch <n>', 'sequences at a time', parseSize, 4)
    .action(async (args: ConvertArguments, own: Command) => {
      if (args.rank !== 'auto' && own.getOptionValueSource('tolerance') !== 'default')
        throw new UsageError('--tolerance chooses ranks for --rank auto: leave out one of the two');
      const { convertCommand } = await import('../commands/convert.ts');
      await convertCommand({ ...args, pad: args.pad ?? false }, io);
    });
}
