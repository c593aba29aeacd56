/** Runs a command on one bad input, in a folder of its own, and lists what the command did wrong. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Case } from './cases.ts';
import { picker } from './draw.ts';
import { FAMILIES } from './families.ts';
import { strangeChanges } from './written.ts';

const MAIN = fileURLToPath(new URL('../../../../dist/src/cli/main.js', import.meta.url));
const HOOK = fileURLToPath(new URL('./processor-time.mjs', import.meta.url));
const CHANGE = fileURLToPath(new URL('./change.mjs', import.meta.url));

/** The processor seconds that a command may take. A process that reaches six times as many is stopped. */
const MOST_SECONDS = 10;
/**
 * Seconds without any processor time, after which a process is stopped: it waits for something that does not come.
 */
const IDLE_SECONDS = 60;

export interface Met {
  readonly title: string;
  readonly argv: readonly string[];
  readonly exit: number | null;
  readonly seconds: number;
  readonly output: string;
  readonly problems: readonly string[];
}

/** The size above which a file counts by its size and time: a sparse file of gigabytes takes long to read. */
const LARGE = 2 ** 26;

/** The digests of all files below a folder, by path. A link counts by its target; pipes and the like are `other`. */
function digests(folder: string): Map<string, string> {
  const all = new Map<string, string>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const kind = lstatSync(path);
    const held = !kind.isFile()
      ? kind.isSymbolicLink()
        ? `-> ${readlinkSync(path)}`
        : 'other'
      : kind.size > LARGE
        ? `${kind.size} bytes at ${kind.mtimeMs}`
        : createHash('sha256').update(readFileSync(path)).digest('hex');
    all.set(relative(folder, path), held);
  }
  return all;
}

interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  /** Whether the process waited or worked when it had to be stopped; undefined where it ended by itself. */
  readonly hung: 'waited' | 'worked' | undefined;
}

/**
 * Runs a command line. Stops it by its processor time, which other processes do not change, where it does not end.
 */
function run(
  { argv, during }: Pick<Case, 'argv' | 'during'>,
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<Ended> {
  const hooks = ['--import', HOOK, ...(during ? ['--import', CHANGE] : [])];
  const change = during ? { OFTC_CHANGE: JSON.stringify(during) } : {};
  const child = spawn(process.execPath, [...hooks, MAIN, ...argv], { cwd, env: { ...env, ...change } });
  child.stdin.end();
  let output = '';
  let hung: Ended['hung'];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  let [used, idle] = [0, 0];
  const watch = setInterval(() => {
    const now = processorSeconds(child.pid!) ?? used;
    idle = now > used ? 0 : idle + 1;
    used = now;
    if (idle < IDLE_SECONDS && used < 6 * MOST_SECONDS) return;
    hung = idle < IDLE_SECONDS ? 'worked' : 'waited';
    child.kill('SIGKILL');
  }, 1000);
  return new Promise((resolve) => {
    child.on('close', (status, signal) => {
      clearInterval(watch);
      resolve({ status, signal, output, hung });
    });
  });
}

/** The processor seconds of a process, from Linux's /proc; undefined elsewhere. */
function processorSeconds(pid: number): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return undefined;
  }
}

/** Runs the case that `family` and `seed` determine, on a copy of `fixtures`. */
export const runCase = (fixtures: string, scratch: string, family: string, seed: number): Promise<Met> =>
  runOnCopy(fixtures, scratch, (work) => FAMILIES[family]!(work, picker(seed)));

