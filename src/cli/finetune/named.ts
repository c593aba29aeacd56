/** Names options in messages. */

/** The name of an option in messages, with its value where one is given: as the command line or the run.json has it. */
export type Named = (option: string, value?: string | number) => string;

/** The name of an option on a command line without a run.json. */
export const onCommandLine: Named = (name, value) =>
  value === undefined ? `--${name}` : `--${name} ${value}`;
