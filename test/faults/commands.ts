/** The commands that write files, each with what it needs, in small. */
import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { printTuning, type TuningEntry } from '../../src/tune/table.ts';
import { f32, layerFile, oftc, tensorFile } from '../src/cli/harness.ts';
import { same, undamaged } from '../src/finetune/kills/folder.ts';
import { argumentsOf, DATA, folder as INPUTS, MODEL } from '../src/finetune/tiny.ts';
import { watchOperations } from './operations.mjs';

/** The folder of everything that commands write here. */
export const SCRATCH = mkdtempSync(join(tmpdir(), 'oftc-faults-'));

export interface Command {
  readonly name: string;
  /** The arguments for a command that writes below a folder. */
  argv(folder: string): string[];
  /** Makes the files that are in the folder before. */
  prepare?(folder: string): void | Promise<void>;
  /** The arguments of the next run, after a fault. Default: the same. */
  again?(folder: string): string[];
  /** Whether the folder is a run of `finetune`, whose metrics have times. */
  readonly isRun?: boolean;
  readonly needsDevice?: boolean;
  /** Whether the files belong together, so that all of them are written or none. */
  readonly allOrNone?: boolean;
  /** Whether the files take their places one after another, so that SIGKILL may leave some of them. */
  readonly oneByOne?: boolean;
}

const RUN = ['--steps', '3', '--save-every', '1', '--eval-every', '2', '--targets', 'q_proj'];
const GSOFT = ['--adapter', 'gsoft', '--set', 'b=2'];
const run = (folder: string, ...more: string[]): string[] =>
  argumentsOf('', ...RUN, '--out', join(folder, 'run'), ...more);
const resume = (folder: string): string[] => run(folder, '--resume');

const LAYER = layerFile(
  'faults.ts',
  `import { frozen, input, layer } from 'oftc';
export const product = layer({ x: input('tokens', 'in'), W: frozen('out', 'in') }, ({ x, W }) => x.matmul(W.T));
`,
);
const DIMS = ['--dims', 'in=4,out=3'];
const TENSORS = await tensorFile('faults.safetensors', f32('x', [2, 4]), f32('W', [3, 4]));

/** The folder of an adapter that is made once. */
const ADAPTER = join(INPUTS, 'faults-adapter/adapter');
let made: Promise<void> | undefined;
const adapter = (): Promise<void> => {
  made ??= well(argumentsOf('faults-adapter', '--steps', '1', '--targets', 'q_proj'));
  return made;
};
const withAdapter = ['--model', MODEL, '--adapter', ADAPTER, '--json'];

/** A measurement of a kernel that no program has, on a device that nobody has. */
function measured(key: string): TuningEntry {
  const seconds = { median: 1, low: 1, high: 1, runs: 3 };
  return {
    ...{ adapter: 'none', key, bucket: null, kernel: 'matmul', outcome: 'default', schedule: null },
    ...{ default: null, gain: null, times: [{ schedule: null, seconds }], clock: 'wall', tokens: 1 },
    ...{ date: '2026-01-01T00:00:00.000Z', oftc: '0.1.0' },
  };
}

async function well(argv: readonly string[]): Promise<void> {
  const { exit, stdout, stderr } = await oftc(...argv);
  assert.equal(exit, 0, stdout + stderr);
}

/** A run that ended when its last checkpoint could not be written. */
async function interrupted(folder: string): Promise<void> {
  let checkpoints = 0;
  const back = await watchOperations((_, kind, path) => {
    if (
      kind === 'rename' &&
      path.startsWith(folder) &&
      path.endsWith('checkpoint.safetensors') &&
      ++checkpoints > 2
    )
      throw Object.assign(new Error(`EIO: i/o error, rename '${path}'`), { code: 'EIO', syscall: 'rename' });
  });
  try {
    assert.equal((await oftc(...run(folder))).exit, 1);
  } finally {
    back();
  }
}

