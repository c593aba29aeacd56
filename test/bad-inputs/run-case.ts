/** Runs one bad input in a folder of its own, and says what went wrong with how it was met. */
import { spawnSync } from 'node:child_process';
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
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FAMILIES } from './cases.ts';
import { picker } from './draw.ts';

const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
const HOOK = fileURLToPath(new URL('./processor-time.mjs', import.meta.url));

/** Processor seconds that no refusal may take; a process that waits for ever is stopped much later. */
const MOST_SECONDS = 10;
const STOPPED_AFTER = 300_000;

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

/** `family` and `seed` determine the case. `fixtures` is left as it is. */
export function runCase(fixtures: string, scratch: string, family: string, seed: number): Met {
  rmSync(scratch, { recursive: true, force: true });
  cpSync(fixtures, join(scratch, 'work'), { recursive: true });
  const work = join(scratch, 'work');
  mkdirSync(join(work, 'out'));
  const { title, argv } = FAMILIES[family]!(work, picker(seed));
  const before = digests(scratch);
  const times = join(scratch, 'seconds');
  const child = spawnSync(process.execPath, ['--import', HOOK, MAIN, ...argv], {
    cwd: work,
    encoding: 'utf8',
    timeout: STOPPED_AFTER,
    killSignal: 'SIGKILL',
    env: { ...process.env, OFTC_SECONDS: times, XDG_CACHE_HOME: join(scratch, 'cache') },
    maxBuffer: 2 ** 28,
  });
  const after = digests(scratch);
  const seconds = existsSync(times) ? Number(readFileSync(times, 'utf8')) : Number.NaN;
  const output = `${child.stdout}${child.stderr}`;
  const changed = [...before]
    .filter(([p, d]) => !p.startsWith('work/out') && after.get(p) !== d)
    .map(([p]) => p);
  const added = [...after.keys()].filter((p) => !before.has(p) && !/^(work\/out|cache|seconds)/.test(p));
  const left = [...after.keys()].filter((p) => !before.has(p) && p.endsWith('.tmp'));
  const problems = [
    ...(child.signal ? [`ended by ${child.signal}`] : []),
    ...(child.status !== null && ![0, 1, 2, 3].includes(child.status) ? [`exit ${child.status}`] : []),
    ...(child.status !== 0 && output.trim() === '' ? ['no word of what is wrong'] : []),
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
  return { title, argv, exit: child.status, seconds, output, problems };
}
