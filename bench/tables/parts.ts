/** Measures the parts of a transformer's training step beside its linear layers, each against its limit. */
import { place } from '../compiled.ts';
import { seconds, takeTurns } from '../interleave.ts';
import { limitRows, openRates, type Work, workOf } from '../limit.ts';
import { type Part, parts as partsOf, SIZES } from '../parts.ts';
import { relativeError } from '../statistics.ts';
import type { Entry, Table } from '../table.ts';
import { milliseconds, printTable } from '../terminal.ts';

interface Figures extends Entry, Work {
  /** The operations of the Plan ÷ those of the best known algorithm; absent where the Plan computes nothing again. */
  readonly overLeast?: number;
}

function errorsOf(
  { expected }: Part,
  outputs: Readonly<Record<string, Float32Array>>,
): Record<string, number> {
  return Object.fromEntries(
    Object.entries(expected()).map(([name, { at, values }]) => {
      const actual = outputs[name]!;
      return [name, relativeError(at ? at.map((i) => actual[i]!) : actual, values)];
    }),
  );
}

function print(figures: Readonly<Record<string, Figures>>): void {
  const { attention: a, norm, loss } = SIZES;
  console.log(
    `attention of ${a.sequences} × ${a.length} tokens, ${a.heads} heads of ${a.width}, ${a.keyHeads} of them for keys; ` +
      `RMS norm of ${norm.tokens} × ${norm.hidden}; losses of ${loss.tokens} × ${loss.vocabulary} logits`,
  );
  printTable(
    ['', 'wall', 'CPU', 'Mflop', 'MB', 'operations over the least', 'largest error'],
    Object.entries(figures).map(([name, f]) => [
      name,
      milliseconds(f.seconds.wall),
      milliseconds(f.seconds.cpu),
      (f.flops / 1e6).toFixed(1),
      (f.bytes / 1e6).toFixed(1),
      f.overLeast === undefined ? '' : `${f.overLeast.toFixed(2)}×`,
      Math.max(...Object.values(f.error!)).toExponential(1),
    ]),
  );
}

export const parts: Table = {
  plans: () => Object.fromEntries(Object.entries(partsOf()).map(([name, { job }]) => [name, job])),
  measure: async ({ device, rounds }) => {
    const all = partsOf();
    const placed = [];
    const errors: Record<string, Record<string, number>> = {};
    for (const [name, part] of Object.entries(all)) {
      const one = await place(device, name, part.job, part.fill);
      errors[name] = errorsOf(part, await one.readAll());
      placed.push(one);
    }
    const rates = await openRates(device);
    const timings = await takeTurns([...rates.probes, ...placed], rounds);
    for (const c of [rates, ...placed]) c.dispose();

    const works = Object.fromEntries(Object.entries(all).map(([name, { job }]) => [name, workOf(job)]));
    const figures = Object.fromEntries(
      Object.entries(all).map(([name, { least }]): [string, Figures] => [
        name,
        {
          seconds: seconds(timings[name]!),
          error: errors[name]!,
          ...works[name]!,
          ...(least === undefined ? {} : { overLeast: works[name]!.flops / least }),
        },
      ]),
    );
    const limits = limitRows(timings, works);
    print(figures);
    const chart = {
      title: 'Parts of a training step: limit over time',
      unit: 'share of the limit',
      groups: limits.map((l) => l.row),
      series: [{ name: 'share', values: limits.map((l) => l.share.wall) }],
      lines: [{ name: '1', at: 1 }],
    };
    return { figures: { sizes: SIZES, parts: figures }, limits, charts: [chart] };
  },
};
