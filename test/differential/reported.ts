/** Writes the report of all ways that ran from a seed. */
import { commitNow, writeReport } from '../trust/report.ts';
import { FOUND } from './found.ts';
import { noCounts } from './shard.ts';
import { statesOf, total } from './state.ts';
import { WAYS } from './table.ts';

/**
 * Writes bench/results/trust/differential.json from the states that ran at this version of the checkout, and returns its
 * path. The cases are the programs that a way took. A way without a state has none.
 */
export function reported(seed: number, version: string): string {
  const states = statesOf(seed).filter((s) => s.version === version);
  const ways = WAYS.map(({ name, with: other, within, needs }) => {
    const state = states.find((s) => s.way === name);
    const { programs, taken, skipped, disagreements, milliseconds, processorMs } = state
      ? total(state)
      : noCounts();
    const times = { seconds: seconds(milliseconds), processorSeconds: seconds(processorMs) };
    return [name, { with: other, within, needs, programs, taken, skipped, disagreements, ...times }] as const;
  });
  const all = states.map(total);
  const sum = (key: 'taken' | 'disagreements' | 'processorMs') => all.reduce((n, c) => n + c[key], 0);
  const most = Math.max(0, ...all.map((c) => c.programs));
  return writeReport(
    {
      ...{ name: 'differential', command: `npm run differential -- --seed ${seed} --programs ${most}`, seed },
      ...{ cases: sum('taken'), crashes: sum('disagreements') },
      slowestMs: Math.round(Math.max(0, ...all.map((c) => c.slowestMs))),
      peakMB: Math.max(0, ...states.map((s) => s.peakMB)),
      processorSeconds: seconds(sum('processorMs')),
      found: FOUND,
      more: { ways: Object.fromEntries(ways) },
    },
    commitNow(),
  );
}

const seconds = (ms: number): number => Math.round(ms / 100) / 10;
