/**
 * Renders docs/guarantees.md, and the part of docs/security.md that names tests, from scripts/promises and
 * bench/results/trust.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { TARGETS } from '../test/fuzz/targets/index.ts';
import { readReports, type TrustReport } from '../test/trust/report.ts';
import { withParts } from './parts-of-page.ts';
import { NOT_PROMISED, TOPICS } from './promises/guarantees.ts';
import { linked, type Promised } from './promises/promise.ts';
import { EXPLAINING, SECURITY } from './promises/security.ts';
import { sentencesOf } from './promises/sentences.ts';

const path = (of: string) => fileURLToPath(new URL(`../${of}`, import.meta.url));

/** The runs that the page reports, by the beginning of their names, each with the command that makes its report. */
const RUNS: Readonly<Record<string, { readonly title: string; readonly command: string }>> = {
  fuzz: { title: 'fuzzing', command: 'npm run fuzz -- --report' },
  differential: { title: 'differential programs', command: 'npm run differential -- --report' },
  faults: { title: 'faults', command: 'npm run test:faults' },
  'bad-inputs': { title: 'bad inputs', command: 'npm run test:bad-inputs -- --report' },
  load: { title: 'load', command: 'npm run test:load' },
};

/** The names of all reports that there should be. */
const NAMES: readonly string[] = Object.keys(RUNS).flatMap((name) =>
  name === 'fuzz' ? TARGETS.map((target) => `fuzz-${target}`) : [name],
);

const count = (n: number): string => n.toLocaleString('en');

/** The counts of the runs whose names begin so, as a sentence. */
function counts(begin: string, reports: readonly TrustReport[]): string {
  const run = RUNS[begin];
  if (!run) throw new Error(`scripts/guarantees-page.ts knows no runs of the name ${begin}`);
  const own = reports.filter(({ name }) => name.startsWith(begin));
  if (own.length === 0) return `${run.title}: not run yet (\`${run.command}\`)`;
  const missing = NAMES.filter((name) => name.startsWith(begin)).length - own.length;
  const [cases, failed] = [own.reduce((n, r) => n + r.cases, 0), own.reduce((n, r) => n + r.crashes, 0)];
  const rest = missing > 0 ? `; ${missing} of its parts not run yet` : '';
  return `${run.title}: ${count(cases)} cases, ${count(failed)} failed${rest}`;
}

function row({ sentence, tests, runs }: Promised, reports: readonly TrustReport[]): string {
  const cells = [
    ...tests.map(linked),
    ...(runs === undefined ? [] : [`[${counts(runs, reports)}](#the-long-runs)`]),
  ];
  return `| ${sentence} | ${cells.join('<br>')} |`;
}

const seconds = (ms: number | null): string => (ms === null ? '–' : `${(ms / 1000).toPrecision(3)} s`);

/** A row for each report, and one for each run that has none. */
function longRuns(reports: readonly TrustReport[]): string[] {
  const rows = reports.map(
    (r) =>
      `| ${r.name} | \`${r.command}\` | ${r.date.slice(0, 10)}, ${r.commit.slice(0, 8)}${r.changed ? ' with changes' : ''} | ${count(r.cases)} | ${count(r.crashes)} | ${seconds(r.slowestMs)} | ${r.peakMB === 0 ? '–' : `${count(r.peakMB)} MB`} |`,
  );
  const missing = NAMES.filter((own) => !reports.some(({ name }) => name === own)).map((name) => {
    const { command } = RUNS[name] ?? { command: `npm run fuzz -- ${name.slice('fuzz-'.length)} --report` };
    return `| ${name} | \`${command}\` | not run yet | | | | |`;
  });
  return [...rows, ...missing];
}

/** The further counts of a run that the page shows. */
interface More {
  readonly note?: string;
  /** The ways of running a program, of differential programs. */
  readonly ways?: Readonly<Record<string, { readonly programs: number; readonly taken: number }>>;
  /** The kinds of faults, of faults. The load tests list kinds of their own. */
  readonly kinds?: Readonly<Record<string, KindOfFault>> | readonly unknown[];
}

interface KindOfFault {
  readonly lines: readonly { readonly tried: number }[];
  readonly cases?: readonly { readonly tried: number; readonly moments: number }[];
  readonly commit: string;
  readonly failed?: boolean;
}

/** The faults of a kind that were tried, and the number of moments that its cases have where not all were tried. */
function faultsTried(kind: string, { lines, cases = [], commit, failed }: KindOfFault): string {
  const at = `(${commit.slice(0, 8)})`;
  if (failed) return `${kind} **failed** ${at}`;
  const sum = (key: 'tried' | 'moments') => cases.reduce((n, of) => n + of[key], 0);
  const of =
    sum('tried') < sum('moments') ? ` at ${count(sum('tried'))} of ${count(sum('moments'))} moments` : '';
  return `${kind} ${count(lines.reduce((n, line) => n + line.tried, 0))}${of} ${at}`;
}

