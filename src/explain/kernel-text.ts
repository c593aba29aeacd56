/** Prints tables of kernels: of all, each with what it computes, or of those that take the most time. */
import type { DeviceProfile } from '../../compiler/devices/index.ts';
import { byKey } from '../../compiler/keyed.ts';
import { families, familyLine, familyNotes, type NameFamily } from '../language/formulas/families.ts';
import type { ExplainedKernel } from './index.ts';
import { type Row, table } from './layout.ts';
import { duration, short } from './units.ts';

const HEAD = ['FLOP', 'bytes', 'predicted'];

/** Prints every kernel. */
export function kernelLines(kernels: readonly ExplainedKernel[]): string[] {
  const rows = kernels.map((k) => row(k.kernel, [k], [k.computes, ...k.at, ...chosenBy(k)]));
  return table({ cells: ['kernel', ...HEAD], items: ['computes'] }, rows, '  ', 'left');
}

/** The number of kernels with a row of their own. The others share one. */
const HEAVIEST = 3;

/** Prints the kernels that take the most time by the model, and the sum of the others. */
export function heaviestLines(
  kernels: readonly ExplainedKernel[],
  { flops, bandwidth, launch }: DeviceProfile,
  indent: string,
): { lines: string[]; formulas: string[] } {
  const seconds = (k: ExplainedKernel) => k.flops / flops + k.bytes / bandwidth + launch;
  const time = (of: readonly ExplainedKernel[]) => of.reduce((sum, k) => sum + seconds(k), 0);
  const kinds = [...byKey(kernels.map((k) => [`${kind(k)} ${k.flops} ${k.bytes}`, k] as const)).values()];
  const ranked = kinds.toSorted((a, b) => time(b) - time(a));
  const shown = ranked.length > HEAVIEST + 1 ? ranked.slice(0, HEAVIEST) : ranked;
  const others = ranked.slice(shown.length).flat();
  const named = (of: readonly ExplainedKernel[]) =>
    row(`${of.length} ×`, of, [
      ...together(families(of.map((k) => k.computes))),
      ...new Set(of.flatMap(chosenBy)),
    ]);
  const rows = [
    ...shown.map(named),
    ...(others.length > 0 ? [row(`${others.length} ×`, others, ['others'])] : []),
  ];
  return {
    lines: table({ cells: ['', ...HEAD], items: ['computes'] }, rows, indent, 'right'),
    formulas: shown.flatMap((of) => of.map((k) => k.computes)),
  };
}

const row = (name: string, of: readonly ExplainedKernel[], items: readonly string[]): Row => ({
  cells: [name, ...[total(of, 'flops'), total(of, 'bytes')].map(short), duration(total(of, 'predicted'))],
  items,
});

/** Notes on tuned schedules; none if the cost model chose the schedule. */
const chosenBy = (k: ExplainedKernel): string[] =>
  (k.tuned ?? []).map(({ schedule, adapter }) => `tuned to ${schedule} on ${adapter.split(' | ').at(-1)}`);

const total = (of: readonly ExplainedKernel[], what: 'flops' | 'bytes' | 'predicted'): number =>
  of.reduce((sum, k) => sum + (k[what] ?? 0), 0);

/**
 * The texts of families of names. Families whose index i has the same range state the range once, after the last of
 * them.
 */
function together(all: readonly NameFamily[]): string[] {
  const notes = all.map((f) => {
    const of = f.template === '•' ? '' : familyNotes(f);
    return [of, of ? f.template : familyLine(f)] as const;
  });
  return [...byKey(notes)].flatMap(([of, templates]) =>
    of ? [...templates.slice(0, -1), `${templates.at(-1)}  ${of}`] : templates,
  );
}

/** The kind of a kernel: its name without a number, `map_add` for `map_add_2`. */
const kind = (k: ExplainedKernel): string => k.kernel.replace(/_\d+$/, '');
