/** Neighbours in memory that are loaded and stored as one vec4, where arrays are declared of them. */
import type { DType } from '../../compiler/ir/node.ts';
import type { Poly } from '../../compiler/primitives/affine.ts';

/** Elements of a vector. */
export const VECTOR = 4;
export const PARTS = ['x', 'y', 'z', 'w'] as const;

const SUFFIX = { f32: 'f', f16: 'h', i32: 'i' } as const satisfies Record<DType, string>;

/** The WGSL type of one element, or of a vector of several. */
export const typeOf = (dtype: DType, parts = VECTOR): string =>
  parts === 1 ? dtype : `vec${parts}${SUFFIX[dtype]}`;

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

/** Some values as a vector, which is there already where they are its parts in order. */
export function vectorOf(values: readonly string[], type: string): string {
  if (values.length === 1) return values[0]!;
  const [, name] = /^(\w+(?:\[[^[\]]*\])?)\.x$/.exec(values[0]!) ?? [];
  const isWhole = values.length === VECTOR && values.every((v, i) => v === `${name}.${PARTS[i]}`);
  return isWhole ? name! : `${type}(${values.join(', ')})`;
}
