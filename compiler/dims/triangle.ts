/** Finds the side of the matrix whose strict triangle is packed. */
import { constantOf, type Dim, dimConst, equalDim, mulDim, tri } from './dims.ts';

/** The b with tri(b) = d, from a number or from the normal form b²/2 − b/2. */
export function triangleSide(d: Dim): Dim | undefined {
  const n = constantOf(d);
  if (n !== undefined) {
    const b = Math.round((1 + Math.sqrt(1 + 8 * n)) / 2);
    return (b * (b - 1)) / 2 === n ? dimConst(b) : undefined;
  }
  const candidates = d.terms.map((t) => mulDim({ terms: [t] }, dimConst(-2)));
  return candidates.find((b) => equalDim(tri(b), d));
}
