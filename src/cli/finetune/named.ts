/** Names options in messages, and tells which are given. */
import type { Command } from 'commander';

/** The name of an option in messages, with its value where one is given: as the command line or the run.json has it. */
export type Named = (option: string, value?: string | number) => string;

/** The name of an option on a command line without a run.json. */
export const onCommandLine: Named = (name, value) =>
  value === undefined ? `--${name}` : `--${name} ${value}`;

/** Whether a command line has an option, by its name: defaults and the options of a run.json are not given. */
export type Given = (option: string) => boolean;

export const givenIn =
  (command: Command): Given =>
  (option) =>
    command.getOptionValueSource(option) === 'cli';
