/**
 * A disk that fails at each operation in turn, for every command that writes files. The disk is full from then on, or
 * refuses or fails the one operation. The command says which path could not be written, nothing half-written is left,
 * what was there before is whole, and the next run does its work.
 */
import { rmSync } from 'node:fs';
import { afterAll, expect, it } from 'vitest';
import { oftc } from '../src/cli/harness.ts';
import { COMMANDS, type Command } from './commands.ts';
import { checkDone, checkLeft, folderFor, knownOf, runAgain, SCRATCH, treeOf } from './known.ts';
import { HalfWritten, type Kind, watchOperations } from './operations.mjs';
import { ALL, Table } from './table.ts';

const table = new Table('disk');
afterAll(() => rmSync(SCRATCH, { recursive: true, force: true }));

interface Fault {
  readonly code: string;
  readonly reason: string;
  /** Whether all later operations of the kinds fail too. */
  readonly stays: boolean;
  readonly kinds: readonly Kind[];
}

const FAULTS: Readonly<Record<string, Fault>> = {
  'the disk is full from then on': {
    ...{ code: 'ENOSPC', reason: 'no space left on device', stays: true },
    kinds: ['open', 'write', 'mkdir'],
  },
  'the disk fails once': {
    ...{ code: 'EIO', reason: 'i/o error', stays: false },
    kinds: ['open', 'write', 'mkdir', 'sync', 'rename'],
  },
  'the permission is missing': {
    ...{ code: 'EACCES', reason: 'permission denied', stays: false },
    kinds: ['open', 'mkdir', 'rename'],
  },
};

/** Runs a command with a fault from its n-th operation of the fault's kinds on. Returns undefined beyond the last. */
async function tried(command: Command, name: string, n: number): Promise<string | undefined> {
  const fault = FAULTS[name]!;
  const known = await knownOf(command);
  const folder = await folderFor(command);
  const before = treeOf(folder);
  let [seen, at] = [0, ''];
  const back = await watchOperations((call, kind, path) => {
    if (!path.startsWith(folder) || !fault.kinds.includes(kind)) return;
    seen++;
    if (seen < n || (seen > n && !fault.stays)) return;
    at ||= `${call} of ${path}`;
    const error = Object.assign(new Error(`${fault.code}: ${fault.reason}, ${kind} '${path}'`), {
      code: fault.code,
      syscall: kind,
    });
    throw kind === 'write' && fault.code === 'ENOSPC' ? new HalfWritten(error) : error;
  });
  const outcome = await oftc(...command.argv(folder)).finally(back);
  if (at === '') return undefined;
  const where = `${command.name}, ${name}, operation ${n}: ${at}\n${outcome.stdout}${outcome.stderr}`;
  try {
    if (outcome.exit === 0) {
      await checkDone(known, folder, outcome.stdout);
      return 'done all the same';
    }
    const { code, message } = JSON.parse(outcome.stdout).error;
    expect(outcome.exit, where).toBeLessThanOrEqual(2);
    expect(code).toMatch(/^(IoError|Usage)$/);
    expect(message).toContain(folder);
    expect(message).toContain(fault.code);
    await checkLeft(known, folder, before);
    await runAgain(known, folder);
  } catch (error) {
    throw new Error(`${where}\n${(error as Error).message}`, { cause: error });
  }
  return 'refused with the path; nothing lost; the next run does its work';
}

/** The number of operations that may fail. */
async function operationsOf(command: Command, name: string): Promise<number> {
  const { kinds } = FAULTS[name]!;
  const folder = await folderFor(command);
  let seen = 0;
  const back = await watchOperations((_, kind, path) => {
    if (path.startsWith(folder) && kinds.includes(kind)) seen++;
  });
  await oftc(...command.argv(folder)).finally(back);
  return seen;
}

/** The cases of `npm test`, each at the last of its moments. */
const SOME: Readonly<Record<string, string>> = {
  'finetune --resume': 'the disk is full from then on',
  merge: 'the disk fails once',
  convert: 'the disk is full from then on',
  'build over an earlier build': 'the permission is missing',
  init: 'the disk is full from then on',
  'run --output': 'the disk fails once',
};

const CASES = COMMANDS.flatMap((command) =>
  Object.keys(FAULTS)
    .filter((fault) => ALL || SOME[command.name] === fault)
    .map((fault) => ({ command, fault, title: `${command.name}: ${fault}` })),
);

it.each(CASES)('a disk that fails: $title', async ({ command, fault }) => {
  const last = await operationsOf(command, fault);
  const all = table.moments(fault, command.name, last, 1);
  for (const n of ALL ? all : [last]) {
    const outcome = await tried(command, fault, n);
    expect(outcome).toBeDefined();
    table.add(fault, command.name, 'each operation of its kind in turn', outcome!);
  }
});
