/** Parses and runs the command line inside any process: commands, options, help and exit codes. */
import { Command, CommanderError, Option } from 'commander';
import { defaultTable } from '../tune/default-table.ts';
import { commandsFor } from './command-names.ts';
import type { BuildArguments } from './commands/build.ts';
import type { CheckArguments } from './commands/check.ts';
import type { ExplainArguments } from './commands/explain.ts';
import type { InitArguments } from './commands/init.ts';
import type { InspectArguments } from './commands/inspect.ts';
import type { RewriteArguments } from './commands/rewrite.ts';
import type { RunArguments } from './commands/run.ts';
import type { TuneArguments } from './commands/tune.ts';
import { EXIT } from './exit.ts';
import { finetuneCommands } from './finetune/commands.ts';
import { ConfigOption } from './finetune/config-option.ts';
import { colored, type Io, printJson, say, type Writer } from './io.ts';
import { aboutUnknown, unknownOptions } from './option-names.ts';
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
} from './options.ts';
import { versionOf } from './package.ts';
import { checkPaths, methodFiles, PathArgument, reading, required, writing } from './path-options.ts';
import type { Read } from './places.ts';
import { planCommand } from './plan/options.ts';
import { collect, parseCount, parseTokens, parseTrials, UsageError } from './usage.ts';
import { visibleColored } from './visible.ts';

const HELP = `
Examples:
  oftc explain examples/oft.ts --dims in=1024,out=1024,b=32
  oftc run examples/oft.ts --input layer.safetensors --output y.safetensors
  oftc run adapter.ts --layer oft --set terms=3,cayley=exact --input x.safetensors \\
      --input weights.safetensors --output y.safetensors --grad
  oftc run adapter.ts --quantize W=nf4-double --input layer.safetensors --output y.safetensors
  oftc check adapter.ts --watch
  oftc rewrite examples/oft.ts --dims in=4096,out=4096,b=32
  oftc build examples/oft.ts --dims in=1024,out=1024,b=32 -o dist
  oftc inspect path/to/model
  oftc tune examples/oft.ts --dims in=1024,out=1024,b=32 --grad
  oftc finetune --model path/to/model --adapter oft --set b=32 --targets all-linear \\
      --data text.txt --out my-run
  oftc plan --model path/to/config.json --compare oft,lora,boft
  oftc doctor
  oftc init my-adapter

Exit codes:
  0   done
  1   the program or the data was refused, or a check failed (doctor: there is no device)
  2   wrong usage
  3   no device, or the device failed or is too small
  70  an error in oftc itself`;

/** Runs one command line (without node and script) and returns its exit code. Never throws. */
export async function main(
  argv: readonly string[],
  streams: { stdout: Writer; stderr: Writer },
): Promise<number> {
  const io: Io = { ...streams, color: !argv.includes('--no-color'), json: argv.includes('--json') };
  try {
    return await dispatch(argv, io);
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
    if (error instanceof CommanderError && error.code === 'commander.help') return EXIT.usage;
    return report(error, io);
  }
}

/** Advice to write commas in a list, if words follow an option's value and the command takes no arguments. */
function splitList(argv: readonly string[], command: Command): string {
  const isWord = (a: string | undefined) => a !== undefined && !a.startsWith('-');
  const at = argv.findIndex(
    (a, i) =>
      command.options.some((o) => o.long === a && o.required) && isWord(argv[i + 1]) && isWord(argv[i + 2]),
  );
  if (at < 0 || command.registeredArguments.length > 0) return '';
  const end = argv.findIndex((a, i) => i > at && !isWord(a));
  const words = argv.slice(at + 1, end < 0 ? argv.length : end);
  return `'${words[1]}' is left over. A list has commas: ${argv[at]} ${words.join(',')}`;
}

