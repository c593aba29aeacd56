/** Prints kernels; those of one kind and cost share a line, with their number and total costs. */
import { byKey } from '../../compiler/keyed.ts';
import { families, familyLine, familyNotes, type NameFamily } from '../language/formulas/families.ts';
import type { ExplainedKernel } from './index.ts';
import { type Row, table } from './layout.ts';
import { short } from './units.ts';

export function kernelLines(kernels: readonly ExplainedKernel[], full: boolean): string[] {
  const rows = full
    ? kernels.map((k) => row(k.kernel, [k], [k.computes, ...k.at, ...chosenBy(k)]))
    : collapsed(kernels);
  return table({ cells: ['kernel', 'FLOP', 'bytes'], items: ['computes'] }, rows, '  ', 'left');
}

const row = (name: string, of: readonly ExplainedKernel[], items: readonly string[]): Row => ({
  cells: [name, ...[total(of, 'flops'), total(of, 'bytes')].map(short)],
  items,
});

/** Notes on tuned schedules; none if the cost model chose the schedule. */
const chosenBy = (k: ExplainedKernel): string[] =>
  (k.tuned ?? []).map(({ schedule, adapter }) => `tuned to ${schedule} on ${adapter.split(' | ').at(-1)}`);

const total = (of: readonly ExplainedKernel[], what: 'flops' | 'bytes'): number =>
  of.reduce((sum, k) => sum + k[what], 0);

function collapsed(kernels: readonly ExplainedKernel[]): Row[] {
  const kinds = byKey(kernels.map((k) => [`${kind(k)} ${k.flops} ${k.bytes}`, k] as const));
  return [...kinds.values()].map((of) => {
    const name = of.length === 1 ? of[0]!.kernel : `${kind(of[0]!)} ×${of.length}`;
    return row(name, of, [
      ...together(families(of.map((k) => k.computes))),
      ...new Set(of.flatMap(chosenBy)),
    ]);
  });
}

/** Families over the same index, side by side with one statement of the index. */
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
