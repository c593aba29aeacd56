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
  const readers = new Map<string, number[]>();
  for (const [lane, at] of places.entries()) {
    if (at.some((i, d) => i < 0 || i >= shape[d]!)) continue;
    const register = at.slice(0, -1).join();
    readers.set(register, [...(readers.get(register) ?? []), lane]);
  }
  let value: Value | undefined;
  for (const lanes of readers.values()) {
    const from = places.map((at, lane) => (lanes.includes(lane) ? at.at(-1)! : lane));
    const register = own(places[lanes[0]!]!);
    const [apart] = from;
    const isOwn = from.every((f, lane) => f === lane);
    const isFlipped = from.every((f, lane) => f === (lane ^ apart!));
    const word = () => name(nibbles(from), 0, 'u').text;
    const text = isFlipped
      ? `subgroupShuffleXor(${register.text}, ${apart})`
      : `subgroupShuffle(${register.text}, ${word()})`;
    const moved = isOwn ? register : { text, depth, atomic: true };
    if (value === undefined) {
      value = moved;
      continue;
    }
    const isOne = name(among(lanes), 0, 'b').text;
    value = { text: `select(${named(value)}, ${named(moved)}, ${isOne})`, depth, atomic: true };
  }
  if (value === undefined) return own(shape.map(() => 0));
  return readers.size === 1 ? value : { text: named(value), depth, atomic: true };
}

/** WGSL for a constant below 16 for each lane. */
const nibbles = (values: readonly number[]): string => {
  const word = values.reduceRight((all, v) => all * 16 + v, 0);
  return `(${word}u >> (4u * local)) & 15u`;
};

/** WGSL for whether a lane is one of `lanes`. */
const among = (lanes: readonly number[]): string =>
  `((${lanes.reduce((all, l) => all + 2 ** l, 0)}u >> local) & 1u) == 1u`;