/** Runs a case on a copy of `fixtures`, which `caseIn` may change before. */
export async function runOnCopy(
  fixtures: string,
  scratch: string,
  caseIn: (work: string) => Case,
): Promise<Met> {
  rmSync(scratch, { recursive: true, force: true });
  cpSync(fixtures, join(scratch, 'work'), { recursive: true });
  const work = join(scratch, 'work');
  mkdirSync(join(work, 'out'));
  writeFileSync(join(scratch, 'secret.txt'), `${SECRET}\n`);
  const drawn = caseIn(work);
  const before = digests(scratch);
  const times = join(scratch, 'seconds');
  const ended = await run(drawn, work, {
    ...process.env,
    OFTC_SECONDS: times,
    XDG_CACHE_HOME: join(scratch, 'cache'),
    HOME: join(scratch, 'home'),
    ...drawn.env,
  });
  const seconds = existsSync(times) ? Number(readFileSync(times, 'utf8')) : Number.NaN;
  const problems = [
    ...problemsOfProcess(drawn, ended, seconds),
    ...problemsOfFiles(drawn, ended.status, before, digests(scratch)),
    ...partial(scratch, before),
  ];
  const { title, argv } = drawn;
  return { title, argv, exit: ended.status, seconds, output: ended.output, problems };
}

/** A text outside the case's folder, which no command may print. */
const SECRET = 'S3CR3T-5f1d';

function problemsOfProcess(
  { isRefused, names }: Case,
  { status, signal, output, hung }: Ended,
  seconds: number,
): string[] {
  return [
    ...(hung ? [`${hung} until it was stopped`] : signal ? [`ended by ${signal}`] : []),
    ...(status !== null && ![0, 1, 2, 3].includes(status) ? [`exit ${status}`] : []),
    ...(status !== 0 && output.trim() === '' ? ['no word of what is wrong'] : []),
    ...(status === 0 && isRefused ? ['was not refused'] : []),
    ...(status !== 0 && names?.length && !names.some((name) => output.includes(name))
      ? [`does not name ${names.join(' or ')}`]
      : []),
    ...(seconds > MOST_SECONDS ? [`${seconds.toFixed(1)} s of processor time`] : []),
    ...(/TypeError|RangeError|ReferenceError|unhandled|\n +at .+:\d+:\d+\)?\n/i.test(output)
      ? ['an error of its own']
      : []),
    ...(output.includes(SECRET) ? ['printed a file that it had no business with'] : []),
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the test looks for printed control characters
    ...(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.test(
      output.replaceAll('\r', ''),
    )
      ? ['control characters']
      : []),
  ];
}

/** The files that changed or appeared beside the named output, and temporary files that were left. */
function problemsOfFiles(
  drawn: Case,
  status: number | null,
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): string[] {
  const { changed, added } = strangeChanges(drawn, status, before, after);
  const left = [...after.keys()].filter((p) => !before.has(p) && p.endsWith('.tmp'));
  return [
    ...(changed.length > 0 && drawn.during === undefined ? [`changed ${changed.join(', ')}`] : []),
    ...(added.length > 0 ? [`wrote ${added.join(', ')}`] : []),
    ...(left.length > 0 ? [`left ${left.join(', ')}`] : []),
  ];
}

/** The files of tensors and of JSON that a command left cut short. */
function partial(scratch: string, before: ReadonlyMap<string, string>): string[] {
  const out = join(scratch, 'work/out');
  if (!existsSync(out)) return [];
  const files = readdirSync(out, { recursive: true, withFileTypes: true })
    .filter((e) => e.isFile() && !before.has(relative(scratch, join(e.parentPath, e.name))))
    .map((e) => join(e.parentPath, e.name));
  // A copy of an input is as damaged as the input.
  const inputs = new Set(before.values());
  return files
    .filter((f) => !inputs.has(createHash('sha256').update(readFileSync(f)).digest('hex')) && !isWhole(f))
    .map((f) => `left ${relative(scratch, f)} in part`);
}

function isWhole(path: string): boolean {
  const bytes = readFileSync(path);
  try {
    if (path.endsWith('.json')) JSON.parse(bytes.toString('utf8'));
    if (!path.endsWith('.safetensors')) return true;
    const start = 8 + Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.subarray(8, start).toString('utf8'));
    const ends = Object.entries(header as Record<string, { readonly data_offsets: number[] }>)
      .filter(([name]) => name !== '__metadata__')
      .map(([, { data_offsets }]) => data_offsets[1]!);
    return bytes.length === start + Math.max(0, ...ends);
  } catch {
    return false;
  }
}
