/**
 * `npx tsx bench/start.ts [--model folder] [--runs n] [--out folder]`: times commands as a user runs them, from their start
 * to their end, and writes start.json. Those *without caches* find no compiled Plan and no code of the driver.
 */
import '../src/node.ts';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openDevice } from '../src/session/backends/gpu.ts';
import { load, machineOf, ownVersions } from './report.ts';
import { interval, type Summary } from './statistics.ts';
import { MODEL_FILES } from './tables/model.ts';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const CLI = at('../dist/src/cli/main.js');

const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: MODEL_FILES },
    runs: { type: 'string', default: '7' },
    out: { type: 'string', default: at('./results') },
  },
});
const runs = Number(options.runs);
if (!Number.isInteger(runs) || runs < 1 || !existsSync(CLI)) {
  console.error(`usage: npx tsx bench/start.ts [--model folder] [--runs n] …, after npm run build`);
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'oftc-start-'));
// The folder goes after a failure, too.
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const text = join(folder, 'text.txt');
writeFileSync(text, 'The quality of mercy is not strained. '.repeat(600));

const model = ['--model', options.model];
const COMMANDS = {
  '--version': ['--version'],
  'generate, the first token': ['generate', ...model, '--prompt', 'First', '--tokens', '1'],
  'finetune, the first step': [
    ...['finetune', ...model, '--adapter', 'oft', '--set', 'b=16', '--targets', 'all-linear'],
    ...['--data', text, '--steps', '1'],
  ],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** The seconds of a command whose caches are in a folder. Throws if the command fails. */
function seconds(argv: readonly string[], caches: string): number {
  const out = join(folder, 'out');
  const env = { ...process.env, XDG_CACHE_HOME: caches, MESA_SHADER_CACHE_DIR: caches };
  const whole = argv[0] === 'finetune' ? [...argv, '--out', out] : argv;
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [CLI, ...whole], { encoding: 'utf8', env });
  const time = (performance.now() - start) / 1000;
  if (status !== 0) throw new Error(`oftc ${argv[0]}: exit ${status}\n${stderr}`);
  rmSync(out, { recursive: true, force: true });
  return time;
}

const device = await openDevice();
const machine = machineOf(device);
device.destroy();
const before = load();
const results: Record<string, Readonly<Record<'cold' | 'warm', Summary>>> = {};
for (const [name, argv] of Object.entries(COMMANDS)) {
  const times = Array.from({ length: runs }, () => {
    const caches = mkdtempSync(join(folder, 'caches-'));
    const [cold, warm] = [seconds(argv, caches), seconds(argv, caches)];
    rmSync(caches, { recursive: true });
    return { cold, warm };
  });
  const of = (kind: 'cold' | 'warm') => interval(times.map((t) => t[kind]));
  results[name] = { cold: of('cold'), warm: of('warm') };
  const shown = ({ median, low, high }: Summary) =>
    `${median.toFixed(2)} s [${low.toFixed(2)}, ${high.toFixed(2)}]`;
  console.log(`${name}: without caches ${shown(of('cold'))}, with caches ${shown(of('warm'))}`);
}
const report = { date: new Date().toISOString(), machine, versions: ownVersions(), runs };
const loads = { before, after: load() };
writeFileSync(
  join(options.out, 'start.json'),
  `${JSON.stringify({ ...report, load: loads, results }, null, 2)}\n`,
);
