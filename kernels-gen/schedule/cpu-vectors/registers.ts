/**
 * What lanes keep. A subgroup of LANES shares out a row-major tensor, or a block of one: lane l has every element whose
 * position is l modulo LANES, in an array of its own, which on a CPU is loaded in a fifth of the time of memory that
 * lanes share.
 */
import { constantOf, type Dim, productDim } from '../../../compiler/dims/dims.ts';
import { type Poly, polyConstant } from '../../../compiler/primitives/affine.ts';
import { int } from '../../../compiler/primitives/build.ts';
import type { IntExpr } from '../../../compiler/primitives/expr.ts';
import { rewriteInt, substituteAxes } from '../../../compiler/primitives/substitute.ts';
import { isMultiple } from '../../families/vectors.ts';
import type { Finder, Registers } from '../../wgsl/registers.ts';
import { clamped, type Value } from '../../wgsl/value.ts';
import { PARTS, typeOf, VECTOR, vectorAt } from '../../wgsl/vectors.ts';
import { LANE, LANES } from './lanes.ts';

/** An array of each lane. */
export interface LaneArray {
  readonly name: string;
  /** Elements of an entry: VECTOR, as a vector, where a lane's elements of every row are whole vectors; else 1. */
  readonly together: number;
}

/** How many of a lane's elements along an axis, one of every LANES, are an entry of its array. */
export const togetherAlong = (extent: Dim | undefined): number =>
  isMultiple(extent && constantOf(extent), LANES * VECTOR) ? VECTOR : 1;

export const declared = ({ name, together }: LaneArray, elements: number): string =>
  `var ${name}: array<${typeOf('f32', together)}, ${elements / together}>;`;

/** A tensor, or a block of one, in the arrays of its lanes. */
export class LaneRegisters implements Registers {
  /** The array of the elements; and the same of the transpose: a lane's columns along the last axis but one. */
  readonly #kept: LaneArray;
  readonly #transposed: LaneArray | undefined;
  /** Whether they are a copy of a block, which the tensor's first axis counts. */
  readonly isCopy: boolean;

  constructor(
    kept: LaneArray,
    { transposed, isCopy = false }: { transposed?: LaneArray; isCopy?: boolean } = {},
  ) {
    this.#kept = kept;
    this.#transposed = transposed;
    this.isCopy = isCopy;
  }

  get name(): string {
    return this.#kept.name;
  }

  get hasTransposed(): boolean {
    return this.#transposed !== undefined;
  }

  find(shape: readonly Dim[], index: readonly IntExpr[], inside: boolean, finder: Finder): Value | undefined {
    const [block, within] = this.isCopy ? [shape.slice(1), index.slice(1)] : [shape, index];
    const own = ({ name, together }: LaneArray, place: Poly): Value => {
      const vector = together > 1 && inside ? vectorAt(place) : undefined;
      const { text, depth } = finder.sum(vector?.vector ?? place);
      const last = Math.ceil(constantOf(productDim(block))! / LANES) - 1;
      const at = inside ? text : clamped(text, `${last}`);
      const element = vector
        ? `${name}[${at}].${vector.part}`
        : together > 1
          ? finder.partAt(name, at, depth)
          : `${name}[${at}]`;
      return { text: element, depth: Math.max(1, depth), atomic: true };
    };
    const place = keptAt(finder.position(block, within));
    if (place) return own(this.#kept, place);
    const transposed = this.#transposed;
    const across = transposed && keptAt(finder.position(swapped(block), swapped(within)));
    if (across) return own(transposed, across);
    return finder.shuffles ? fromOtherLanes(this.#kept, block, within, finder) : undefined;
  }
}

/** An element at a place that is a number. */
export const elementOf = ({ name, together }: LaneArray, place: number): string =>
  together > 1 ? `${name}[${Math.floor(place / VECTOR)}].${PARTS[place % VECTOR]}` : `${name}[${place}]`;

const LANE_NUMBERS = Array.from({ length: LANES }, (_, lane) => lane);

/** The last two of sizes or indices exchanged. */
const swapped = <T>(all: readonly T[]): readonly T[] => [...all.slice(0, -2), ...all.slice(-2).reverse()];

/** Where in its lane's array an element is; undefined where it may be another lane's. */
function keptAt(position: Poly): Poly | undefined {
  const isLane = ({ coef, atoms: [atom, ...more] }: Poly[number]) =>
    coef === 1 && more.length === 0 && atom?.k === 'axis' && atom.name === LANE;
  const others = position.filter((t) => !isLane(t));
  if (others.length !== position.length - 1 || others.some((t) => t.coef % LANES !== 0)) return undefined;
  return others.map((t) => ({ ...t, coef: t.coef / LANES }));
}

/**
 * Elements at places that are known for each lane: a shuffle for each element of the array that some lane's is of. A lane whose
 * place is not in the block gets any value: it is one that a selection throws away.
 */
function fromOtherLanes(
  array: LaneArray,
  block: readonly Dim[],
  index: readonly IntExpr[],
  find: Finder,
): Value | undefined {
  const places = LANE_NUMBERS.map((lane) => {
    const here = substituteAxes(new Map([[LANE, int(lane)]]));
    return polyConstant(
      find.position(
        block,
        index.map((i) => rewriteInt(i, here)),
      ),
    );
  });
  if (!places.every((p) => p !== undefined)) return undefined;
  const size = constantOf(productDim(block))!;
  const lanesOf = new Map<number, number[]>();
  for (const [lane, p] of places.entries()) {
    const slot = Math.floor(p / LANES);
    if (p >= 0 && p < size) lanesOf.set(slot, [...(lanesOf.get(slot) ?? []), lane]);
  }
  let value: string | undefined;
  for (const [slot, lanes] of lanesOf) {
    const from = places.map((p, lane) => (lanes.includes(lane) ? p % LANES : lane));
    const at = elementOf(array, slot);
    const moved = from.every((f, lane) => f === lane)
      ? at
      : find.name(`subgroupShuffle(${at}, ${find.name(nibbles(from), 0, 'u').text})`, find.depth, 'f').text;
    if (value === undefined) {
      value = moved;
      continue;
    }
    const isOne = find.name(among(lanes), 0, 'b').text;
    value = find.name(`select(${value}, ${moved}, ${isOne})`, find.depth, 'f').text;
  }
  return { text: value ?? elementOf(array, 0), depth: find.depth, atomic: true };
}

/** A number below 16 of each lane. */
const nibbles = (values: readonly number[]): string => {
  const word = values.reduceRight((all, v) => all * 16 + v, 0);
  return `(${word}u >> (4u * local)) & 15u`;
};

/** Whether a lane is one of these. */
const among = (lanes: readonly number[]): string =>
  `((${lanes.reduce((all, l) => all + 2 ** l, 0)}u >> local) & 1u) == 1u`;
