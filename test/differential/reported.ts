/** Writes the report of all ways that ran from a seed. */
import { commitNow, writeReport } from '../trust/report.ts';
import { FOUND } from './found.ts';
import { statesOf, total } from './state.ts';
import { WAYS } from './table.ts';

/** Writes bench/results/trust/differential.json, and returns its path. */
export function reported(seed: number): string {
  const states = statesOf(seed);
  const ways = WAYS.flatMap(({ name, with: other, within, needs }) => {
    const state = states.find((s) => s.way === name);
    if (!state) return [];
    const { programs, taken, skipped, disagreements, milliseconds, processorMs } = total(state);
    const times = { seconds: seconds(milliseconds), processorSeconds: seconds(processorMs) };
    const of = { with: other, within, needs, programs, taken, skipped, disagreements, ...times };
    return [[name, { ...of, commit: state.version }] as const];
  });
  const all = states.map(total);
  const sum = (key: 'programs' | 'disagreements' | 'processorMs') => all.reduce((n, c) => n + c[key], 0);
  return writeReport(
    {
      ...{ name: 'differential', command: `npm run differential -- --seed ${seed}`, seed },
      ...{ cases: sum('programs'), crashes: sum('disagreements') },
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
