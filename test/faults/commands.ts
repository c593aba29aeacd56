/** The commands that write files, each with what it needs, in small. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { printTuning, type TuningEntry } from '../../src/tune/table.ts';
import { f32, layerFile, type Outcome, oftc, tensorFile } from '../src/cli/harness.ts';
import { argumentsOf, folder as INPUTS, MODEL, TEXT } from '../src/finetune/tiny.ts';
import { watchOperations } from './operations.mjs';

export interface Command {
  readonly name: string;
  /** The arguments for a command that writes below a folder. */
  argv(folder: string): string[];
  /** Makes the files that are in the folder before. */
  prepare?(folder: string): unknown;
  /** The arguments of the next run, after a fault. Default: the same. */
  again?(folder: string): string[];
  /** Whether the folder is a run of `finetune`, whose metrics have times. */
  readonly isRun?: boolean;
  /** Whether the files belong together, so that all of them are written or none. */
  readonly allOrNone?: boolean;
  /** Whether the files take their places one after another, so that SIGKILL may leave some of them. */
  readonly oneByOne?: boolean;
}

/** A text of few batches: a fault in the ninetieth meets the code that one in the second meets. */
const textOf = (letters: number): string => {
  const path = join(INPUTS, `faults-${letters}.txt`);
  writeFileSync(path, TEXT.slice(0, letters));
  return path;
};
const [DATA, SHORT] = [textOf(56), textOf(28)] as const;

const EVERY = ['--save-every', '1', '--eval-every', '2'];
const RUN = ['--data', DATA, '--steps', '3', ...EVERY, '--targets', 'q_proj'];
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
const TENSORS = tensorFile('faults.safetensors', f32('x', [2, 4]), f32('W', [3, 4]));

/** The folder of an adapter that is made once. */
const ADAPTER = join(INPUTS, 'faults-adapter/adapter');
let made: Promise<Outcome> | undefined;
const adapter = (): Promise<Outcome> => {
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

/** Runs a command, which must do its work. */
export async function well(argv: readonly string[]): Promise<Outcome> {
  const outcome = await oftc(...argv);
  assert.equal(outcome.exit, 0, outcome.stdout + outcome.stderr);
  return outcome;
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
      ...['eval', ...withAdapter, ...onDevice, '--data', SHORT, '--length', '7', '--batch', '2'],
      ...['--logits', join(f, 'logits.safetensors')],
    ],
    prepare: adapter,
  },
  {
    name: 'merge',
    allOrNone: true,
    argv: (f) => ['merge', ...withAdapter, ...onDevice, '--out', join(f, 'merged')],
    prepare: adapter,
  },
  {
    name: 'convert --data',
    allOrNone: true,
    argv: (f) => [
      ...['convert', ...withAdapter, ...onDevice, '--to', 'lora', '--rank', '4', '--out', join(f, 'lora')],
      ...['--data', SHORT, '--length', '7', '--batch', '2'],
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

/** The files and folders that commands read. */
export const READ: readonly string[] = [MODEL, ADAPTER, DATA, SHORT, LAYER, TENSORS];
