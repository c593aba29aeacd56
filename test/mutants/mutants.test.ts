import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, describe, expect, it } from 'vitest';
import { isKept } from './kept.ts';
import { modulesOf } from './modules.ts';
import { MutantSet } from './mutant-set.ts';
import { type Mutant, mutantsOf, schemata } from './mutants.ts';
import { allMutants } from './mutated.ts';
import { type Fate, isFound, Progress, readHeld, type State } from './progress.ts';
import { explained } from './report.ts';
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

const editsOf = (source: string) => mutantsOf('f.ts', source, 0).map((m) => m.text);

it.each([
  ['own', "all.find((x) => x.kind === 'a')", ["all.findLast((x) => x.kind === 'a')"]],
  ['distinct', "all.find((x) => x.name === 'a')", []],
  ['another’s', 'all.find((x) => x === y.name)', ['all.findLast((x) => x === y.name)']],
])('searches from the other end for %s properties', (_, call, edits) => {
  expect(editsOf(call).filter((text) => text.startsWith('all'))).toEqual(edits);
});

it.each([
  ['in another order', 'f(LIST)', ["['b', 'a']"]],
  ['in another order', 'LIST.some(is) && f(LIST)', ["['b', 'a']"]],
  ['in another order', 'LIST.some((x, i) => is(x, i))', ["['b', 'a']"]],
  ['without elements', 'LIST.some(is)', ["['b']", "['a']"]],
])('gives a list %s: %s', (_, use, edits) => {
  const ofList = (source: string) => editsOf(source).filter((text) => text.startsWith('['));
  expect(ofList(`const LIST = ['a', 'b'];\n${use};`)).toEqual(edits);
  expect(ofList(`export const LIST = ['a', 'b'];\n${use};`)).toEqual(["['b', 'a']"]);
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

describe('the fates of mutants', () => {
  const folder = mkdtempSync(join(tmpdir(), 'oftc-mutants-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'met.json');
  const mutated = new Map([['f.ts', { text: SOURCE, mutants }]]);
  const state: State = { commit: 'a commit', parts: [], tests: { 'a.test.ts': '1', 'b.test.ts': '1' } };
  const [first, second, third] = mutants as [Mutant, Mutant, Mutant];
  const before = new Progress(file, undefined, state, mutated);
  before.note(first, 0, 'killed');
  before.note(second, 1, 'survived');
  before.note(third, 3, 'not reached');
  before.save(5);
  const fates = (after: Progress) => [first, second, third, mutants[3]!].map((m) => after.fateOf(m));

  it('are kept for a later run of the same commit', () => {
    const after = new Progress(file, readHeld(file), state, mutated);
    expect(fates(after)).toEqual(['killed', 'survived', 'not reached', undefined]);
    expect(after.seconds).toBe(5);
    const due = (m: Mutant) => [0, 1, 2, 3].filter((level) => after.isDue(m, level));
    expect([first, second, third, mutants[3]!].map(due)).toEqual([[], [2, 3], [], [0, 1, 2, 3]]);
    expect(fates(new Progress(file, undefined, state, mutated))).toEqual(Array(4).fill(undefined));
  });

  it('are kept for another commit where the caller chooses them and their source file is unchanged', () => {
    const other = { ...state, commit: 'another', tests: { ...state.tests, 'b.test.ts': '2' } };
    const none = new Progress(file, readHeld(file), other, mutated);
    expect(fates(none)).toEqual(Array(4).fill(undefined));
    expect(none.seconds).toBe(0);
    const chosen: string[] = [];
    const kept = new Progress(file, readHeld(file), other, mutated, (m, fate, unchanged) => {
      chosen.push(...unchanged);
      return isFound(fate) || m === third;
    });
    expect(fates(kept)).toEqual(['killed', undefined, 'not reached', undefined]);
    expect(new Set(chosen)).toEqual(new Set(['a.test.ts']));
    kept.note(second, 0, 'killed');
    expect(kept.commits).toEqual(['a commit', 'a commit', 'another']);
    kept.save(1);
    const later = new Progress(file, readHeld(file), other, mutated);
    expect([later.commits.sort(), later.seconds]).toEqual([['a commit', 'a commit', 'another'], 6]);
    const changed = new Map([['f.ts', { text: `${SOURCE} `, mutants }]]);
    const all = () => true;
    expect(fates(new Progress(file, readHeld(file), state, changed, all))).toEqual(Array(4).fill(undefined));
    const parts = { ...state, parts: ['a'] };
    expect(fates(new Progress(file, readHeld(file), parts, mutated, all))).toEqual(Array(4).fill(undefined));
  });
});

it('keeps what was found by tests that still pass in unchanged files, and survivors with a reason', () => {
  const passing = [
    { name: 'same', test: { file: 'same.test.ts' } },
    { name: 'changed', test: { file: 'changed.test.ts' } },
    { name: 'both', test: { file: 'same.test.ts' } },
    { name: 'both', test: { file: 'changed.test.ts' } },
  ];
  const killers = ['same', 'changed', 'both', 'fails now', undefined];
  const kept = isKept(
    (m) => killers[mutants.indexOf(m)],
    passing,
    (m) => m === mutants[1],
    (m) => m === mutants[2],
  );
  const of = (fate: Fate) => killers.map((_, n) => kept(mutants[n]!, fate, new Set(['same.test.ts'])));
  expect(of('killed')).toEqual([true, false, false, false, false]);
  expect(of('timed out')).toEqual(of('killed'));
  expect(of('survived')).toEqual([false, true, false, false, false]);
  expect(of('not reached')).toEqual(of('survived'));
  expect(of('ill-typed')).toEqual([false, false, true, false, false]);
});

it('counts the mutants of a set', () => {
  const set = new MutantSet();
  for (const id of [0, 7, 8, 9, 40_000, 9]) set.add(id);
  expect([set.size, new MutantSet().size]).toEqual([5, 0]);
});

it('has reasons for mutants that there are', () => {
  const keys = new Set([...allMutants().values()].flatMap((f) => f.mutants.map((m) => m.key)));
  expect([...explained].filter((key) => !keys.has(key))).toEqual([]);
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
