/**
 * SIGTERM, SIGINT and SIGKILL at each operation that changes the disk, in every command that takes time. A signal that can
 * be caught leaves nothing half-written. What SIGKILL leaves, the next run removes, and it does all of the work.
 */
import { rmSync } from 'node:fs';
import { afterAll, expect, it } from 'vitest';
import {
  COMMANDS,
  type Command,
  checkLeft,
  checkWhole,
  folderFor,
  knownOf,
  runAgain,
  SCRATCH,
  stages,
  treeOf,
} from './commands.ts';
import { ended } from './process.ts';
import { ALL, moments, Table } from './table.ts';

const table = new Table('signals');
afterAll(() => rmSync(SCRATCH, { recursive: true, force: true }));

const SIGNALS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT', 'SIGKILL'];
/** The commands whose signals `npm test` sends. */
const SOME = ['merge'];

async function tried(command: Command, signal: NodeJS.Signals, n: number): Promise<string> {
  const known = await knownOf(command);
  const folder = await folderFor(command);
  const before = treeOf(folder);
  const end = await ended(command.argv(folder), { signal, n, within: folder });
  const where = `${command.name}, ${signal} at operation ${n} of ${known.operations.length}\n${end.stdout}${end.stderr}`;
  try {
    expect(end.stderr).toContain(`${signal} at `);
    if (end.signal === null) {
      // The signal came too late to be handled before the command had done everything.
      expect(end.exit).toBe(0);
      await checkWhole(known, folder);
      return 'done before the signal arrived';
    }
    expect(end.signal).toBe(signal);
    await checkLeft(known, folder, before, signal === 'SIGKILL');
    const whole = treeOf(folder);
    const isDone =
      ['merge', 'convert', 'init'].some((name) => command.name.startsWith(name)) &&
      isWhole(known.whole, whole);
    if (isDone) return 'done when the signal arrived';
    await runAgain(known, folder);
  } catch (error) {
    throw new Error(`${where}\n${(error as Error).message}`, { cause: error });
  }
  return signal === 'SIGKILL'
    ? 'nothing lost; the next run removes what is left and does its work'
    : 'nothing half-written is left; the next run does its work';
}

const isWhole = (whole: ReadonlyMap<string, unknown>, left: ReadonlyMap<string, unknown>): boolean =>
  [...whole.keys()].every((path) => left.has(path));

const CASES = COMMANDS.filter(({ name }) =>
  ALL ? /^(finetune|merge|convert|build|init|plan|tune|run|eval)/.test(name) : SOME.includes(name),
)
  .filter(({ needsDevice }) => !needsDevice)
  .flatMap((command) => SIGNALS.map((signal) => ({ command, signal, title: `${command.name}: ${signal}` })));

it.each(CASES)('a signal: $title', async ({ command, signal }) => {
  const all = stages(await knownOf(command));
  // `npm test` sends SIGINT at the last operation, which removes the lock, and the others in the middle.
  const some = !ALL && signal === 'SIGINT' ? [all.length] : moments(all.length, 1);
  for (const i of some) {
    const outcome = await tried(command, signal, all[i - 1]!);
    table.add(signal, command.name, 'the first and the last operation of each kind on each file', outcome);
  }
});