/** Commander's error as ours, without the prefix 'error: ', and with what to write. */
function usage({ code, message }: CommanderError, argv: readonly string[], program: Command): UsageError {
  const command = program.commands.find((c) => c.name() === argv[0]);
  const pairs = argv.filter((a) => /^\w+=/.test(a));
  let advice = '';
  if (code === 'commander.excessArguments' && pairs.length > 1)
    advice = `pairs have commas between them: ${pairs.join(',')}`;
  else if (code === 'commander.excessArguments' && command) advice = splitList(argv, command);
  if (code === 'commander.unknownCommand' && argv[0] !== undefined && !message.includes('Did you mean'))
    advice = commandsFor(argv[0], program.commands);
  if (code === 'commander.unknownOption' && command) {
    const known = command.options.flatMap((o) => [o.long ?? [], o.short ?? []].flat());
    const unknown = unknownOptions(argv, [...known, '--help', '-h', '--no-color']);
    if (unknown.length > 1 || (unknown.length === 1 && !message.includes('Did you mean')))
      return new UsageError(aboutUnknown(unknown, argv, known));
  }
  const said = message.replace(/^error: /, '');
  return new UsageError(advice === '' ? said : `${said.replace(/\.$/, '')}; ${advice}`);
}

/** Prints a failure and returns the exit code. */
export async function report(error: unknown, io: Io): Promise<number> {
  const { refusal } = await import('./errors.ts');
  const { code, message, at, exit, text } = refusal(error, colored(io, io.stderr));
  if (io.json) printJson(io, { error: { code, message, at } });
  else say(io, text);
  return exit;
}

/**
 * Whether a command may run an author's code, which imports all of oftc: a file that it names, or one that
 * --trust-code allows. Every other command starts in half the time without.
 */
const runsCode = (command: Command, reads: readonly Read[]): boolean =>
  command.registeredArguments.length > 0 ||
  command.opts().trustCode === true ||
  reads.some(({ path }) => /\.[cm]?[jt]sx?$/.test(path));

async function dispatch(argv: readonly string[], io: Io): Promise<number> {
  let exit: number = EXIT.ok;
  let reads: readonly Read[] = [];
  const program = new Command('oftc')
    .description('Compiles orthogonal adapters, written as their papers write them, to WebGPU.')
    .version(versionOf('oftc'))
    .option('--no-color', 'no colours')
    .addHelpText('after', HELP)
    .hook('preAction', async (_, command) => {
      for (const option of command.options)
        if (option instanceof ConfigOption) await option.apply(command, io);
      reads = await checkPaths(command);
      if (runsCode(command, reads)) await import('../provide.ts');
    })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(visibleColored(text)),
      writeErr: (text) => io.stderr.write(visibleColored(text)),
      outputError: () => {},
      getOutHasColors: () => colored(io, io.stdout),
      getErrHasColors: () => colored(io, io.stderr),
    });

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
      const { runCommand } = await import('./commands/run.ts');
      await runCommand(file, args, io);
    });

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
    .addOption(deviceClass())
    .addOption(objective())
    .action(async (subject: string, args: ExplainArguments) => {
      const { explainCommand } = await import('./commands/explain.ts');
      explainCommand(subject, args, io);
    });

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
      const { checkCommand } = await import('./commands/check.ts');
      exit = await checkCommand(file, args, io, (error) => report(error, io));
    });

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
      const { rewriteCommand } = await import('./commands/rewrite.ts');
      rewriteCommand(file, args, io);
    });

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
      const { buildCommand } = await import('./commands/build.ts');
      buildCommand(file, args, io, reads);
    });

  source(program.command('tune'), 'measure schedules of the kernels on this device, and keep the best')
    .option('--tokens <n>', 'token count to measure kernels at; default: 512', parseTokens)
    .option('--grad', 'also measure the kernels of the gradients')
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
      const { tuneCommand } = await import('./commands/tune.ts');
      await tuneCommand(file, args, io);
    });
  finetuneCommands(program, io);
  planCommand(program, io);

  program
    .command('init')
    .description('start a project: a layer, its test and what they need')
    .argument('<name>', 'name of the layer and its package, such as my-adapter')
    .addOption(writing('--dir <folder>', 'where it goes; default: the name', 'into'))
    .option('--json', 'one JSON object on stdout')
    .action(async (name: string, args: InitArguments) => {
      const { initCommand } = await import('./commands/init.ts');
      initCommand(name, args, io);
    });

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
      const { inspectCommand } = await import('./commands/inspect.ts');
      exit = await inspectCommand(path, args, io);
    });

  program
    .command('doctor')
    .description('show versions and the device, or what to install')
    .option('--json', 'one JSON object on stdout')
    .action(async () => {
      const { doctor } = await import('./commands/doctor.ts');
      exit = await doctor(io);
    });

  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    const refused =
      error instanceof CommanderError && error.exitCode !== 0 && error.code !== 'commander.help';
    throw refused ? usage(error, argv, program) : error;
  }
  return exit;
}