/** A line for each run whose counts have parts, or that something is to be said of. */
function parts(reports: readonly TrustReport[]): string[] {
  return reports.flatMap(({ name, more = {} }) => {
    const { note, ways = {}, kinds = {} } = more as More;
    const each = [
      ...Object.entries(ways).map(([way, { programs, taken }]) =>
        programs === 0 ? `${way} not run yet` : `${way} ${count(taken)} of ${count(programs)}`,
      ),
      ...Object.entries('length' in kinds ? {} : kinds).map(([kind, of]) => faultsTried(kind, of)),
    ];
    const said = [...(each.length > 0 ? [each.join(', ')] : []), ...(note === undefined ? [] : [note])];
    return said.length > 0 ? [`- ${name}: ${said.join('. ')}`] : [];
  });
}

/** Lists the bugs that the runs found, with how each was mended. Open ones come first. */
function found(reports: readonly TrustReport[]): string[] {
  const all = reports.flatMap(({ name, found: of }) => of.map((f) => ({ ...f, name })));
  const cell = (text: string): string =>
    text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ');
  return all
    .toSorted((a, b) => Number(a.mend !== null) - Number(b.mend !== null))
    .map(
      ({ name, what, shown, mend }) =>
        `| ${name} | ${cell(what)} | ${cell(mend ?? '**open**')} | \`${cell(shown).replaceAll('`', '')}\` |`,
    );
}

export function renderGuarantees(reports: readonly TrustReport[] = readReports()): string {
  const lines = found(reports);
  return `# Guarantees

This page says what may be relied on, and which test holds it. \`npm run docs\` generates it from scripts/promises and from the results
of the last long runs, in bench/results/trust. \`npm test\` fails where a test that it names is gone.

A link leads to the file of a test, and the text beside it is the test's title: \`npx vitest run FILE -t 'TITLE'\` runs it. Words with a
% or a $ stand for values, of which the test runs once each. Such a title has the pattern for \`-t\` beside it.

${TOPICS.map(
  ({ title, promises }) =>
    `## ${title}\n\n| Promised | Held by |\n|---|---|\n${promises.map((p) => row(p, reports)).join('\n')}`,
).join('\n\n')}

## What is not promised

${NOT_PROMISED.map((line) => `- ${line}`).join('\n')}

## The long runs

Every \`npm test\` runs a part of each. These are the counted runs, each with the command that repeats it. A case that fails is one that
crashes, hangs, disagrees or breaks what the row promises.

| Run | Command | When, and commit | Cases | Failed | Slowest case | Memory at most |
|---|---|---|--:|--:|--:|--:|
${longRuns(reports).join('\n')}

Parts of these counts. A way takes the programs that have a meaning there, and skips the others.

${parts(reports).join('\n')}

## What the runs found

${lines.length === 0 ? 'Nothing is reported yet.' : `| Run | Found | Mended | Shown by |\n|---|---|---|---|\n${lines.join('\n')}`}
`;
}

/** The sentences of a page, each with its tests; undefined for one that explains. Throws for a sentence that is neither. */
export function sentencesWithTests(
  page: string,
): { readonly sentence: string; readonly begin: string | undefined }[] {
  return sentencesOf(page).map((sentence) => {
    const begins = Object.keys(SECURITY).filter((begin) => sentence.startsWith(begin));
    const explains = EXPLAINING.some((begin) => sentence.startsWith(begin));
    if (begins.length + Number(explains) !== 1)
      throw new Error(
        `docs/security.md: scripts/promises/security.ts must name the tests of this sentence once, or say that it explains: ${sentence}`,
      );
    return { sentence, begin: begins[0] };
  });
}

const WORDS = 9;

/** The first words of a sentence, without marks of emphasis, and with its links as text. */
function beginning(sentence: string): string {
  const plain = sentence.replaceAll('**', '').replace(/\[([^\]]*)\]\([^)]*\)/g, '$1');
  const words = plain.split(' ');
  return words.length <= WORDS ? plain : `${words.slice(0, WORDS).join(' ')} …`;
}

/** The page as it is now, for its sentences. */
export const securityPage = (): string => readFileSync(path('docs/security.md'), 'utf8');

export function renderSecurity(): string {
  const old = securityPage();
  const rows = sentencesWithTests(old).flatMap(({ sentence, begin }) =>
    begin === undefined ? [] : [`| ${beginning(sentence)} | ${SECURITY[begin]!.map(linked).join('<br>')} |`],
  );
  return withParts('docs/security.md', old, {
    tests: ['| Sentence | Held by |', '|---|---|', ...rows].join('\n'),
  });
}

/** Whether a file has a test, a group of tests, or a row of a table of tests with the title, and does not skip it. */
export function hasTest({ file, title }: { readonly file: string; readonly title: string }): boolean {
  if (!existsSync(path(file))) return false;
  const text = readFileSync(path(file), 'utf8').replaceAll('\\', '');
  return [`'${title}'`, `"${title}"`, `\`${title}\``].some((quoted) => {
    const before = text.slice(0, Math.max(0, text.indexOf(quoted))).trimEnd();
    return text.includes(quoted) && /[([]$/.test(before) && !/\.(skip|todo)(\([^()]*\))?\($/.test(before);
  });
}
