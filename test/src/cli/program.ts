/** The commands of `oftc` as they are defined, without what runs them. */
import { Command } from 'commander';
import { layerCommands } from '../../../src/cli/define/layers.ts';
import { otherCommands } from '../../../src/cli/define/others.ts';
import { finetuneCommands } from '../../../src/cli/finetune/commands.ts';
import { PathOption, type Use } from '../../../src/cli/path-options.ts';
import { planCommand } from '../../../src/cli/plan/options.ts';

export function allCommands(): readonly Command[] {
  const program = new Command('oftc');
  const nowhere = { write: () => {} };
  const io = { stdout: nowhere, stderr: nowhere, color: false, json: false };
  layerCommands(program, { io, reads: () => [], end: () => {}, report: async () => 1 });
  finetuneCommands(program, io);
  planCommand(program, io);
  otherCommands(program, { io, reads: () => [], end: () => {}, report: async () => 1 });
  return program.commands;
}

/** The options of a command that name paths, each with its use. */
export const pathsOf = (command: Command): (Use & { readonly option: string })[] =>
  command.options.flatMap((o) => (o instanceof PathOption ? [{ option: o.long!, ...o.use }] : []));
