/** Prints the figures of a sweep. */
import { ms, printTable } from '../terminal.ts';
import type { Verdict } from './fit.ts';
import type { Measured, PointFigures } from './measure.ts';

export interface SweepFigures extends Omit<Measured, 'timings'> {
  readonly title: string;
  readonly axis: string;
  readonly slopes: readonly Verdict[];
}

const mega = (bytes: number): string => (bytes / 1e6).toFixed(bytes < 1e7 ? 2 : 0);
const two = (x: number | undefined): string => (x === undefined ? '–' : x.toFixed(2));

const row = ({ size, seconds, limit, empty, launches, memory, modules, compile }: PointFigures): string[] => [
  `${size}`,
  ms(seconds.wall),
  ms(seconds.cpu),
  (seconds.cpu.median / limit.cpu).toFixed(2),
  (seconds.cpu.median / empty.cpu).toFixed(1),
  `${launches.counted} (${launches.planned})`,
  `${mega(memory.counted)} (${mega(memory.planned)})`,
  `${modules}`,
  compile ? `${compile.median.toFixed(0)} ms` : '–',
];

const judged = ({ isSteep }: Verdict): string =>
  isSteep === undefined ? 'not judged' : isSteep ? 'TOO STEEP' : 'holds';

function slopeRow(v: Verdict): string[] {
  const { quantity, sizes, slope, rounds, beside, besideSlope } = v;
  const range = sizes.length > 0 ? `${sizes[0]}–${sizes.at(-1)}` : 'none';
  const interval = rounds ? ` [${two(rounds.low)}, ${two(rounds.high)}]` : '';
  return [quantity, range, `${two(slope)}${interval}`, `${beside} ${two(besideSlope)}`, judged(v)];
}

export function printSweep(name: string, { title, axis, points, cut, rounds, slopes }: SweepFigures): void {
  console.log(`${name}: ${title}; ${rounds} rounds`);
  const head = [
    'wall',
    'CPU',
    'CPU ÷ limit',
    'CPU ÷ empty',
    'launches (planned)',
    'MB (planned)',
    'new modules',
    'compile',
  ];
  printTable([axis, ...head], points.map(row));
  printTable(['slope of', 'over', 'fitted', 'beside', ''], slopes.map(slopeRow));
  for (const { size, reason } of cut) console.log(`${axis} ${size} is left out: ${reason}`);
  if (cut.length > 0) console.log();
}
