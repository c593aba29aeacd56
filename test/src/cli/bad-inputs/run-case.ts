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
} from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FAMILIES } from './cases.ts';
import { picker } from './draw.ts';

const MAIN = fileURLToPath(new URL('../../../../dist/src/cli/main.js', import.meta.url));
const HOOK = fileURLToPath(new URL('./processor-time.mjs', import.meta.url));

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

/** The digests of all files below a folder, by path. A link counts by its target; pipes and the like are `other`. */
function digests(folder: string): Map<string, string> {
  const all = new Map<string, string>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const kind = lstatSync(path);
    const held = kind.isFile()
      ? createHash('sha256').update(readFileSync(path)).digest('hex')
      : kind.isSymbolicLink()
        ? `-> ${readlinkSync(path)}`
        : 'other';
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
function run(argv: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Ended> {
  const child = spawn(process.execPath, ['--import', HOOK, MAIN, ...argv], { cwd, env });
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
export async function runCase(fixtures: string, scratch: string, family: string, seed: number): Promise<Met> {
  rmSync(scratch, { recursive: true, force: true });
  cpSync(fixtures, join(scratch, 'work'), { recursive: true });
  const work = join(scratch, 'work');
  mkdirSync(join(work, 'out'));
  const { title, argv, into } = FAMILIES[family]!(work, picker(seed));
  const before = digests(scratch);
  const times = join(scratch, 'seconds');
  const { status, signal, output, hung } = await run(argv, work, {
    ...process.env,
    OFTC_SECONDS: times,
    XDG_CACHE_HOME: join(scratch, 'cache'),
  });
  const after = digests(scratch);
  const seconds = existsSync(times) ? Number(readFileSync(times, 'utf8')) : Number.NaN;
  const named = into === undefined ? undefined : normalize(join('work', into));
  /** Whether a path is the named output, and no input: the command may replace such a file. */
  const replaced = (path: string) =>
    status === 0 &&
    path === named &&
    !argv.some((a) => a !== into && `${path}/`.startsWith(`${normalize(join('work', a))}/`));
  const changed = [...before]
    .filter(([p, d]) => !p.startsWith('work/out') && after.get(p) !== d && !replaced(p))
    .map(([p]) => p);
  const asked = (path: string) => status === 0 && (path === named || dirname(path) === named);
  const added = [...after.keys()].filter(
    (p) => !before.has(p) && !/^(work\/out|cache|seconds)/.test(p) && !asked(p),
  );
  const left = [...after.keys()].filter((p) => !before.has(p) && p.endsWith('.tmp'));
  const problems = [
    ...(hung ? [`${hung} until it was stopped`] : signal ? [`ended by ${signal}`] : []),
    ...(status !== null && ![0, 1, 2, 3].includes(status) ? [`exit ${status}`] : []),
    ...(status !== 0 && output.trim() === '' ? ['no word of what is wrong'] : []),
    ...(seconds > MOST_SECONDS ? [`${seconds.toFixed(1)} s of processor time`] : []),
    ...(changed.length > 0 ? [`changed ${changed.join(', ')}`] : []),
    ...(added.length > 0 ? [`wrote ${added.join(', ')}`] : []),
    ...(left.length > 0 ? [`left ${left.join(', ')}`] : []),
    ...(/TypeError|RangeError|ReferenceError|unhandled/i.test(output) ? ['an error of its own'] : []),
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the test looks for printed control characters
    ...(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.test(
      output.replaceAll('\r', ''),
    )
      ? ['control characters']
      : []),
  ];
  return { title, argv, exit: status, seconds, output, problems };
}
