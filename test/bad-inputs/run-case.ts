/** Runs one bad input in a folder of its own, and says what went wrong with how it was met. */
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

const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
const HOOK = fileURLToPath(new URL('./processor-time.mjs', import.meta.url));

/** Processor seconds that no refusal may take; a process that goes on is stopped at six times as many. */
const MOST_SECONDS = 10;
/** A process that has used no processor time for so many seconds waits for something that does not come. */
const IDLE_SECONDS = 60;

export interface Met {
  readonly title: string;
  readonly argv: readonly string[];
  readonly exit: number | null;
  readonly seconds: number;
  readonly output: string;
  readonly problems: readonly string[];
}

/** Digests of all files below a folder, by path. Links and pipes count as what they are. */
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
  /** How it went on, where it had to be stopped. */
  readonly hung: 'waited' | 'worked' | undefined;
}

/** Runs a command line; a process that does not end is stopped, by its processor time, which other work does not change. */
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

/** Processor seconds of a process, where the system tells them: user and system time in hundredths of a second. */
function processorSeconds(pid: number): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return undefined;
  }
}

/** `family` and `seed` determine the case. `fixtures` is left as it is. */
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
  /** A file of the caller's that the command does not read may be replaced where it is named as the output. */
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
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that none is printed is what is asked
    ...(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.test(
      output.replaceAll('\r', ''),
    )
      ? ['control characters']
      : []),
  ];
  return { title, argv, exit: status, seconds, output, problems };
}
