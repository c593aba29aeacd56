/**
 * A sample of the cases that `npm run test:bad-inputs` draws: kinds that are unlike each other once, all of them nightly,
 * and some more of those without a process.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { NIGHTLY, sample } from '../../../support/sample.ts';
import { picker } from './draw.ts';
import { FAMILIES } from './families.ts';
import { writeFixtures } from './fixtures.ts';
import { GOOD } from './good-lines.ts';
import { leave, ROOMS } from './rooms.ts';
import { runCase, runOnCopy } from './run-case.ts';
import { strangeChanges } from './written.ts';

const folder = mkdtempSync(join(tmpdir(), 'oftc-bad-'));
beforeAll(() => writeFixtures(join(folder, 'good')));
afterAll(() => {
  leave();
  rmSync(folder, { recursive: true, force: true });
});

const SAMPLED = [
  ...['model', 'adapter', 'pattern', 'tensors', 'data', 'source', 'option', 'output', 'input', 'resumed'],
  ...['line', 'index', 'own', 'runFile', 'template', 'tokenizer', 'typescript'],
];

it.each(sample(Object.keys(FAMILIES), SAMPLED))(
  'a command on bad input of kind %s neither crashes nor hangs, names what it refuses, and changes only its output',
  async (family) => {
    for (const seed of NIGHTLY ? [1, 2, 3, 4] : [1]) {
      const met = await runCase(join(folder, 'good'), join(folder, 'scratch'), family, seed);
      expect(met.problems, `${met.title}: oftc ${met.argv.join(' ')}\n${met.output}`).toEqual([]);
    }
  },
);

it.runIf(NIGHTLY).each(Object.entries(GOOD))(
  'the line of %s does its work on good files',
  async (_, argv) => {
    const met = await runOnCopy(join(folder, 'good'), join(folder, 'scratch'), () => ({ title: '', argv }));
    expect([met.exit, met.problems], met.output).toEqual([0, []]);
  },
);

it('a change beside what a line names is seen', () => {
  const before = new Map([
    ['work/text.txt', 'a'],
    ['work/out/old.svg', 'b'],
  ]);
  const seen = (argv: readonly string[], status: number, ...after: [string, string][]) =>
    strangeChanges({ argv }, status, before, new Map([...before, ...after]));
  const plan = ['plan', '--svg', 'out/a/b.svg'];
  const none = { changed: [], added: [] };
  expect(seen(plan, 0, ['work/out/a', 'other'], ['work/out/a/b.svg', 'c'], ['cache/oftc/x', 'd'])).toEqual(
    none,
  );
  expect(seen(plan, 0, ['work/out/c.svg', 'c'])).toEqual({ changed: [], added: ['work/out/c.svg'] });
  expect(seen(plan, 0, ['home/.bashrc', 'c'])).toEqual({ changed: [], added: ['home/.bashrc'] });
  expect(seen(plan, 0, ['work/out/old.svg', 'c'])).toEqual({ changed: ['work/out/old.svg'], added: [] });
  expect(seen(['plan', '--svg=out/old.svg'], 0, ['work/out/old.svg', 'c'])).toEqual(none);
  expect(seen(['plan', '--svg=out/old.svg'], 1, ['work/out/old.svg', 'c']).changed).toEqual([
    'work/out/old.svg',
  ]);
  expect(seen(['plan', 'text.txt', '--svg', 'text.txt'], 0, ['work/text.txt', 'c'])).toEqual(none);
});

it.each(Object.keys(ROOMS))('a bad %s is answered with an error of the project', async (room) => {
  for (let seed = 1; seed <= (NIGHTLY ? 100 : 10); seed++) {
    const { title, problems } = await ROOMS[room]!(picker(seed));
    expect(problems, title).toEqual([]);
  }
});
