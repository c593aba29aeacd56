/** The options of `oftc plan`. */
import { type Command, Option } from 'commander';
import { CLASSES, DEFAULT_CLASS } from '../../../compiler/devices/index.ts';
import { PEFT_ASSUMPTIONS, type PeftAssumptions } from '../../finetune/sized/assumptions.ts';
import type { PlanArguments } from '../commands/plan.ts';
import { givenIn } from '../finetune/named.ts';
import { parseModules, parseNatural, parseSize } from '../finetune/options.ts';
import type { Io } from '../io.ts';
import { methodFiles, reading, required, writing } from '../path-options.ts';
import { parseSettings } from '../usage.ts';
import { parseCompared } from './compared.ts';

const dtypes = ['bf16', 'f16', 'f32'] as const satisfies readonly PeftAssumptions['dtype'][];

export function planCommand(program: Command, io: Io): void {
  const a = PEFT_ASSUMPTIONS;
  program
    .command('plan')
    .description(
      'compute the memory and the operations of a finetune from a config.json, without weights or a device',
    )
    .addOption(required(reading('--model <path>', 'a config.json, or the folder of a model')))
    .addOption(
      reading('--adapter <method>', 'a method of the library, such as oft, or a TypeScript file', {
        paths: methodFiles,
      }).conflicts('compare'),
    )
    .option('--layer <name>', 'which layer, where the file exports several')
    .option('--set <values>', 'configuration and sizes: b=32,cayley=exact', parseSettings)
    .option('--as-written', 'compile without any derivation: OFT then transforms the weight')
    .addOption(
      new Option(
        '--compare <methods>',
        'methods side by side, with settings after colons: oft,lora:r=8,oft:as-written',
      )
        .argParser(parseCompared)
        .conflicts(['adapter', 'set', 'layer', 'asWritten']),
    )
    .addOption(
      new Option('--targets <modules>', 'linear layers by name, as in finetune')
        .argParser(parseModules)
        .default(['all-linear'], 'all-linear'),
    )
    .option(
      '--quantize <format>',
      'hold the projections of a plain model quantised: nf4, nf4-double, int8, int4 or int4:<group>',
    )
    .option('--batch <n>', 'sequences in a batch', parseSize, 4)
    .option('--length <n>', 'tokens in a sequence', parseSize, 64)
    .option('--source-length <n>', 'tokens that an encoder reads with each; default: --length', parseSize)
    .option('--accumulate <n>', 'batches in a step, whose gradients are averaged', parseSize, 1)
    .addOption(
      new Option('--device <class>', 'class of the device')
        .choices(CLASSES.map((c) => c.name))
        .default(DEFAULT_CLASS.name),
    )
    .option(
      '--binding <bytes>',
      'most bytes that the device binds at once: doctor’s maxStorageBufferBindingSize; default: 2147483644 for a GPU, 134217728 for software',
      parseSize,
    )
    .addOption(
      new Option('--accounting <of>', 'oftc is exact; peft estimates PyTorch with PEFT')
        .choices(['oftc', 'peft', 'both'])
        .default('both'),
    )
    .addOption(
      new Option('--peft-dtype <dtype>', 'weights and activations in PyTorch')
        .choices(dtypes)
        .default(a.dtype),
    )
    .addOption(
      new Option('--peft-adapter-dtype <dtype>', 'adapter, gradients and AdamW’s means in PyTorch')
        .choices(dtypes)
        .default(a.adapterDtype),
    )
    .option('--peft-checkpointing', 'keep only the input of each block in PyTorch, as oftc always does')
    .addOption(
      new Option('--peft-attention <kind>', 'eager attention keeps its scores')
        .choices(['flash', 'eager'])
        .default(a.attention),
    )
    .option(
      '--peft-logit-bytes <n>',
      'bytes of a logit, its copies and gradients',
      parseNatural,
      a.logitBytes,
    )
    .option('--peft-context <bytes>', 'bytes of the CUDA context', parseNatural, a.context)
    .addOption(writing('--svg <file>', 'where a chart of the memory goes', 'file'))
    .option('--json', 'one JSON object on stdout')
    .action(async (args: PlanArguments, command: Command) => {
      const { planCommand: run } = await import('../commands/plan.ts');
      await run(args, io, givenIn(command));
    });
}
