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
  mutants: { title: 'mutants', command: 'npm run test:mutants -- --report' },
  seeds: { title: 'seeds', command: 'npm run test:nightly -- --seeds 50 --report' },
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
  readonly kinds?: Readonly<Record<string, KindOfFault | number>> | readonly KindOfLoad[];
}

interface KindOfLoad {
  readonly kind: string;
  readonly times: number;
}

interface KindOfFault {
  readonly lines: readonly { readonly tried: number; readonly moment?: string }[];
  /** The value of OFTC_FAULTS_MOST that bounded the run. */
  readonly most?: string;
  readonly cases?: readonly { readonly tried: number; readonly moments: number }[];
  readonly commit: string;
  readonly failed?: boolean;
}

/** The faults of a kind that were tried, and the number of moments that its cases have where not all were tried. */
function faultsTried(kind: string, { lines, cases = [], commit, failed, most }: KindOfFault): string {
  const bounded = most === undefined ? '' : `, OFTC_FAULTS_MOST=${most}`;
  const at = `(at commit ${commit.slice(0, 8)}${bounded})`;
  if (failed) return `${kind} **failed** ${at}`;
  const sum = (key: 'tried' | 'moments') => cases.reduce((n, of) => n + of[key], 0);
  const total = (of: KindOfFault['lines']) => of.reduce((n, line) => n + line.tried, 0);
  const spread = total(lines.filter(({ moment = '' }) => moment.includes('spread evenly')));
  const of =
    sum('tried') < sum('moments')
      ? ` at ${count(sum('tried'))} of ${count(sum('moments'))} moments`
      : spread > 0
        ? `, ${spread === total(lines) ? '' : `${count(spread)} of them `}at moments spread evenly among many`
        : '';
  return `${kind} ${count(total(lines))}${of} ${at}`;
}

/** The programs that the ways took, all together. */
function allTaken(ways: NonNullable<More['ways']>): string[] {
  const sum = (of: 'programs' | 'taken') => Object.values(ways).reduce((n, way) => n + way[of], 0);
  const skipped = sum('programs') - sum('taken');
  return skipped > 0 ? [`${count(sum('taken'))} taken and ${count(skipped)} skipped`] : [];
}

/** A line for each run whose counts have parts, or that something is to be said of. */
function parts(reports: readonly TrustReport[]): string[] {
  return reports.flatMap(({ name, more = {} }) => {
    const { note, ways = {}, kinds = {} } = more as More;
    const each = [
      ...allTaken(ways),
      ...Object.entries(ways).map(([way, { programs, taken }]) =>
        programs === 0 ? `${way} not run yet` : `${way} ${count(taken)} of ${count(programs)}`,
      ),
      ...(Array.isArray(kinds)
        ? (kinds as readonly KindOfLoad[]).map(({ kind, times }) => `${kind} ${count(times)}`)
        : Object.entries(kinds as Readonly<Record<string, KindOfFault | number>>).map(([kind, of]) =>
            typeof of === 'number' ? `${kind} ${count(of)}` : faultsTried(kind, of),
          )),
    ];
    const said = [...(each.length > 0 ? [each.join('; ')] : []), ...(note === undefined ? [] : [note])];
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
% or a $ stand for values: the test runs once for each value, and \`npm test\` may run some of them alone. A title that is no pattern
by itself has one beside it.

${TOPICS.map(
  ({ title, promises }) =>
    `## ${title}\n\n| Promised | Held by |\n|---|---|\n${promises.map((p) => row(p, reports)).join('\n')}`,
).join('\n\n')}

## What is not promised

${NOT_PROMISED.map((line) => `- ${line}`).join('\n')}

## The long runs

Every \`npm test\` runs a part of each, or the cases of it that were kept. These are the counted runs as their reports in
bench/results/trust have them. “With changes” says that files differed from the commit. “Failed” counts what failed in the last run:
cases that crashed, hung, disagreed or broke what the row promises, in the run of faults the kinds whose test failed, and in the run of
load the limits that were passed. The slowest case is by wall time on a machine that did other work too.

| Run | Command | When, and commit | Cases | Failed | Slowest case | Memory at most |
|---|---|---|--:|--:|--:|--:|
${longRuns(reports).join('\n')}

Parts of these counts. Each way skips programs that it cannot express. Faults were tried kind by kind, each at the commit beside it.

${parts(reports).join('\n')}

## What the runs found

The finds of all runs so far. Those without **open** are mended.

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

export const hasTest = ({ file, title }: { readonly file: string; readonly title: string }): boolean =>
  existsSync(path(file)) && isTestIn(readFileSync(path(file), 'utf8'), title);

/**
 * Whether a source has a test, a group of tests, or a row of a table of tests with the title, and does not skip it. Lines
 * of comments are none, and a source that skips a whole group has no test for sure.
 */
export function isTestIn(source: string, title: string): boolean {
  const text = source.replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, '').replaceAll('\\', '');
  if (/^\s*describe\.(skip|todo)\(/m.test(text)) return false;
  return [`'${title}'`, `"${title}"`, `\`${title}\``].some((quoted) => {
    const before = text.slice(0, Math.max(0, text.indexOf(quoted))).trimEnd();
    return text.includes(quoted) && /[([]$/.test(before) && !/\.(skip|todo)(\([^()]*\))?\($/.test(before);
  });
}
