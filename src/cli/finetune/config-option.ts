/** The option `--config` of `oftc finetune`: options of a run.json beside those of the command line. */
import { dirname } from 'node:path';
import { type Command, CommanderError } from 'commander';
import { isFile } from '../../finetune/method-path.ts';
import { FormatError, shownValue } from '../../formats/error.ts';
import { type Io, printNotes } from '../io.ts';
import { versionOf } from '../package.ts';
import { PathOption } from '../path-options.ts';
import { givenIn, type Named, onCommandLine } from './named.ts';
import type { FileOption, RunFile } from './run-file.ts';
import { keyOf, runOptions } from './run-options.ts';

/** Commander's name for the source of a value that a configuration file has. */
const FROM_FILE = 'config';

/**
 * No path of this option is compared with the folder that the command writes. The file is read whole before anything
 * is written, and a run that is resumed has its own run.json there.
 */
export class ConfigOption extends PathOption {
  constructor() {
    super('--config <file>', 'a run.json, which has the options that are not given', {});
  }

  /**
   * Gives the command the options of the file that its command line lacks. Throws InvalidRun, what reading JSON
   * throws, and CommanderError for an option that is needed and in neither.
   */
  async apply(command: Command, io: Io): Promise<void> {
    const file: string | undefined = command.getOptionValue(this.attributeName());
    if (file !== undefined) {
      const { readRunFile } = await import('./run-file.ts');
      const run = await readRunFile(file, dirname(file));
      printNotes(io, merge(command, file, run));
    }
    for (const { option, needed } of runOptions())
      if (needed && command.getOptionValue(option.attributeName()) === undefined) {
        const lacks = file === undefined ? '' : `, and ${file} has no "${keyOf(option)}"`;
        const message = `error: required option '${option.flags}' not specified${lacks}`;
        throw new CommanderError(1, 'commander.missingMandatoryOptionValue', message);
      }
  }
}

/** Gives the command the values of the file that count. Returns notes on those that do not. */
function merge(command: Command, file: string, { held, version }: RunFile): string[] {
  const excluded = excludedBy(command);
  const isGiven = givenIn(command);
  const overridden: string[] = [];
  const notes = new Map<string, string[]>();
  for (const one of held) {
    const { entry, value, json } = one;
    const [key, name] = [keyOf(entry.option), entry.option.attributeName()];
    const shown = `"${key}": ${shownValue(json)}`;
    const by = excluded.get(key);
    if (isGiven(name)) {
      if (!isSame(command.getOptionValue(name), value)) overridden.push(shown);
    } else if (by !== undefined) notes.set(by, [...(notes.get(by) ?? []), shown]);
    else {
      checkTrust(command, file, one);
      command.setOptionValueWithSource(name, value, FROM_FILE);
    }
  }
  const own = versionOf('oftc');
  return [
    ...(overridden.length > 0 ? [`the command line overrides ${overridden.join(', ')} of ${file}`] : []),
    ...[...notes].map(([by, shown]) => `${by} takes the place of ${shown.join(', ')} of ${file}`),
    ...(version === undefined || version === own
      ? []
      : [`${file} was written by oftc ${version}, and this is oftc ${own}`]),
  ];
}

/** The keys of a run.json that do not count, with the option of the command line that excludes each. */
function excludedBy(command: Command): ReadonlyMap<string, string> {
  const isGiven = givenIn(command);
  const given = runOptions().filter(({ option }) => isGiven(option.attributeName()));
  return new Map(
    given.flatMap(({ option, excludes }) =>
      (excludes?.(command.getOptionValue(option.attributeName())) ?? []).map((key): [string, string] => [
        key,
        option.long!,
      ]),
    ),
  );
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Throws InvalidRun for a TypeScript file, which may run, that only the file names. */
function checkTrust(command: Command, file: string, { entry, value }: FileOption): void {
  if (entry.form !== 'method' || !isFile(String(value)) || command.getOptionValue('trustCode') === true)
    return;
  throw new FormatError(
    'InvalidRun',
    { file, name: keyOf(entry.option) },
    `it names a TypeScript file, ${value}, whose code may run`,
    `Give --trust-code if you trust the author of both files, or name the file with ${entry.option.long}.`,
  );
}

/** The names of options, as the command line or the run.json has them. */
export const namedIn =
  (command: Command): Named =>
  (name, value) => {
    const { option } = runOptions().find(({ option }) => option.name() === name)!;
    const isOfFile = command.getOptionValueSource(option.attributeName()) === FROM_FILE;
    if (!isOfFile) return onCommandLine(name, value);
    const shown = value === undefined ? '' : `: ${shownValue(value)}`;
    return `"${keyOf(option)}"${shown} of ${command.getOptionValue('config')}`;
  };
