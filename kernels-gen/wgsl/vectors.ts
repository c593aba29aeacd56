/** Neighbours in memory that are loaded and stored as one vec4, where arrays are declared of them. */
import type { Poly } from '../../compiler/primitives/affine.ts';

/** Elements of a vector. */
export const VECTOR = 4;
export const PARTS = ['x', 'y', 'z', 'w'] as const;

/** Which vector of an array an element is in, and which part of it; undefined where that is known only when it runs. */
export function vectorAt(
  position: Poly,
): { readonly vector: Poly; readonly part: (typeof PARTS)[number] } | undefined {
  let part = 0;
  const vector: Poly[number][] = [];
  for (const { coef, atoms } of position) {
    if (atoms.length === 0) part = ((coef % VECTOR) + VECTOR) % VECTOR;
    else if (coef % VECTOR !== 0) return undefined;
    const whole = atoms.length === 0 ? coef - part : coef;
    if (whole !== 0) vector.push({ coef: whole / VECTOR, atoms });
  }
  return { vector, part: PARTS[part]! };
}
