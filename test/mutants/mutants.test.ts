import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { modulesOf } from './modules.ts';
import { MutantSet } from './mutant-set.ts';
import { type Mutant, mutantsOf, schemata } from './mutants.ts';
import { allMutants } from './mutated.ts';
import { Progress } from './progress.ts';
import { testsOnMutants } from './tests.ts';

const SOURCE = `
type Pair = readonly [1, 2];
export function f(a: number, b: number): number {
  if (a < 0) throw new Error('negative' + 1);
  // Twice.
  return b === 0 ? a : [a - b, 3].reverse()[0]!;
}`;

const mutants = mutantsOf('f.ts', SOURCE, 0);

/** The function f with one mutant active. */
function active(id: number): (a: number, b: number) => number {
  const js = ts.transpile(schemata(SOURCE, mutants), { module: ts.ModuleKind.CommonJS });
  const exports: { f?: (a: number, b: number) => number } = {};
  new Function('exports', '__mutant', js)(exports, (other: number) => other === id);
  return exports.f!;
}

it('edits expressions, and neither types nor messages', () => {
  expect(mutants.map((m) => m.key.replace('f.ts f: ', ''))).toEqual([
    'a < 0 → false',
    'a < 0 → a <= 0',
    '0 → 1',
    'b === 0 → true',
    'b === 0 → false',
    '0 → 1 (2)',
    '[a - b, 3].reverse() → [a - b, 3]',
    '[a - b, 3] → [3, a - b]',
    'a - b → a + b',
    '3 → 4',
    '3 → 2',
    '0 → 1 (3)',
  ]);
});

it('has all mutants in one text, of which one at a time acts', () => {
  const f = active(-1);
  expect([f(5, 0), f(5, 2), f(0, 7)]).toEqual([5, 3, 3]);
  const table = (g: typeof f) =>
    [-1, 0, 1].flatMap((a) => [0, 1, 2].map((b) => attempt(() => g(a, b)))).join();
  const same = mutants.filter((m) => table(active(m.id)) === table(f));
  // This mutant changes an element of the reversed list that nothing reads.
  expect(same.map((m) => m.text)).toEqual(['a + b']);
});

it.each([...allMutants()])('%s parses with all its mutants', (file, { text, mutants }) => {
  const { diagnostics } = ts.transpileModule(schemata(text, mutants), {
    fileName: file,
    reportDiagnostics: true,
  });
  expect(diagnostics?.map((d) => d.messageText)).toEqual([]);
});

it('keeps the fates of mutants for a later run of the same commit', () => {
  const mutated = new Map([['f.ts', { text: SOURCE, mutants }]]);
  const folder = mkdtempSync(join(tmpdir(), 'oftc-mutants-'));
  const file = join(folder, 'met.json');
  const [first, second, third] = mutants as [Mutant, Mutant, Mutant];
  const before = new Progress(file, 'a commit', false, mutated);
  before.note(first, 0, 'killed');
  before.note(second, 1, 'survived');
  before.note(third, 3, 'not reached');
  before.save(5);
  const after = new Progress(file, 'a commit', false, mutated);
  expect(mutants.map((m) => after.fateOf(m)).slice(0, 4)).toEqual([
    'killed',
    'survived',
    'not reached',
    undefined,
  ]);
  expect(after.seconds).toBe(5);
  const due = (m: Mutant) => [0, 1, 2, 3].filter((level) => after.isDue(m, level));
  expect([first, second, third, mutants[3]!].map(due)).toEqual([[], [2, 3], [], [0, 1, 2, 3]]);
  expect(new Progress(file, 'another', false, mutated).fateOf(first)).toBe(undefined);
  expect(new Progress(file, 'a commit', true, mutated).fateOf(first)).toBe(undefined);
  rmSync(folder, { recursive: true });
});

it('counts the mutants of a set', () => {
  const set = new MutantSet();
  for (const id of [0, 7, 8, 9, 40_000, 9]) set.add(id);
  expect([set.size, new MutantSet().size]).toEqual([5, 0]);
});

it('runs tests that a script can hold', async () => {
  expect(Object.keys(await modulesOf(testsOnMutants()))).toEqual(expect.arrayContaining(testsOnMutants()));
});

function attempt(run: () => number): string {
  try {
    return `${run()}`;
  } catch (e) {
    return e instanceof Error ? e.message : 'thrown';
  }
}
