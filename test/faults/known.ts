/** Whole runs of commands, and what a command that met a fault has left in comparison. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { same, undamaged } from '../src/finetune/kills/folder.ts';
import { MODEL } from '../src/finetune/tiny.ts';
import { type Command, READ, well } from './commands.ts';
import { watchOperations } from './operations.mjs';
import { ALL } from './table.ts';

/** The folder of everything that commands write here. */
export const SCRATCH = mkdtempSync(join(tmpdir(), 'oftc-faults-'));

// Thousands of runs compile the same Plans and kernels.
if (ALL) Object.assign(process.env, { OFTC_PLANS: 'on', XDG_CACHE_HOME: join(SCRATCH, 'cache') });

export type Tree = ReadonlyMap<string, Buffer | 'folder'>;

/** Everything in a folder, by path. */
export function treeOf(folder: string): Tree {
  if (!existsSync(folder)) return new Map();
  return new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map(
        (path) =>
          [relative(folder, path), lstatSync(path).isDirectory() ? 'folder' : readFileSync(path)] as const,
      ),
  );
}

/** The inputs of all commands, as they are now. */
const inputs = (): Tree =>
  new Map(
    READ.flatMap((path): [string, Buffer | 'folder'][] =>
      !existsSync(path)
        ? []
        : lstatSync(path).isDirectory()
          ? [...treeOf(path)].map(([name, held]) => [join(path, name), held])
          : [[path, readFileSync(path)]],
    ),
  );

/** A command with a whole run of it, to compare with. */
export interface Known {
  readonly command: Command;
  /** The operations of a whole run that change the disk, each as its function and its file. */
  readonly operations: readonly string[];
  /** The folder of the whole run. */
  readonly alone: string;
  readonly whole: Tree;
  readonly inputs: Tree;
  /** The standard output of an undisturbed run. */
  readonly stdout: string;
  /** The digests of what faults left, from which the command did all of its work when it was run again. */
  readonly done: Set<string>;
}

const here = (name: string): string => {
  const folder = join(SCRATCH, name.replaceAll(/\W+/g, '-'));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  return folder;
};

/** A folder for a command, with what is there before. */
export async function folderFor(command: Command): Promise<string> {
  const folder = here(command.name);
  const before = join(SCRATCH, `before-${command.name.replaceAll(/\W+/g, '-')}`);
  if (!existsSync(before)) {
    mkdirSync(before);
    await command.prepare?.(before);
  }
  cpSync(before, folder, { recursive: true });
  return folder;
}

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** The numbers of the operations that are the first or the last of their kind on their file: the stages of a command. */
export const stages = ({ operations }: Known): number[] =>
  operations.flatMap((of, i) =>
    operations.indexOf(of) === i || operations.lastIndexOf(of) === i ? [i + 1] : [],
  );

const known = new Map<string, Promise<Known>>();
/** Runs a command whole, once. */
export function knownOf(command: Command): Promise<Known> {
  let of = known.get(command.name);
  if (of === undefined) {
    of = knowing(command);
    known.set(command.name, of);
  }
  return of;
}

async function knowing(command: Command): Promise<Known> {
  const folder = await folderFor(command);
  const operations: string[] = [];
  const back = await watchOperations((name, _, path) => {
    if (path.startsWith(folder)) operations.push(`${name} ${relative(folder, path).replaceAll(UUID, '')}`);
  });
  const { stdout } = await well(command.argv(folder)).finally(back);
  const alone = here(`alone ${command.name}`);
  cpSync(folder, alone, { recursive: true });
  return { command, operations, alone, whole: treeOf(alone), inputs: inputs(), stdout, done: new Set() };
}

/**
 * Asserts that every file in the folder is the one that was there before or the one of a whole run, and that the inputs
 * are as they were. Unless the process was killed, nothing temporary may be there either.
 */
export async function checkLeft(
  { command, alone, whole, inputs: were }: Known,
  folder: string,
  before: Tree,
  wasKilled = false,
): Promise<void> {
  const all = treeOf(folder);
  const temporary = (path: string) => /\.tmp(\/|$)|\.lock$/.test(path);
  const left = new Map([...all].filter(([path]) => !temporary(path)));
  if (!wasKilled) assert.deepEqual([...all.keys()].filter(temporary), [], 'something temporary is left');
  // A process that is killed between two renames leaves the old folder under another name: the next run puts it back.
  for (const path of before.keys()) assert.ok(left.has(path) || wasKilled, `${path} is lost`);
  assert.deepEqual(inputs(), were, 'an input has changed');
  if (command.isRun) {
    await undamaged(join(folder, 'run'), join(alone, 'run'), MODEL);
    return;
  }
  const is = (other: Tree, path: string) =>
    other.has(path) && left.has(path) && sameBytes(other.get(path)!, left.get(path)!);
  for (const path of left.keys())
    assert.ok(is(before, path) || is(whole, path), `${path} is neither what was there nor what is written`);
  const written = [...whole.keys()].filter(
    (path) => whole.get(path) !== 'folder' && !sameIn(before, whole, path),
  );
  const done = written.filter((path) => is(whole, path));
  if (command.allOrNone && !(wasKilled && command.oneByOne))
    assert.ok(done.length === 0 || done.length === written.length, `only ${done} of ${written} are written`);
}

/** Whether a path is the same in two trees. */
const sameIn = (a: Tree, b: Tree, path: string): boolean =>
  a.has(path) && b.has(path) && sameBytes(a.get(path)!, b.get(path)!);

const sameBytes = (a: Buffer | 'folder', b: Buffer | 'folder'): boolean =>
  a === 'folder' || b === 'folder' ? a === b : a.equals(b);

/** Asserts that a folder is that of a whole run. */
export async function checkWhole({ command, alone, whole }: Known, folder: string): Promise<void> {
  if (command.isRun) return same(join(folder, 'run'), join(alone, 'run'));
  assert.deepEqual([...treeOf(folder)], [...whole]);
}

/** Whether everything that a whole run leaves is there. Only for a folder that `checkLeft` has checked. */
export function hasAll({ command, whole }: Known, folder: string): boolean {
  const left = treeOf(folder);
  return command.allOrNone === true && [...whole.keys()].every((path) => left.has(path));
}

/** Asserts that a command that a fault did not stop has written and printed all that a whole run does. */
export async function checkDone(of: Known, folder: string, stdout: string): Promise<void> {
  await checkWhole(of, folder);
  assert.deepEqual(untimed(stdout), untimed(of.stdout));
}

/** The JSON that a command printed, without its times in seconds. */
const untimed = (stdout: string): unknown =>
  JSON.parse(stdout, (key, value) => (key === 'seconds' ? undefined : value));

/** A digest of all files in a folder, without random names and the seconds of metrics. */
function digestOf(folder: string): string {
  const hash = createHash('sha256');
  for (const [path, held] of treeOf(folder)) {
    const isMetrics = path.endsWith('metrics.jsonl');
    const bytes = isMetrics ? held.toString().replaceAll(/"seconds":[^,}]+/g, '') : held;
    hash.update(`${path.replaceAll(UUID, '')} ${bytes.length} `).update(bytes);
  }
  return hash.digest('hex');
}

/**
 * Runs the command again, which must do all of it. A folder with the files of one from which it did so already would be the
 * same case twice.
 */
export async function runAgain(of: Known, folder: string): Promise<void> {
  const { command, done } = of;
  const left = digestOf(folder);
  if (done.has(left)) return;
  await well((command.again ?? command.argv)(folder));
  await checkWhole(of, folder);
  done.add(left);
}
