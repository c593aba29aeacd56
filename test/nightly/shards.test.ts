/** The shards of the nightly run hold every test, and `npm test` runs a stated sample of them. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { STRATEGIES } from '../../kernels-gen/index.ts';
import { filesOfTests } from '../suite/files.ts';
import { ranAt } from '../suite/version.ts';
import { keptFrom, type Ran, seedShards, shardsOf } from './shards.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const vitest = join(root, 'node_modules/vitest/vitest.mjs');
const sources = filesOfTests(root, '.ts');
const files = sources.filter((f) => f.endsWith('.test.ts'));

describe('shards', () => {
  it('have every file that npm test has, each once, and every strategy', () => {
    const { stdout } = spawnSync(process.execPath, [vitest, 'list', '--filesOnly', '--json'], {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    });
    const listed = (JSON.parse(stdout) as { file: string }[]).map(({ file }) =>
      file.replaceAll('\\', '/').slice(root.length),
    );
    expect(listed.length).toBeGreaterThan(200);
    const shards = shardsOf(files, {});
    expect(shards.flatMap(({ of }) => (typeof of === 'string' ? [] : of)).sort()).toEqual(listed.sort());
    expect(shards.flatMap(({ of }) => (typeof of === 'string' ? of : []))).toEqual([...STRATEGIES]);
  });

  it('run the same files with one seed each', () => {
    const shards = seedShards(['a', 'b'], 3);
    expect(shards.map(({ seed }) => seed)).toEqual(['1', '2', '3']);
    expect(new Set(shards.flatMap(({ of }) => of))).toEqual(new Set(['a', 'b']));
  });

  it('keep the outcomes of those that passed at an earlier commit, if asked to', () => {
    const [one, two, three] = seedShards(['a'], 3);
    const passed: Ran = { ...one!, outcome: 'passed', milliseconds: 5 };
    const earlier: Ran = { ...three!, outcome: 'passed', commit: 'before' };
    const held = { commit: 'old', shards: [passed, { ...two!, outcome: 'failed' as const }, earlier] };
    const kept = keptFrom(held, seedShards(['a'], 3));
    expect(kept).toEqual([{ ...passed, commit: 'old' }, two, earlier]);
    expect(ranAt([kept[0]!, kept[2]!, kept[2]!].map((r) => r.commit!))).toBe('1 ran at old, 2 ran at before');
    expect(ranAt([earlier, earlier].map((r) => r.commit!))).toBeUndefined();
    expect(keptFrom(held, seedShards(['a', 'b'], 3))).toEqual(seedShards(['a', 'b'], 3));
  });

  it('begin anew where a file is in another shard than before', () => {
    const shards = (first: string, second: string): [Ran, Ran] => [
      { name: 'tests 1 of 2', of: [first] },
      { name: 'tests 2 of 2', of: [second] },
    ];
    const [passed, failed] = shards('a', 'b');
    const held = {
      commit: 'old',
      shards: [
        { ...passed, outcome: 'passed' as const },
        { ...failed, outcome: 'failed' as const },
      ],
    };
    expect(keptFrom(held, shards('b', 'a'))).toEqual(shards('b', 'a'));
  });

  it('have no file whose path is part of another, which vitest would run too', () => {
    expect(files.filter((f) => files.some((other) => other !== f && other.includes(f)))).toEqual([]);
  });

  it('are balanced by measured times', () => {
    const seconds = { 'test/a.test.ts': 3600, 'test/b.test.ts': 1200, 'test/c.test.ts': 1100, d: 100 };
    const tests = shardsOf(Object.keys(seconds), seconds).flatMap(({ of }) =>
      typeof of === 'string' ? [] : [of],
    );
    expect(tests).toEqual([['test/a.test.ts'], ['test/b.test.ts', 'test/c.test.ts', 'd']]);
  });
});

describe('a sample', () => {
  it('is part of what runs nightly, which is all', () => {
    const folder = mkdtempSync(join(tmpdir(), 'oftc-sample-'));
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(folder, 'some.test.ts'), SOME);
    writeFileSync(join(folder, 'unknown.test.ts'), UNKNOWN);
    const passed = (tests: string): string[] => {
      const { stdout } = spawnSync(process.execPath, [vitest, 'run', '--reporter=json'], {
        cwd: folder,
        encoding: 'utf8',
        env: { ...process.env, OFTC_TESTS: tests },
      });
      const { testResults } = JSON.parse(stdout) as {
        testResults: {
          name: string;
          status: string;
          assertionResults: { title: string; status: string }[];
        }[];
      };
      expect(testResults.find((r) => r.name.includes('unknown'))).toMatchObject({ status: 'failed' });
      return testResults
        .find((r) => r.name.includes('some'))!
        .assertionResults.flatMap((t) => (t.status === 'passed' ? [t.title] : []));
    };
    expect(passed('')).toEqual(['case a', 'case c', 'named n']);
    expect(passed('all')).toEqual(['case a', 'case b', 'case c', 'named n', 'named m', 'nightly']);
  });

  it('is chosen in one place', () => {
    const reads = sources.filter((f) => /process\.env\.OFTC_TESTS/.test(readFileSync(join(root, f), 'utf8')));
    expect(reads.sort()).toEqual(
      ['mutants/worker.ts', 'strategies.config.ts', 'suite/reporter.ts', 'support/sample.ts'].map(
        (f) => `test/${f}`,
      ),
    );
  });
});

const SAMPLE = JSON.stringify(join(root, 'test/support/sample.ts'));
const SOME = `
import { it } from 'vitest';
import { NIGHTLY, sample, sampled } from ${SAMPLE};
it.each(sample(['a', 'b', 'c'], ['c', 'a']))('case %s', () => {});
for (const name of ['n', 'm']) it.runIf(sampled(name, ['n']))(\`named \${name}\`, () => {});
it.runIf(NIGHTLY)('nightly', () => {});
`;
const UNKNOWN = `
import { it } from 'vitest';
import { sample } from ${SAMPLE};
it.each(sample(['a', 'b'], ['a', 'typo']))('%s', () => {});
`;
