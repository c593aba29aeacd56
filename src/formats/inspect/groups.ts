/** Groups names that differ only in their numbers: `model.layers.{0..3}.mlp.up_proj.weight`. */
import { byKey } from '../../../compiler/keyed.ts';

export interface Named {
  readonly name: string;
}

export interface NamesAlike<T extends Named> {
  readonly pattern: string;
  readonly members: readonly T[];
}

const NUMBER = /(?<=^|\.)\d+(?=\.|$)/g;

/** Groups items whose names differ only in numbers and for which `like` is equal, in order of first appearance. */
export function grouped<T extends Named>(items: Iterable<T>, like: (item: T) => string): NamesAlike<T>[] {
  const keyOf = (item: T) => JSON.stringify([item.name.replaceAll(NUMBER, '#'), like(item)]);
  const groups = byKey(Array.from(items, (item) => [keyOf(item), item] as const));
  return [...groups.values()].map((members) => ({ pattern: patternOf(members), members }));
}

function patternOf(members: readonly Named[]): string {
  const numbers = members.map(({ name }) => (name.match(NUMBER) ?? []).map(Number));
  let position = 0;
  return members[0]!.name.replaceAll(NUMBER, () => {
    const here = position++;
    return ranges(numbers.map((n) => n[here]!));
  });
}

/** Whole numbers as text: `3`, `{0..3}` or `{0, 2..5}`. */
function ranges(numbers: readonly number[]): string {
  const sorted = [...new Set(numbers)].sort((a, b) => a - b);
  const runs: [number, number][] = [];
  for (const n of sorted) {
    const last = runs.at(-1);
    if (last && n === last[1] + 1) last[1] = n;
    else runs.push([n, n]);
  }
  const texts = runs.map(([from, to]) => (from === to ? `${from}` : `${from}..${to}`));
  return sorted.length === 1 ? texts[0]! : `{${texts.join(', ')}}`;
}
