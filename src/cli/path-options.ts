/**
 * Options and arguments that name a file or a folder. Each says whether its command reads or writes there, and one check
 * compares all of them before the command starts. A command whose help names a path in another way does not run.
 */
import { Argument, type Command, Option } from 'commander';
import { isFile } from '../finetune/method-path.ts';
import { checkPlaces, type Read, type Written } from './places.ts';
import { UsageError } from './usage-error.ts';

/** The use that a command makes of a path. */
export interface Use {
  /** A name for messages of the file that the command reads: 'the --data'. */
  readonly reads?: string;
  readonly writes?: Written['as'];
  /** The paths that a value stands for; by default the value itself. */
  readonly paths?: (value: string) => readonly string[] | Promise<readonly string[]>;
  /** The path that the command uses without the option. */
  readonly otherwise?: () => string;
  /** The path that the option stands for when it has no value. */
  readonly given?: () => string;
}

/** An option whose value is a path or stands for paths. */
export class PathOption extends Option {
  readonly use: Use;

  constructor(flags: string, description: string, use: Use) {
    super(flags, description);
    this.use = use;
  }
}

export class PathArgument extends Argument {
  readonly use: Use;

  constructor(name: string, description: string, use: Use) {
    super(name, description);
    this.use = use;
  }
}

/** An option that names a file or folder to read. Messages call it by the option: 'the --data'. */
export const reading = (flags: string, description: string, use: Use = {}): PathOption =>
  new PathOption(flags, description, { reads: `the ${flags.split(' ')[0]}`, ...use });

/** An option that names a file or folder to write. */
export const writing = (flags: string, description: string, writes: Written['as']): PathOption =>
  new PathOption(flags, description, { writes });

export const required = (option: Option): Option => option.makeOptionMandatory();

/** Placeholders in a command's help that stand for a path. */
const PATH = /[<[][^>\]]*\b(file|folder|dir|path)\b/;

/**
 * Compares the paths that a command reads with those that it writes, none of which is empty. Returns those that it
 * reads, for checks of files whose names the command finds later. Throws UsageError.
 */
export async function checkPaths(command: Command): Promise<readonly Read[]> {
  const named = namedPaths(command);
  for (const { option, values } of named)
    if (values.includes('')) throw new UsageError(`${option} is empty: give it a path or a name`);
  if (named.every(({ use }) => use.writes === undefined)) return [];
  const reads: Read[] = [];
  const writes: Written[] = [];
  for (const { option, values, use } of named) {
    for (const value of values) {
      if (use.writes !== undefined)
        writes.push({ option, what: use.reads ?? `the ${option}`, path: value, as: use.writes });
      if (use.reads === undefined) continue;
      const [first, ...needed] = use.paths ? await use.paths(value) : [value];
      if (first !== undefined) reads.push({ what: use.reads, path: first });
      reads.push(...needed.map((path) => ({ what: `a file that ${use.reads} needs`, path })));
    }
  }
  checkPlaces(reads, writes);
  return reads;
}

interface Named {
  readonly option: string;
  readonly values: readonly string[];
  readonly use: Use;
}

/** The paths of a command with their uses. Throws if the command's definition does not say how it uses a path. */
function namedPaths(command: Command): Named[] {
  const found: Named[] = [];
  for (const [n, argument] of command.registeredArguments.entries()) {
    const name = `<${argument.name()}>`;
    if (argument instanceof PathArgument)
      found.push({ option: name, values: texts(command.processedArgs[n]), use: argument.use });
    else if (PATH.test(name))
      throw new Error(`${command.name()} ${name} does not say whether it is read or written`);
  }
  for (const option of command.options) {
    const name = option.long ?? option.flags;
    if (option instanceof PathOption) {
      const value: unknown = command.getOptionValue(option.attributeName());
      const { otherwise, given } = option.use;
      const standard = value === undefined ? otherwise?.() : value === true ? given?.() : undefined;
      found.push({ option: name, values: texts(standard ?? value), use: option.use });
    } else if (PATH.test(option.flags))
      throw new Error(`${command.name()} ${name} does not say whether it is read or written`);
  }
  return found;
}

/** The texts of an option's value, which is given once or several times; flags have none. */
const texts = (value: unknown): string[] => [value].flat().filter((v): v is string => typeof v === 'string');

/** The files of a layer's source: the file and all that it imports. */
export const sourceFiles = async (file: string): Promise<readonly string[]> =>
  (await import('../../compiler/frontend/imports.ts')).filesOf(file);

/** The source files of a method; a method of the library has none. */
export const methodFiles = async (method: string): Promise<readonly string[]> =>
  isFile(method) ? sourceFiles(method) : [];
