/**
 * `npm run test:bad-inputs -- --cases 300 --seed 1 --family adapter` runs commands on random bad inputs. It prints
 * the cases where a command crashed, hung, changed an input, or wrote a file outside the named output.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { FAMILIES } from './families.ts';
import { writeFixtures } from './fixtures.ts';
import { runCase } from './run-case.ts';

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    family: { type: 'string' },
    show: { type: 'boolean', default: false },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'oftc-bad-'));
const families = values.family === undefined ? Object.keys(FAMILIES) : [values.family];
await writeFixtures(join(folder, 'good'));
const exits = new Map<string, number>();
let failed = 0;
for (let n = 0; n < Number(values.cases); n++) {
  const family = families[n % families.length]!;
  const seed = Number(values.seed) * 1_000_003 + n;
  const met = await runCase(join(folder, 'good'), join(folder, 'scratch'), family, seed);
  exits.set(String(met.exit), (exits.get(String(met.exit)) ?? 0) + 1);
  if (met.problems.length > 0) failed++;
  if (met.problems.length > 0 || values.show)
    console.log(
      `${met.problems.length > 0 ? 'FAILED' : 'met'} ${family} ${seed}: ${met.title}\n  oftc ${met.argv.join(' ')}\n  ${met.problems.join('; ')}\n  exit ${met.exit}: ${JSON.stringify(met.output.slice(0, 600))}`,
    );
}
rmSync(folder, { recursive: true, force: true });
console.log(`exits: ${[...exits].map(([code, count]) => `${code}: ${count}`).join(', ')}`);
console.log(`${Number(values.cases) - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
