/**
 * SIGTERM, SIGINT, SIGHUP and SIGKILL at the operations that change the disk, in every command that takes time. A signal that can
 * be caught leaves nothing half-written. What SIGKILL leaves, the next run removes, and it does all of the work.
 */
import { rmSync } from 'node:fs';
import { afterAll, expect, it } from 'vitest';
import { COMMANDS, type Command } from './commands.ts';
import {
  checkDone,
  checkLeft,
  folderFor,
  hasAll,
  knownOf,
  runAgain,
  SCRATCH,
  stages,
  treeOf,
} from './known.ts';
import { ended } from './process.ts';
import { ALL, Table } from './table.ts';

const table = new Table('signals');
afterAll(() => rmSync(SCRATCH, { recursive: true, force: true }));

const SIGNALS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGKILL'];
/** The commands whose signals `npm test` sends. */
const SOME = ['merge'];

const [UNHEARD, DONE] = [
  'the last operation was done before the signal arrived',
  'done when the signal arrived',
];

async function tried(command: Command, signal: NodeJS.Signals, n: number): Promise<string> {
  const known = await knownOf(command);
  const folder = await folderFor(command);
  const before = treeOf(folder);
  const end = await ended(command.argv(folder), { signal, n, within: folder });
  const where = `${command.name}, ${signal} at operation ${n} of ${known.operations.length}\n${end.stdout}${end.stderr}`;
  try {
    expect(end.stderr).toContain(`${signal} at `);
    expect(end.stderr).not.toContain('was ignored');
    if (end.signal === null) {
      expect(end.exit).toBe(0);
      await checkDone(known, folder, end.stdout);
      return UNHEARD;
    }
    expect(end.signal).toBe(signal);
    await checkLeft(known, folder, before, signal === 'SIGKILL');
    const isRefusedNow = ['merge', 'convert', 'init'].some((name) => command.name.startsWith(name));
    if (isRefusedNow && hasAll(known, folder)) return DONE;
    await runAgain(known, folder);
  } catch (error) {
    throw new Error(`${where}\n${(error as Error).message}`, { cause: error });
  }
  return signal === 'SIGKILL'
    ? 'nothing lost; the next run removes what is left and does its work'
    : 'nothing half-written is left; the next run does its work';
}

const CASES = COMMANDS.filter(({ name }) =>
  ALL ? /^(finetune|merge|convert|build|init|plan|tune|run|eval)/.test(name) : SOME.includes(name),
).flatMap((command) => SIGNALS.map((signal) => ({ command, signal, title: `${command.name}: ${signal}` })));

it.each(CASES)('a signal: $title', async ({ command, signal }) => {
  const all = stages(await knownOf(command));
  // `npm test` sends SIGINT at the last operation, which removes the lock, and the others in the middle.
  const some = table.moments(signal, command.name, all.length, 1);
  const outcomes: string[] = [];
  for (const i of !ALL && signal === 'SIGINT' ? [all.length] : some) {
    const outcome = await tried(command, signal, all[i - 1]!);
    outcomes.push(outcome);
    table.add(signal, command.name, 'the first and the last operation of each kind on each file', outcome);
  }
  // SIGKILL acts at once, and a signal before the last operation comes before the end.
  if (signal === 'SIGKILL' || outcomes.length > 2)
    expect(
      outcomes.filter((o) => o !== UNHEARD && o !== DONE),
      'some signal has to interrupt',
    ).not.toEqual([]);
});
