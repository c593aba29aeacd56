/** Prints reads by which each lane of a subgroup gets a register of some lane, where its code knows all of them. */
import { LoopError } from '../loops/error.ts';
import type { Value } from '../wgsl/value.ts';

interface Printing {
  /** The value that a lane has itself of a register. */
  readonly own: (at: readonly number[]) => Value;
  /** Names what never changes, and what may change after the statement. */
  readonly name: (text: string, depth: number, prefix: string) => Value;
  readonly fresh: (text: string, prefix: string) => Value;
  readonly depth: number;
}

/** A value that some lanes need. In the other lanes it may be anything. */
interface Taken {
  readonly lanes: readonly number[];
  readonly value: Value;
}

/** The most lanes, for each of which a word has four bits. */
const MOST = 8;

/**
 * The value that each lane reads, where `places` has a place for each lane: a register's index, and the lane that has it. There
 * is one shuffle for each register. A lane whose place is outside the shape gets any value, which a selection does
 * not use.
 */
export function dealt(
  places: readonly (readonly number[])[],
  shape: readonly number[],
  { own, name, fresh, depth }: Printing,
): Value {
  if (places.length > MOST) throw new LoopError('form', `more than ${MOST} lanes read registers of others`);
  const named = ({ text }: Value) => (/^\w+$/.test(text) ? text : fresh(text, 'f').text);
  const isInside = (at: readonly number[]) => at.every((i, d) => i >= 0 && i < shape[d]!);
  const readers = new Map<string, number[]>();
  for (const [lane, at] of places.entries()) {
    if (!isInside(at)) continue;
    const register = at.slice(0, -1).join();
    readers.set(register, [...(readers.get(register) ?? []), lane]);
  }
  // A lane whose place is outside may read any lane.
  const from = places.map((at, lane) => (isInside(at) ? at.at(-1)! : lane));
  const [apart] = from;
  const isFlipped = from.every((f, lane) => f === (lane ^ apart!));
  const moved = [...readers.values()].map((lanes): Taken => {
    const register = own(places[lanes[0]!]!);
    if (lanes.every((lane) => from[lane] === lane)) return { lanes, value: register };
    const text = isFlipped
      ? `subgroupShuffleXor(${register.text}, ${apart})`
      : `subgroupShuffle(${register.text}, ${name(nibbles(from), 0, 'u').text})`;
    return { lanes, value: { text, depth, atomic: true } };
  });
  const either = (a: Taken, b: Taken): Taken => {
    const isSecond = name(among(b.lanes, a.lanes), 0, 'b').text;
    const text = `select(${named(a.value)}, ${named(b.value)}, ${isSecond})`;
    return { lanes: [...a.lanes, ...b.lanes], value: { text, depth, atomic: true } };
  };
  let taken = moved;
  while (taken.length > 1)
    taken = taken.flatMap((t, n) =>
      n % 2 === 1 ? [either(taken[n - 1]!, t)] : n === taken.length - 1 ? [t] : [],
    );
  const [only] = taken;
  if (only === undefined) return own(shape.map(() => 0));
  return moved.length === 1 ? only.value : { text: named(only.value), depth, atomic: true };
}

/** WGSL for a constant below 16 for each lane. */
const nibbles = (values: readonly number[]): string => {
  const word = values.reduceRight((all, v) => all * 16 + v, 0);
  return `(${word}u >> (4u * local)) & 15u`;
};

/** WGSL for a test that holds in the lanes `inside` and in none of `outside`. The same test serves many pairs of these. */
function among(inside: readonly number[], outside: readonly number[]): string {
  const bit = [1, 2, 4].find((b) => inside.every((l) => l & b) && !outside.some((l) => l & b));
  if (bit !== undefined) return `(local & ${bit}u) != 0u`;
  const first = Math.min(...inside);
  if (outside.every((l) => l < first)) return `local >= ${first}u`;
  return `((${inside.reduce((all, l) => all + 2 ** l, 0)}u >> local) & 1u) == 1u`;
}