export const COMMANDS: readonly Command[] = [
  { name: 'finetune', argv: run, again: resume, isRun: true },
  {
    name: 'finetune, in our own format',
    argv: (f) => run(f, ...GSOFT),
    again: (f) => run(f, ...GSOFT, '--resume'),
    isRun: true,
  },
  { name: 'finetune --resume', argv: resume, prepare: interrupted, isRun: true },
  { name: 'finetune --resume of a finished run', argv: resume, prepare: (f) => well(run(f)), isRun: true },
  {
    name: 'merge',
    allOrNone: true,
    argv: (f) => ['merge', ...withAdapter, '--device', 'cpu', '--out', join(f, 'merged')],
    prepare: adapter,
  },
  {
    name: 'merge into an empty folder',
    allOrNone: true,
    argv: (f) => ['merge', ...withAdapter, '--device', 'cpu', '--out', join(f, 'merged')],
    prepare: async (f) => {
      await adapter();
      mkdirSync(join(f, 'merged'));
    },
  },
  {
    name: 'convert',
    allOrNone: true,
    argv: (f) => [
      'convert',
      ...withAdapter,
      '--to',
      'lora',
      '--rank',
      '4',
      '--device',
      'cpu',
      '--out',
      join(f, 'a/lora'),
    ],
    prepare: adapter,
  },
  {
    name: 'build',
    allOrNone: true,
    oneByOne: true,
    argv: (f) => ['build', LAYER, ...DIMS, '-o', join(f, 'a/built'), '--json'],
  },
  {
    name: 'build over an earlier build',
    allOrNone: true,
    oneByOne: true,
    argv: (f) => ['build', LAYER, ...DIMS, '-o', join(f, 'built'), '--json'],
    prepare: (f) => well(['build', LAYER, '--dims', 'in=8,out=3', '-o', join(f, 'built')]),
  },
  {
    name: 'tune',
    argv: (f) => [
      ...['tune', LAYER, '--dims', 'in=64,out=48', '--tokens', '40', '--budget', '0', '--json'],
      ...['--table', join(f, 'table.json'), '--export', join(f, 'sent.json')],
      ...['--import', join(f, 'given.json')],
    ],
    prepare: (f) => {
      writeFileSync(join(f, 'table.json'), printTuning({ entries: [measured('one')] }));
      writeFileSync(join(f, 'given.json'), printTuning({ entries: [measured('other')] }));
      writeFileSync(join(f, 'sent.json'), printTuning({ entries: [] }));
    },
    needsDevice: true,
  },
  {
    name: 'init',
    allOrNone: true,
    oneByOne: true,
    argv: (f) => ['init', 'my-layer', '--dir', join(f, 'a/my-layer'), '--json'],
  },
  {
    name: 'init in an empty folder',
    allOrNone: true,
    oneByOne: true,
    argv: (f) => ['init', 'my-layer', '--dir', f, '--json'],
  },
  {
    name: 'plan --svg',
    argv: (f) => [
      ...['plan', '--model', MODEL, '--adapter', 'oft', '--set', 'b=4', '--targets', 'q_proj'],
      ...['--length', '7', '--batch', '2', '--svg', join(f, 'a/plan.svg'), '--json'],
    ],
  },
  {
    name: 'plan --svg over a file',
    argv: (f) => [
      ...['plan', '--model', MODEL, '--adapter', 'oft', '--set', 'b=4', '--targets', 'q_proj'],
      ...['--length', '7', '--batch', '2', '--svg', join(f, 'plan.svg'), '--json'],
    ],
    prepare: (f) => writeFileSync(join(f, 'plan.svg'), 'what was there before'),
  },
  {
    name: 'run --output',
    argv: (f) => [
      ...['run', LAYER, '--input', TENSORS, '--device', 'cpu', '--json'],
      ...['--output', join(f, 'y.safetensors')],
    ],
    prepare: (f) => writeFileSync(join(f, 'y.safetensors'), 'what was there before'),
  },
  {
    name: 'eval --logits --answers',
    argv: (f) => [
      ...['eval', ...withAdapter, '--device', 'cpu', '--data', chats(), '--length', '7', '--batch', '2'],
      ...['--generate', '--answer-tokens', '2'],
      ...['--logits', join(f, 'a/logits.safetensors'), '--answers', join(f, 'b/answers.jsonl')],
    ],
    prepare: adapter,
  },
];

const onDevice = ['--device', 'gpu'];
/** The commands that compute on a device. */
export const DEVICE_COMMANDS: readonly Command[] = [
  {
    name: 'finetune',
    argv: (f) => run(f, ...onDevice),
    again: (f) => run(f, ...onDevice, '--resume'),
    isRun: true,
  },
  {
    name: 'generate',
    argv: () => ['generate', ...withAdapter, ...onDevice, '--prompt', 'ab', '--tokens', '3'],
    prepare: adapter,
  },
  {
    name: 'eval --logits',
    argv: (f) => [
      ...['eval', ...withAdapter, ...onDevice, '--data', DATA, '--length', '7', '--batch', '2'],
      ...['--logits', join(f, 'logits.safetensors')],
    ],
    prepare: adapter,
  },
  {
    name: 'merge',
    argv: (f) => ['merge', ...withAdapter, ...onDevice, '--out', join(f, 'merged')],
    prepare: adapter,
  },
  {
    name: 'convert --data',
    argv: (f) => [
      ...['convert', ...withAdapter, ...onDevice, '--to', 'lora', '--rank', '4', '--out', join(f, 'lora')],
      ...['--data', DATA, '--length', '7', '--batch', '2'],
    ],
    prepare: adapter,
  },
  {
    name: 'run --output',
    argv: (f) => [
      ...['run', LAYER, '--input', TENSORS, ...onDevice, '--json'],
      ...['--output', join(f, 'y.safetensors')],
    ],
  },
];

/** Data with two responses. */
function chats(): string {
  const path = join(INPUTS, 'faults.jsonl');
  if (!existsSync(path))
    writeFileSync(
      path,
      ['ab', 'cd'].map((text) => `${JSON.stringify({ prompt: `${text} `, completion: 'ef' })}\n`).join(''),
    );
  return path;
}

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
export const inputs = (): Tree =>
  new Map([
    ...treeOf(MODEL),
    ...treeOf(ADAPTER),
    ...[DATA, LAYER, TENSORS].map((p) => [p, readFileSync(p)] as const),
  ]);

/** A command with a whole run of it, to compare with. */
export interface Known {
  readonly command: Command;
  /** The operations of a whole run that change the disk, each as its function and its file. */
  readonly operations: readonly string[];
  /** The folder of the whole run. */
  readonly alone: string;
  readonly whole: Tree;
  readonly inputs: Tree;
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
  try {
    await well(command.argv(folder));
  } finally {
    back();
  }
  const alone = here(`alone ${command.name}`);
  cpSync(folder, alone, { recursive: true });
  return { command, operations, alone, whole: treeOf(alone), inputs: inputs() };
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

/** Runs the command again, which must do all of it. */
export async function runAgain(of: Known, folder: string): Promise<void> {
  const { command } = of;
  await well((command.again ?? command.argv)(folder));
  await checkWhole(of, folder);
}
