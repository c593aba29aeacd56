/** Notes on what an author probably does not mean, in a program that has not met any size yet. */
import { rootsOf, topological } from './build.ts';
import { formNotes } from './form-notes.ts';
import { halfNotes } from './half-notes.ts';
import { referencesOf } from './init.ts';
import type { Program } from './node.ts';
import { sizeNotes } from './size-notes.ts';

export const programNotes = (program: Program): string[] => [
  ...sizeNotes(program),
  ...unusedNotes(program),
  ...expressionNotes(program),
  ...formNotes(program),
  ...halfNotes(program),
];

/** The notes on single expressions. */
const expressionNotes = (program: Program): string[] => [
  ...new Set(topological(rootsOf(program)).flatMap((n) => (n.kind === 'op' ? (n.note ?? []) : []))),
];

/** The note for tensors that no result, no claim and no start uses. */
export function unusedNotes(program: Program): string[] {
  const used = new Set(topological(rootsOf(program)));
  const starts = new Set(program.inputs.flatMap((i) => referencesOf(i.init)));
  const unused = program.inputs.filter((i) => !used.has(i) && !starts.has(i.name)).map((i) => `'${i.name}'`);
  if (unused.length === 0) return [];
  return [
    `the body does not use ${unused.join(', ')}: use ${unused.length === 1 ? 'it' : 'them'}, or leave the declaration out`,
  ];
}
