/**
 * Plants faults, one at a time, in a copy of the sources, and expects the command to find each. A fault is the edit of
 * one place.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './state.ts';

interface Fault {
  readonly says: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** The way that has to disagree. */
  readonly finds: string;
}

export const FAULTS: readonly Fault[] = [
  {
    says: 'a wrong sign in what a rule builds: c·(d·A) = −(c·d)·A',
    file: 'compiler/rewrite/rules/sums.ts',
    from: 'const joined = scaled(node.attrs.by as Rational, node.args[0]!);',
    to: 'const own = node.attrs.by as Rational; const joined = scaled({ ...own, num: -own.num }, node.args[0]!);',
    finds: 'derived',
  },
  {
    says: 'a wrong sign of printed numbers',
    file: 'src/language/print-layer.ts',
    from: 'number: (value) => String(toNumber(value)),',
    to: 'number: (value) => String(-toNumber(value)),',
    finds: 'printed',
  },
  {
    says: 'a buffer that is written again one step before its tensor is read for the last time',
    file: 'kernels-gen/memory/buffers.ts',
    from: 'if (lifetimes[middle]!.to < step) low',
    to: 'if (lifetimes[middle]!.to - 2 < step) low',
    finds: 'loops of portable',
  },
  {
    says: 'strides of another layout in the WGSL of every load and store',
    file: 'kernels-gen/wgsl/emitter.ts',
    from: 'rowMajor(shape, indices)',
    to: 'rowMajor(shape.toReversed(), indices)',
    finds: 'device as portable',
  },
  {
    says: 'a lost sign in a line for PyTorch',
    file: 'src/targets/torch/body.ts',
    from: "return this.#call('neg', [b]);",
    to: 'return b;',
    finds: 'PyTorch',
  },
];

const COPIED = [
  'compiler',
  'kernels-gen',
  'runtime',
  'src',
  'test',
  'scripts',
  'package.json',
  'tsconfig.json',
];

/** The programs among which a fault has to be found. */
const PROGRAMS = 300;

/** Plants each fault that one of the named ways finds, or all. Gives the number of those that were not found. */
export function runPlanted(names: readonly string[]): number {
  const folder = mkdtempSync(join(tmpdir(), 'oftc-planted-'));
  try {
    for (const name of COPIED)
      cpSync(join(ROOT, name), join(folder, name), {
        recursive: true,
        filter: (path) => !path.includes('/fixtures/'),
      });
    for (const name of ['node_modules', 'dist']) symlinkSync(join(ROOT, name), join(folder, name));
    const asked = FAULTS.filter(({ finds }) => names.length === 0 || names.includes(finds));
    return asked.filter((fault) => !isFound(folder, fault)).length;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function isFound(folder: string, { says, file, from, to, finds }: Fault): boolean {
  const path = join(folder, file);
  const text = readFileSync(path, 'utf8');
  if (text.split(from).length !== 2) throw new Error(`${file} has no single place '${from}'`);
  writeFileSync(
    path,
    text.replace(from, () => to),
  );
  const args = ['--once', '--way', finds, '--programs', `${PROGRAMS}`];
  const run = spawnSync(
    process.execPath,
    [join(ROOT, 'node_modules/tsx/dist/cli.mjs'), 'test/differential/run.ts', ...args],
    {
      cwd: folder,
      encoding: 'utf8',
    },
  );
  writeFileSync(path, text);
  const isFound = run.status === 1 && run.stdout.includes(`${finds} disagrees: `);
  const [, how = run.stderr.slice(-500)] = /disagrees: ([^\n]*)/.exec(run.stdout) ?? [];
  console.log(`${isFound ? 'found' : 'NOT FOUND'} by '${finds}': ${says}\n  ${how.slice(0, 200)}`);
  return isFound;
}
