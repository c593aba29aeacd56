/**
 * Runs random programs in every way there is, and compares the ways by the table (table.ts).
 *
 *   npm run differential -- [--way NAME]… [--programs 100] [--seed 1] [--report]
 *   npm run differential -- --repeat FILE
 *   npm run differential -- --planted
 *   npm run differential -- --table
 *
 * `--way` takes a name of the table, its first word (`loops`, `device`), or what a way needs (`nothing`, `a device`).
 * Programs are drawn in shards. `.differential/` holds what is done, so that the same command goes on after an
 * interruption, and several processes may run other ways beside each other. Another state of the checkout begins anew.
 * A disagreement is shrunk, printed, and kept there as a file, which `--repeat` runs again. `--report` writes
 * bench/results/trust/differential.json of all ways that ran from the seed. `--once` neither reads nor saves what is
 * done, and ends at the first disagreement. `--planted` plants faults in copies of the
 * sources, and expects the command to find each.
 */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import '../../src/provide.ts';
import { version } from '../suite/version.ts';
import { readCall, textOf } from './calls.ts';
import { openHosts } from './hosts.ts';
import { runPlanted } from './planted.ts';
import { reported } from './reported.ts';
import { runShard } from './shard.ts';
import { keep, ROOT, type State, save, shardsOf, stateOf, total } from './state.ts';
import { tableText, waysNamed } from './table.ts';
import { isSkipped, type Way } from './way.ts';

const { values: options } = parseArgs({
  options: {
    way: { type: 'string', multiple: true, default: [] },
    programs: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    repeat: { type: 'string' },
    ...{
      report: { type: 'boolean' },
      once: { type: 'boolean' },
      planted: { type: 'boolean' },
      table: { type: 'boolean' },
    },
  },
});

function whole(name: 'programs' | 'seed'): number {
  const n = Number(options[name]);
  if (Number.isSafeInteger(n) && n > 0) return n;
  throw new Error(`--${name} takes a whole number above 0, not '${options[name]}'`);
}

/** The seed of a shard, which fast-check takes as 32 bits. */
const seedOf = (seed: number, shard: number) => (Math.imul(seed, 0x9e3779b1) + shard) | 0;

/** Runs what is missing of the programs, and gives the number of disagreements. */
async function runs(ways: readonly Way[], programs: number, seed: number): Promise<number> {
  const hosts = openHosts();
  const own = options.once ? '' : version(ROOT);
  const states = new Map(ways.map((way): [Way, State] => [way, stateOf(way.name, seed, own)]));
  try {
    for (const shard of shardsOf(programs)) {
      const done = ([, { shards }]: [Way, State]) => (shards[shard.number]?.programs ?? 0) >= shard.programs;
      const left = [...states].filter((s) => !done(s)).map(([way]) => way);
      if (left.length === 0) continue;
      const { counts, found } = await runShard(left, seedOf(seed, shard.number), shard.programs, hosts);
      for (const f of found) {
        const said = `${f.way} disagrees: ${f.message}\n${textOf(f.call)}`;
        if (options.once) {
          console.log(said);
          return 1;
        }
        const file = relative(process.cwd(), keep(f, seedOf(seed, shard.number)));
        console.log(`\n${said}\nAgain: npm run differential -- --repeat ${file}\n`);
      }
      for (const [way, c] of counts) {
        // A way that disagreed stopped there: the rest of its shard counts as run only once the fault is mended.
        if (options.once) states.get(way)!.shards[shard.number] = c;
        else save(states.get(way)!, shard.number, c);
      }
      console.log(`shard ${shard.number + 1} of ${shardsOf(programs).length}: ${left.length} ways`);
    }
  } finally {
    await hosts.close();
  }
  for (const [way, state] of states) {
    const { programs, taken, disagreements, processorMs } = total(state);
    console.log(
      `${way.name}: ${programs} programs, ${taken} taken, ${disagreements} disagreements, ${(processorMs / 1e3).toFixed(0)} s of processor time`,
    );
  }
  return [...states.values()].reduce((n, s) => n + total(s).disagreements, 0);
}

/** Runs a kept call again in its own way, or in those that are named. */
async function repeat(file: string): Promise<number> {
  const { way, call: stored } = JSON.parse(readFileSync(file, 'utf8'));
  const call = readCall(stored);
  const hosts = openHosts();
  let wrong = 0;
  console.log(textOf(call));
  try {
    for (const own of waysNamed(options.way.length > 0 ? options.way : [way])) {
      const failed = (e: unknown): string => `disagrees: ${e instanceof Error ? e.message : e}`;
      const came = await own.check(call, hosts).catch(failed);
      if (typeof came === 'string') wrong++;
      console.log(
        `${own.name} ${typeof came === 'string' ? came : isSkipped(came) ? `skips it: ${came.skipped}` : 'agrees'}`,
      );
    }
  } finally {
    await hosts.close();
  }
  return wrong;
}

async function main(): Promise<number> {
  if (options.table) console.log(tableText());
  else if (options.planted) return runPlanted(options.way);
  else if (options.repeat !== undefined) return repeat(options.repeat);
  else {
    const seed = whole('seed');
    const wrong = await runs(waysNamed(options.way), whole('programs'), seed);
    if (options.report) console.log(reported(seed, version(ROOT)));
    return wrong;
  }
  return 0;
}

process.exitCode = (await main()) === 0 ? 0 : 1;
