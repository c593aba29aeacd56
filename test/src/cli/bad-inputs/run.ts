/**
 * `npm run test:bad-inputs -- --cases 300 --seed 1 --family adapter` gives random bad inputs to commands, and to the rooms
 * that no command leads to. It prints the cases that crashed, hung, changed an input, or wrote a file outside the named
 * output. With --report it keeps the result.
 */
import '../../../../src/provide.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { commitNow, peakMB, processorSeconds, writeReport } from '../../../trust/report.ts';
import { picker } from './draw.ts';
import { FAMILIES } from './families.ts';
import { writeFixtures } from './fixtures.ts';
import { FOUND } from './found.ts';
import { leave, ROOMS } from './rooms.ts';
import { runCase } from './run-case.ts';

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    family: { type: 'string' },
    jobs: { type: 'string', default: '1' },
    show: { type: 'boolean', default: false },
    report: { type: 'boolean', default: false },
  },
});
const at = commitNow();
const folder = mkdtempSync(join(tmpdir(), 'oftc-bad-'));
const all = [...Object.keys(FAMILIES), ...Object.keys(ROOMS)];
const families = values.family === undefined ? all : values.family.split(',');
const unknown = families.find((name) => !all.includes(name));
if (unknown !== undefined) throw new Error(`there is no kind '${unknown}'; there are ${all.join(', ')}`);
await writeFixtures(join(folder, 'good'));

interface Ran {
  readonly title: string;
  readonly argv: readonly string[];
  readonly exit: number | string | null;
  readonly seconds: number;
  readonly output: string;
  readonly problems: readonly string[];
}

async function ran(family: string, seed: number, job: number): Promise<Ran> {
  const room = ROOMS[family];
  if (!room) return runCase(join(folder, 'good'), join(folder, `scratch-${job}`), family, seed);
  const start = processorSeconds();
  const { title, problems } = await room(picker(seed));
  return { title, problems, argv: [], exit: 'answered', seconds: processorSeconds() - start, output: '' };
}

const exits = new Map<string, number>();
const kinds = new Map<string, number>();
let [failed, slowest, seconds] = [0, 0, 0];
const cases = Number(values.cases);
let next = 0;
/** Runs cases until there are no more. */
async function work(job: number): Promise<void> {
  for (let n = next++; n < cases; n = next++) await one(n, job);
}

async function one(n: number, job: number): Promise<void> {
  const family = families[n % families.length]!;
  const seed = Number(values.seed) * 1_000_003 + n;
  const met = await ran(family, seed, job);
  exits.set(String(met.exit), (exits.get(String(met.exit)) ?? 0) + 1);
  kinds.set(family, (kinds.get(family) ?? 0) + 1);
  if (met.seconds > 0) [slowest, seconds] = [Math.max(slowest, met.seconds), seconds + met.seconds];
  if (met.problems.length > 0) failed++;
  if (met.problems.length > 0 || values.show)
    console.log(
      `${met.problems.length > 0 ? 'FAILED' : 'met'} ${family} ${seed}: ${met.title}\n  oftc ${met.argv.join(' ')}\n  ${met.problems.join('; ')}\n  exit ${met.exit}: ${JSON.stringify(met.output.slice(0, 600))}`,
    );
}
await Promise.all(Array.from({ length: Number(values.jobs) }, (_, job) => work(job)));
leave();
rmSync(folder, { recursive: true, force: true });
console.log(`exits: ${[...exits].map(([code, count]) => `${code}: ${count}`).join(', ')}`);
console.log(`${cases - failed} passed, ${failed} failed`);
if (values.report)
  console.log(
    writeReport(
      {
        name: 'bad-inputs',
        command: `npm run test:bad-inputs -- --cases ${cases} --seed ${values.seed} --report`,
        ...{ seed: Number(values.seed), cases, crashes: failed },
        ...{ slowestMs: Math.round(1e3 * slowest), peakMB: peakMB(), processorSeconds: Math.round(seconds) },
        found: FOUND,
        more: { kinds: Object.fromEntries(kinds), exits: Object.fromEntries(exits) },
      },
      at,
    ),
  );
process.exitCode = failed === 0 ? 0 : 1;
