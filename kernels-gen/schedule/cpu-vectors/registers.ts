/**
 * Tensors in registers. The lanes of a subgroup divide a row-major tensor, or a block of one: lane l has each element
 * whose position is l modulo LANES, in a private array. On a CPU, a load from it takes a fifth of the time of a load
 * from workgroup memory.
 */
import { constantOf, type Dim, productDim } from '../../../compiler/dims/dims.ts';
import { byKey } from '../../../compiler/keyed.ts';
import { type Poly, polyConstant } from '../../../compiler/primitives/affine.ts';
import { int } from '../../../compiler/primitives/build.ts';
import type { IntExpr } from '../../../compiler/primitives/expr.ts';
import { rewriteInt, substituteAxes } from '../../../compiler/primitives/substitute.ts';
import { isMultiple } from '../../families/vectors.ts';
import type { Finder, Registers } from '../../wgsl/registers.ts';
import { clamped, type Value } from '../../wgsl/value.ts';
import { PARTS, typeOf, VECTOR, vectorAt } from '../../wgsl/vectors.ts';
import { LANE, LANES } from './lanes.ts';

/** A private array that each lane has. */
export interface LaneArray {
  readonly name: string;
  /** The number of elements in an entry: VECTOR where a lane's elements of each row make vectors, else 1. */
  readonly vectorWidth: number;
}

/** The number of a lane's elements, LANES apart along an axis, that make an entry of its array. */
export const vectorWidthAlong = (extent: Dim | undefined): number =>
  isMultiple(extent && constantOf(extent), LANES * VECTOR) ? VECTOR : 1;

export const declared = ({ name, vectorWidth }: LaneArray, elements: number): string =>
  `var ${name}: array<${typeOf('f32', vectorWidth)}, ${elements / vectorWidth}>;`;

/** A tensor, or a block of one, in the private arrays of lanes. */
export class LaneRegisters implements Registers {
  /**
   * The array of the elements, and that of the transpose, if any. Lanes divide the transpose along the
   * tensor's last axis but one.
   */
  readonly #kept: LaneArray;
  readonly #transposed: LaneArray | undefined;
  /** Whether the registers are a copy of one block, where the tensor's first axis counts blocks. */
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
    const own = ({ name, vectorWidth }: LaneArray, place: Poly): Value => {
      const vector = vectorWidth > 1 && inside ? vectorAt(place) : undefined;
      const { text, depth } = finder.sum(vector?.vector ?? place);
      const last = Math.ceil(constantOf(productDim(block))! / LANES) - 1;
      const at = inside ? text : clamped(text, `${last}`);
      const element = vector
        ? `${name}[${at}].${vector.part}`
        : vectorWidth > 1
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

/** The element at a constant index. */
export const elementOf = ({ name, vectorWidth }: LaneArray, place: number): string =>
  vectorWidth > 1 ? `${name}[${Math.floor(place / VECTOR)}].${PARTS[place % VECTOR]}` : `${name}[${place}]`;

const LANE_NUMBERS = Array.from({ length: LANES }, (_, lane) => lane);

/** Sizes or indices with the last two exchanged. */
const swapped = <T>(all: readonly T[]): readonly T[] => [...all.slice(0, -2), ...all.slice(-2).reverse()];

/** The place of an element in this lane's array; undefined where it may be in another lane's. */
function keptAt(position: Poly): Poly | undefined {
  const isLane = ({ coef, atoms: [atom, ...more] }: Poly[number]) =>
    coef === 1 && more.length === 0 && atom?.k === 'axis' && atom.name === LANE;
  const others = position.filter((t) => !isLane(t));
  if (others.length !== position.length - 1 || others.some((t) => t.coef % LANES !== 0)) return undefined;
  return others.map((t) => ({ ...t, coef: t.coef / LANES }));
}

/**
 * Reads elements of other lanes, where each lane's place is known: one shuffle for each entry of the array that a
 * lane reads. A lane whose place is outside the block gets any value, which a selection does not use.
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
  const lanesOf = byKey(
    places.flatMap((p, lane) => (p >= 0 && p < size ? [[Math.floor(p / LANES), lane] as const] : [])),
  );
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

/** WGSL for a constant below 16 for each lane. */
const nibbles = (values: readonly number[]): string => {
  const word = values.reduceRight((all, v) => all * 16 + v, 0);
  return `(${word}u >> (4u * local)) & 15u`;
};

/** WGSL for whether a lane is one of `lanes`. */
const among = (lanes: readonly number[]): string =>
  `((${lanes.reduce((all, l) => all + 2 ** l, 0)}u >> local) & 1u) == 1u`;
