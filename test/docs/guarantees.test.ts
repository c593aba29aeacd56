/** docs/guarantees.md and docs/security.md name a test for each sentence that promises something. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import {
  hasTest,
  isTestIn,
  renderGuarantees,
  renderSecurity,
  securityPage,
  sentencesWithTests,
} from '../../scripts/guarantees-page.ts';
import { TOPICS } from '../../scripts/promises/guarantees.ts';
import { patternOf } from '../../scripts/promises/promise.ts';
import { SECURITY } from '../../scripts/promises/security.ts';
import { sentencesOf } from '../../scripts/promises/sentences.ts';

const all = [...TOPICS.flatMap((t) => t.promises.flatMap((p) => p.tests)), ...Object.values(SECURITY).flat()];

it('every test that the pages name is there, and one that is not is found', () => {
  expect(all.length).toBeGreaterThan(80);
  expect(all.filter((link) => !hasTest(link))).toEqual([]);
  expect(hasTest({ ...all[0]!, title: 'no such title' })).toBe(false);
  expect(hasTest({ ...all[0]!, file: 'test/no-such.test.ts' })).toBe(false);
});

it('a test that is skipped or stands in a comment is none', () => {
  const test = "it('holds', () => {});";
  expect(isTestIn(test, 'holds')).toBe(true);
  expect(isTestIn(`describe.skipIf(false)('all', () => {\n  ${test}\n});`, 'holds')).toBe(true);
  const none = [
    `// ${test}`,
    `/*\n * ${test}\n */`,
    test.replace('it(', 'it.skip('),
    test.replace('it(', 'it.todo('),
  ];
  for (const text of [...none, `describe.skip('all', () => {\n  ${test}\n});`])
    expect(isTestIn(text, 'holds'), text).toBe(false);
});

it('docs/faults.md has the tests of every fault', () => {
  const page = readFileSync('docs/faults.md', 'utf8');
  const tests = readdirSync('test/faults').filter((file) => file.endsWith('.test.ts'));
  expect(tests.length).toBeGreaterThan(7);
  expect(tests.filter((file) => !page.includes(`../test/faults/${file}`))).toEqual([]);
});

it('the pattern of a title finds the title, with values in its places', () => {
  for (const link of all) expect(link.title).toMatch(new RegExp(patternOf(link)));
  const titled = (title: string) => new RegExp(patternOf({ file: '', title }));
  expect('fails: a disk (full)').toMatch(titled('fails: $of.title (%s)'));
  expect('does not fail (full)').not.toMatch(titled('fails: $of.title (%s)'));
});

it('every promise has a test or a counted run', () => {
  const bare = TOPICS.flatMap((t) => t.promises).filter((p) => p.tests.length === 0 && p.runs === undefined);
  expect(bare).toEqual([]);
});

it('every sentence of docs/security.md has its test, or says that it needs none', () => {
  const page = securityPage();
  const sentences = sentencesWithTests(page);
  expect(sentences.length).toBeGreaterThan(50);
  const used = new Set(sentences.map(({ begin }) => begin));
  expect(Object.keys(SECURITY).filter((begin) => !used.has(begin))).toEqual([]);
  expect(() => sentencesWithTests(`${page}\n\nEvery file is safe.\n`)).toThrow(/Every file is safe/);
});

it('sentences are those of paragraphs and lists', () => {
  const page =
    '# Title\n\nOne is\nhere. `Two` too.\n\n| a. B | c |\n\n- Three:\n  more\n- Four.\n\n```ts\nNo.\n```\n';
  expect(sentencesOf(page)).toEqual(['One is here.', '`Two` too.', 'Three: more', 'Four.']);
});

it('docs/guarantees.md has the last long runs; run `npm run docs`', () => {
  expect(readFileSync('docs/guarantees.md', 'utf8')).toBe(renderGuarantees());
});

it('docs/security.md names its tests; run `npm run docs`', () => {
  expect(securityPage()).toBe(renderSecurity());
});

it('a run without a report is said to be not run yet, and one with a report has its counts', () => {
  const none = renderGuarantees([]);
  expect(none).toContain('bad inputs: not run yet (`npm run test:bad-inputs -- --report`)');
  expect(none).toContain('Nothing is reported yet.');
  const report = {
    ...{
      name: 'fuzz-x',
      command: 'npm run fuzz',
      seed: 1,
      cases: 12_345,
      crashes: 2,
      slowestMs: 1234,
      peakMB: 99,
    },
    ...{ processorSeconds: 1, commit: 'abcdef1234', changed: false, date: '2026-01-02T03:04:05.678Z' },
    found: [{ what: 'a | b', shown: 'x', mend: null }],
  };
  const parts = (more: Readonly<Record<string, unknown>>) =>
    renderGuarantees([{ ...report, found: [], more }]);
  expect(parts({ kinds: { line: 1234, adapter: 5 } })).toContain('- fuzz-x: line 1,234; adapter 5\n');
  expect(parts({ kinds: [{ kind: 'steps', times: 1000 }] })).toContain('- fuzz-x: steps 1,000\n');
  const tried = { commit: 'abcdef1234', lines: [{ tried: 3, moment: 'each (of many, 3 spread evenly)' }] };
  expect(parts({ kinds: { disk: tried } })).toContain(
    '- fuzz-x: disk 3, at moments spread evenly among many (at commit abcdef12)\n',
  );
  const counted = { ...tried, most: '4', cases: [{ tried: 3, moments: 90 }] };
  expect(parts({ kinds: { disk: counted } })).toContain(
    '- fuzz-x: disk 3 at 3 of 90 moments (at commit abcdef12, OFTC_FAULTS_MOST=4)\n',
  );
  expect(parts({ ways: { a: { programs: 9, taken: 7 } } })).toContain(
    '- fuzz-x: 7 taken and 2 skipped; a 7 of 9\n',
  );
  const page = renderGuarantees([report]);
  expect(page).toContain('fuzzing: 12,345 cases, 2 failed');
  expect(page).toContain('| 2026-01-02, abcdef12 | 12,345 | 2 | 1.23 s | 99 MB |');
  expect(page).toContain('| fuzz-x | a \\| b | **open** |');
});
