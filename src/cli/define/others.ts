/** The commands on projects, files and the device: their options and help. */
import type { Command } from 'commander';
import type { InitArguments } from '../commands/init.ts';
import type { InspectArguments } from '../commands/inspect.ts';
import { PathArgument, reading, writing } from '../path-options.ts';
import type { Context } from './context.ts';

export function otherCommands(program: Command, context: Context): void {
  for (const add of [addInit, addInspect, addDoctor]) add(program, context);
}

function addInit(program: Command, context: Context): void {
  program
    .command('init')
    .description('start a project: a layer, its test and what they need')
    .argument('<name>', 'name of the layer and its package, such as my-adapter')
    .addOption(writing('--dir <folder>', 'where it goes; default: the name', 'into'))
    .option('--json', 'one JSON object on stdout')
    .action(async (name: string, args: InitArguments) => {
      const { initCommand } = await import('../commands/init.ts');
      await initCommand(name, args, context.io);
    });
}

function addInspect(program: Command, context: Context): void {
  program
    .command('inspect')
    .description(
      'show what the files of a model, an adapter or a tokenizer hold, and what is wrong with them',
    )
    .addArgument(
      new PathArgument('<path>', 'a folder, a safetensors file, an index of shards, or a tokenizer.json', {
        reads: 'the inspected path',
      }),
    )
    .addOption(reading('--model <folder>', 'the model to check an adapter against'))
    .option('--json', 'one JSON object on stdout')
    .action(async (path: string, args: InspectArguments) => {
      const { inspectCommand } = await import('../commands/inspect.ts');
      context.end(await inspectCommand(path, args, context.io));
    });
}

function addDoctor(program: Command, context: Context): void {
  program
    .command('doctor')
    .description('show versions and the device, or what to install')
    .option('--json', 'one JSON object on stdout')
    .action(async () => {
      const { doctor } = await import('../commands/doctor.ts');
      context.end(await doctor(context.io));
    });
}
