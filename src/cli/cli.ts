/** Parses and runs the command line inside any process: commands, options, help and exit codes. */
import '../node.ts';
import { Command, CommanderError } from 'commander';
import { commandsFor } from './command-names.ts';
import type { Context } from './define/context.ts';
import { layerCommands } from './define/layers.ts';
import { otherCommands } from './define/others.ts';
import { EXIT } from './exit.ts';
import { finetuneCommands } from './finetune/commands.ts';
import { ConfigOption } from './finetune/config-option.ts';
import { colored, type Io, printJson, say, type Writer } from './io.ts';
import { aboutUnknown, unknownOptions } from './option-names.ts';
import { versionOf } from './package.ts';
import { checkPaths } from './path-options.ts';
import type { Read } from './places.ts';
import { planCommand } from './plan/options.ts';
import { UsageError } from './usage-error.ts';
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

  const context: Context = {
    io,
    reads: () => reads,
    end: (code) => {
      exit = code;
    },
    report: (error) => report(error, io),
  };
  layerCommands(program, context);
  finetuneCommands(program, io);
  planCommand(program, io);
  otherCommands(program, context);

  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    const refused =
      error instanceof CommanderError && error.exitCode !== 0 && error.code !== 'commander.help';
    throw refused ? usage(error, argv, program) : error;
  }
  return exit;
}
