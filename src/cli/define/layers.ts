/** The commands that read a layer: their options and help. */
import { type Command, Option } from 'commander';
import { defaultTable } from '../../tune/default-table.ts';
import type { BuildArguments } from '../commands/build.ts';
import type { CheckArguments } from '../commands/check.ts';
import type { ExplainArguments } from '../commands/explain.ts';
import type { RewriteArguments } from '../commands/rewrite.ts';
import type { RunArguments } from '../commands/run.ts';
import type { TuneArguments } from '../commands/tune.ts';
import {
  activations,
  allowApproximate,
  asWritten,
  derivation,
  device,
  deviceClass,
  deviceClasses,
  objective,
  quantize,
  source,
  target,
  tuned,
} from '../options.ts';
import { methodFiles, reading, required, writing } from '../path-options.ts';
import { collect, parseCount, parseTokens, parseTrials } from '../usage.ts';
import type { Context } from './context.ts';

export function layerCommands(program: Command, context: Context): void {
  for (const add of [addRun, addExplain, addCheck, addRewrite, addBuild, addTune]) add(program, context);
}

function addRun(program: Command, context: Context): void {
  derivation(tuned(source(program.command('run'), 'run a layer on tensors in safetensors files')))
    .addOption(
      required(
        reading('--input <file>', 'tensors by name, cotangents as grad.y or grad_output; repeatable', {
          reads: 'an --input',
        }).argParser(collect),
      ),
    )
    .addOption(
      writing('--output <file>', 'where the outputs go, as F32; written whole or not at all', 'file'),
    )
    .option('--grad', 'also compute gradients, as grad.x; implied where an --input has a cotangent')
    .addOption(device())
    .addOption(activations())
    .addOption(quantize())
    .option('--profile', "a line per kernel: its time and rates, beside the device's own; needs no --output")
    .addOption(writing('--trace <file>', "the kernels' times as a trace for Chrome or Perfetto", 'file'))
    .action(async (file: string, args: RunArguments) => {
      const { runCommand } = await import('../commands/run.ts');
      await runCommand(file, args, context.io);
    });
}

function addExplain(program: Command, context: Context): void {
  tuned(
    source(
      program.command('explain'),
      'show what is derived, what it saves, and its guards and kernels (or what a code such as OFT1003 means)',
    ),
  )
    .addOption(asWritten())
    .addOption(allowApproximate())
    .option('--tokens <n>', 'token count to show times and operations for; default: 512', parseTokens)
    .option('--full', 'every firing, every candidate, every kernel')
    .option(
      '--kernel <name>',
      'one kernel alone: what is fused in it and what is not, its naive loops, the steps of its schedule, the result and its WGSL',
    )
    .addOption(activations())
    .addOption(quantize())
    .addOption(deviceClass())
    .addOption(objective())
    .action(async (subject: string, args: ExplainArguments) => {
      const { explainCommand } = await import('../commands/explain.ts');
      explainCommand(subject, args, context.io);
    });
}

function addCheck(program: Command, context: Context): void {
  source(program.command('check'), 'verify a layer, and say what was verified and where')
    .addOption(device('gpu also compares the device with the reference'))
    .addOption(activations())
    .addOption(quantize())
    .option('--trials <n>', 'random cases per property and size', parseTrials)
    .option('--seed <n>', 'seed of the random cases', parseCount)
    .addOption(
      reading(
        '--golden <file>',
        'recorded inputs, and the outputs and gradients that the layer must compute',
      ),
    )
    .addOption(
      reading(
        '--against <file[:layer]>',
        'a layer, or a method of the library, that must be the same function',
      ),
    )
    .addOption(new Option('--watch', 'check again at every save').conflicts('json'))
    .action(async (file: string, args: CheckArguments) => {
      const { checkCommand } = await import('../commands/check.ts');
      context.end(await checkCommand(file, args, context.io, (error) => context.report(error)));
    });
}

function addRewrite(program: Command, context: Context): void {
  source(program.command('rewrite'), 'print the derived forward pass as a layer in TypeScript')
    .addOption(allowApproximate())
    .addOption(
      new Option('--tokens <n>', 'the variant for this token count, where there are several; default: 512')
        .argParser(parseTokens)
        .conflicts('variant'),
    )
    .option('--variant <k>', 'the variant with this index, from 0', parseCount)
    .addOption(objective())
    .action(async (file: string, args: RewriteArguments) => {
      const { rewriteCommand } = await import('../commands/rewrite.ts');
      rewriteCommand(file, args, context.io);
    });
}

function addBuild(program: Command, context: Context): void {
  derivation(
    tuned(
      source(
        program.command('build'),
        'write a layer as an ES module with types, which needs only oftc/runtime, or as a package for PyTorch or PEFT',
        'TypeScript file that exports the layer; with --target torch or peft also a method of the library, such as hra',
        methodFiles,
      ),
    ),
  )
    .addOption(required(writing('-o, --output <dir>', 'folder that the files go to', 'into')))
    .addOption(target())
    .option(
      '--standalone',
      'with --target torch or peft: files that need PyTorch, and PEFT, alone, without tests',
    )
    .addOption(activations())
    .addOption(quantize())
    .option('--grad', 'with gradients', true)
    .option('--no-grad', 'the forward pass alone')
    .addOption(deviceClasses())
    .addOption(objective())
    .action(async (file: string, args: BuildArguments) => {
      const { buildCommand } = await import('../commands/build.ts');
      await buildCommand(file, args, context.io, context.reads());
    });
}

function addTune(program: Command, context: Context): void {
  source(program.command('tune'), 'measure schedules of the kernels on this device, and keep the best')
    .option('--tokens <n>', 'token count to measure kernels at; default: 512', parseTokens)
    .option('--grad', 'also measure the kernels of the gradients')
    .addOption(activations())
    .addOption(quantize())
    .option('--budget <seconds>', 'time for all kernels together; default: 120', parseCount)
    .addOption(
      reading('--table <file>', 'the table to keep measurements in; default: in the cache folder', {
        reads: 'the table',
        writes: 'file',
        otherwise: defaultTable,
      }),
    )
    .addOption(reading('--import <file>', 'take over the measurements of another table first'))
    .addOption(
      writing('--export <file>', 'write the measurements of these kernels to a table of their own', 'file'),
    )
    .action(async (file: string, args: TuneArguments) => {
      const { tuneCommand } = await import('../commands/tune.ts');
      await tuneCommand(file, args, context.io);
    });
}
