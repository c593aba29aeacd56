/** The runs of each table, and the charts, of bench/paper-settings.ts. */
import type { Chart } from '../chart.ts';
import { interval, type Summary } from '../statistics.ts';
import { METHODS, RATES, type Run, runsAt, SETTINGS, TERMS, TERMS_RATE } from './grid.ts';

/** The held-out loss that training takes away, in nats a token. */
const gained = (r: Run): number => r.start - r.heldOut;

const summaryOf = (runs: readonly Run[], of: (r: Run) => number): Summary | undefined =>
  runs.length === 0 ? undefined : interval(runs.map(of));

const rotating = METHODS.filter((m) => m === 'OFTv2' || m === 'QOFT');

/** The runs of a method with so many terms, at the rate of that part. */
export const withTerms = (runs: readonly Run[], method: string, terms: string): Run[] =>
  runs.filter(
    (r) =>
      r.method === method &&
      r.terms === terms &&
      r.rate === TERMS_RATE &&
      r.steps === SETTINGS.steps &&
      r.activations === 'f32',
  );

/** The runs of a method with activations in f16. */
export const halfRuns = (runs: readonly Run[], method: string): Run[] =>
  runs.filter((r) => r.method === method && r.activations === 'f16');

/** The longer runs of a method. */
export const longerRuns = (runs: readonly Run[], method: string): Run[] =>
  runs.filter((r) => r.method === method && r.steps === SETTINGS.longer);

const termsNames = TERMS.map((terms) => (terms === 'exact' ? 'exact' : `${terms} terms`));

export function chartsOf(runs: readonly Run[]): Chart[] {
  const unit = 'nats a token';
  return [
    {
      ...{ title: `Loss that ${SETTINGS.steps} steps take away, by the learning rate`, unit },
      groups: RATES.map((rate) => rate.toExponential()),
      series: METHODS.map((name) => ({
        name,
        values: RATES.map((rate) => summaryOf(runsAt(runs, name, rate, SETTINGS.steps), gained)),
      })),
    },
    {
      title: `Deviation from orthogonality at the rate ${TERMS_RATE.toExponential()}`,
      ...{ unit: '‖RᵀR − I‖, root mean square over the blocks', logarithmic: true },
      groups: termsNames,
      series: rotating.map((name) => ({
        name,
        values: TERMS.map((terms) => summaryOf(withTerms(runs, name, terms), (r) => r.deviation!.rms)),
      })),
    },
    {
      ...{ title: `Loss that ${SETTINGS.longer} steps take away, at the best rate of each`, unit },
      groups: [...METHODS],
      series: [{ name: '', values: METHODS.map((name) => summaryOf(longerRuns(runs, name), gained)) }],
    },
  ];
}
