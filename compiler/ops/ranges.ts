/** Checks the range of a slice. */
import { addDim, constantOf, type Dim, isPositive, printDim, subDim } from '../dims/dims.ts';
import { OftcError } from '../errors/error.ts';
import type { Attrs } from '../ir/node.ts';

/**
 * Throws OFT2012 for a range that lies outside its axis at every token count. token-rules.ts checks single token
 * counts.
 */
export function checkRange(shape: readonly Dim[], attrs: Attrs): void {
  const [axis, start, length] = [attrs.axis as number, attrs.start as Dim, attrs.length as Dim];
  const have = shape[axis]!;
  const refuse = (message: string) => new OftcError('OFT2012', `slice: ${message}`);
  if ((constantOf(start) ?? 0) < 0) {
    const fromEnd = `from its end, write '${printDim(addDim(have, start))}'`;
    throw refuse(`'${printDim(start)}' is before the start of axis ${axis}: ${fromEnd}`);
  }
  if ((constantOf(length) ?? 0) < 0) {
    const range = `${printDim(start)}:${printDim(length)} is ${call(axis, start, subDim(addDim(have, length), start))}`;
    throw refuse(
      `${printDim(length)} is no number of elements: slice takes a start and a length, so ${range}`,
    );
  }
  const end = addDim(start, length);
  if (!isPositive(subDim(end, have))) return;
  throw refuse(
    `'${printDim(end)}' is past the end of axis ${axis}, '${printDim(have)}'${unlikeTorch(axis, start, length, have) || elementsOf(have)}`,
  );
}

const call = (axis: number, start: Dim, length: Dim): string => {
  const range = [start, length].map((d) => (constantOf(d) === undefined ? `'${printDim(d)}'` : printDim(d)));
  return `slice(${axis}, ${range.join(', ')})`;
};

/** The elements of an axis of known size, for messages. */
function elementsOf(have: Dim): string {
  const size = constantOf(have) ?? 0;
  return size > 1 ? `, whose elements are 0 to ${size - 1}` : '';
}

/**
 * Advice for an author who probably wrote torch's start and stop. Read so, the two numbers are a range of the axis.
 */
function unlikeTorch(axis: number, start: Dim, stop: Dim, have: Dim): string {
  const length = subDim(stop, start);
  const backwards = constantOf(length) === 0 || isPositive(subDim(start, stop));
  if (backwards || isPositive(subDim(stop, have))) return '';
  return `: slice takes a start and a length, so ${printDim(start)}:${printDim(stop)} is ${call(axis, start, length)}`;
}
