/**
 * `npm run fuzz -- TARGET… [--minutes N | --cases N] [--seed S]` feeds random inputs to a parser, and reports those that it
 * neither accepts nor refuses. `--planted` shows that the fuzzer finds faults that are planted into the parser.
 * docs/fuzzing.md explains it.
 */
import { parseArgs } from 'node:util';
import { commitNow, writeReport } from '../trust/report.ts';
import { corpusOf } from './engine/corpus.ts';
import { session } from './engine/session.ts';
import { commonest } from './outcomes.ts';
import type { Target } from './target.ts';
import { TARGETS } from './targets/index.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    cases: { type: 'string' },
    minutes: { type: 'string' },
    seed: { type: 'string', default: '1' },
    planted: { type: 'boolean', default: false },
    replay: { type: 'string' },
    report: { type: 'boolean', default: false },
  },
});
const seed = number('seed', values.seed)!;
const minutes = number('minutes', values.minutes);
const cases = number('cases', values.cases) ?? (minutes === null ? 10_000 : null);
const names = positionals.length === 0 ? [...TARGETS] : positionals;
let failed = 0;
for (const name of names) {
  if (!(TARGETS as readonly string[]).includes(name)) {
    console.error(`there is no target '${name}': there are ${TARGETS.join(', ')}`);
    process.exit(2);
  }
  const { target } = (await import(`./targets/${name}.ts`)) as { readonly target: Target };
  failed += values.planted
    ? await findPlanted(target)
    : values.replay
      ? await replay(target, values.replay)
      : await fuzz(target);
}
process.exitCode = failed === 0 ? 0 : 1;

function number(option: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const value = Number(text);
  if (Number.isFinite(value) && value >= 0) return value;
  console.error(`--${option} takes a number, and not '${text}'`);
  process.exit(2);
}

async function fuzz({ name }: Target): Promise<number> {
  const at = commitNow();
  const result = await session(name, { seed, cases, minutes, loud: true });
  for (const { error, file, input } of result.failures)
    console.log(`\n${error}\n${JSON.stringify(input).slice(0, 2000)}\nkept as ${file}`);
  const { slowest: _, outcomes, ...shown } = result;
  console.log(name, { ...shown, failures: result.failures.length });
  console.log(outcomes);
  if (values.report) {
    const command = `npm run fuzz -- ${name} --cases ${result.cases} --seed ${seed}`;
    const found = corpusOf(name).map(({ what, repeat, mend }) => ({ what, shown: repeat, mend }));
    const { slowestMs, peakMB, processorSeconds, crashes, blocks, slowest, pool } = result;
    const more = {
      outcomes: commonest(outcomes),
      blocks,
      pool,
      slowest: slowest && JSON.stringify(slowest).slice(0, 1000),
    };
    const run = {
      name: `fuzz-${name}`,
      command,
      seed,
      cases: result.cases,
      crashes,
      slowestMs,
      peakMB,
      processorSeconds,
    };
    console.log(writeReport({ ...run, found, more }, at));
  }
  return result.crashes;
}

/** Plants each fault in turn, and says after how many cases it is found. */
async function findPlanted({ name, faults }: Target): Promise<number> {
  let missed = 0;
  for (const fault of faults) {
    const result = await session(name, { seed, cases: fault.within, minutes: null, fault, first: true });
    const [found] = result.failures;
    if (!found) missed++;
    console.log(
      `${found ? `found after ${result.cases} of ${fault.within}` : `MISSED in ${fault.within}`} cases: ${name}: ${fault.what}`,
    );
    if (found)
      console.log(`  ${found.error.split('\n', 1)[0]}\n  ${JSON.stringify(found.input).slice(0, 300)}`);
  }
  return missed;
}

async function replay({ name }: Target, which: string): Promise<number> {
  const kept = corpusOf(name).filter((c) => c.name === which);
  if (kept.length === 0) {
    console.error(`test/fuzz/corpus/${name} has no ${which}.json`);
    return 1;
  }
  const result = await session(name, {
    seed,
    cases: 0,
    minutes: null,
    replay: kept.map((c) => c.input),
    loud: true,
  });
  return result.crashes;
}
