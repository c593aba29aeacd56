/**
 * Measures the processor time of compiling Programs, without and with gradients. Each long program has a
 * process of its own. Random programs are compiled one after another in one process. Writes
 * compile-long.json.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import type { Binding } from '../compiler/dims/dims.ts';
import type { Program } from '../compiler/ir/node.ts';
import {
  blockDiag,
  cayleyNeumann,
  frozen,
  householder,
  input,
  layer,
  list,
  polynomial,
  reflectSpan,
  shuffle,
  skew,
  type Tensor,
  trainable,
} from '../src/language/dsl/index.ts';
import { programs } from '../test/support/arbitraries/programs.ts';
import { bindProgram, CLASSES, compileOn, solveDims } from './built.ts';

const LIMIT_MS = 2000;
const CLASS = CLASSES[2]!;
const BLOCKS = { r: 32, b: 16 };

const rotations = (n: number): Program =>
  layer(
    { x: input('tokens', 'in'), W: frozen('out', 'in'), v: list(n, trainable('r', 'tri(b)')) },
    ({ x, W, v }) => v.reduce<Tensor>((h, q) => h.matmul(blockDiag(cayleyNeumann(skew(q)))), x).matmul(W.T),
    { where: { in: 'r*b' } },
  ).trace();

const onBothSides = (n: number): Program =>
  layer(
    { x: input('tokens', 'in'), W: frozen('in', 'in'), v: list(n, trainable('r', 'tri(b)')) },
    ({ x, W, v }) => {
      const P = shuffle(['r', 'b'], [1, 0]);
      const turned = v.reduce<Tensor>((V, q) => {
        const R = blockDiag(cayleyNeumann(skew(q)));
        return P.matmul(R).matmul(V).matmul(R.T).matmul(P.T);
      }, W.T);
      return x.matmul(turned);
    },
    { where: { in: 'r*b' } },
  ).trace();

const scalings = (n: number): Program =>
  layer({ x: input('tokens', 'in'), W: frozen('out', 'in'), s: trainable('in') }, ({ x, W, s }) =>
    Array.from({ length: n })
      .reduce<Tensor>((h) => h.mul(s), x)
      .matmul(W.T),
  ).trace();

const reflections = (): Program =>
  layer(
    {
      x: input('tokens', 'in'),
      W: frozen('out', 'in'),
      u: trainable('in', 'k'),
      v: trainable('in', 1),
      w: trainable('in', 2),
    },
    ({ x, W, u, v, w }) => {
      const M = householder(u).matmul(reflectSpan(w)).matmul(householder(v).T);
      return x.matmul(polynomial(M, [0.3, 1, -0.2, 0.1]).matmul(W.T));
    },
  ).trace();

const LONG: Readonly<Record<string, () => readonly [Program, Binding]>> = {
  '8 rotations on both sides, with shuffles': () => [onBothSides(8), BLOCKS],
  '32 rotations on both sides, with shuffles': () => [onBothSides(32), BLOCKS],
  '64 rotations on both sides, with shuffles': () => [onBothSides(64), BLOCKS],
  '64 rotations and a projection': () => [rotations(64), { ...BLOCKS, out: 512 }],
  '4,000 scalings': () => [scalings(4000), { in: 512, out: 512 }],
  'a polynomial of reflections, k = 64': () => [reflections(), { in: 1024, out: 1024, k: 64 }],
};

/** The processor time of this process to compile, in milliseconds. */
function took(bound: Program, gradients: boolean): number {
  const before = process.cpuUsage();
  compileOn(CLASS, bound, { gradients });
  const { user, system } = process.cpuUsage(before);
  return Math.round((user + system) / 1000);
}

/** Times a long program in a process of its own, which compiles nothing before and optimises as late as `oftc` does. */
function tookAlone(name: string, gradients: boolean): number {
  const args = ['--import', 'tsx', fileURLToPath(import.meta.url), name, ...(gradients ? ['gradients'] : [])];
  return Number(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}

/** The sizes of random programs: those of test/properties/never-worse.test.ts. */
const sizes = fc.record({
  n: fc.constantFrom(16, 24, 64, 100, 256, 1024),
  m: fc.constantFrom(2, 3),
  r: fc.constantFrom(2, 4, 8, 16, 32),
  b: fc.constantFrom(4, 8, 16, 32),
});

function random(numRuns: number) {
  const drawn = fc.sample(fc.tuple(programs(), sizes, fc.boolean()), { numRuns, seed: 20260101 });
  const all = drawn
    .map(([p, by, gradients]) => took(bindProgram(p.symbolic, by), gradients))
    .sort((a, b) => a - b);
  return {
    programs: all.length,
    medianMs: all[all.length >> 1]!,
    mostMs: all.at(-1)!,
    beyondLimit: all.filter((ms) => ms > LIMIT_MS).length,
  };
}

export function measureLong(folder: string, randomPrograms: number): void {
  const long = Object.keys(LONG).map((name) => {
    const [forwardMs, gradientsMs] = [tookAlone(name, false), tookAlone(name, true)];
    console.log(`${name.padEnd(44)} forward ${forwardMs} ms, gradients ${gradientsMs} ms`);
    return { name, forwardMs, gradientsMs };
  });
  const drawn = random(randomPrograms);
  console.log(`${drawn.programs} random programs, the slowest ${drawn.mostMs} ms; limit ${LIMIT_MS} ms\n`);
  const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version };
  mkdirSync(folder, { recursive: true });
  const results = { machine, limitMs: LIMIT_MS, long, random: drawn };
  writeFileSync(`${folder}/compile-long.json`, `${JSON.stringify(results, null, 2)}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await import('../src/cli/optimise-later.ts');
  const [name, gradients] = process.argv.slice(2);
  const [program, dims] = LONG[name!]!();
  console.log(took(bindProgram(program, solveDims(program, dims)), gradients !== undefined));
}
