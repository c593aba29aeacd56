/** Vectors of four neighbours in memory, which are loaded and stored at once where an array is declared of vec4. */
import type { DType } from '../../compiler/ir/node.ts';
import type { Poly } from '../../compiler/primitives/affine.ts';
import { VECTOR } from '../loops/type.ts';

export { VECTOR };
export const PARTS = ['x', 'y', 'z', 'w'] as const;

const SUFFIX = { f32: 'f', f16: 'h', i32: 'i' } as const satisfies Record<DType, string>;

/** The WGSL type of one element, or of a vector of several. */
export const typeOf = (dtype: DType, parts = VECTOR): string =>
  parts === 1 ? dtype : `vec${parts}${SUFFIX[dtype]}`;

/**
 * The vector that contains an element of an array, and the element's part of it; undefined where the part is
 * not constant.
 */
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

/** Values as a vector: one that exists, or that a lane has, where they are its first parts in order, else a new one. */
export function vectorOf(values: readonly string[], type: string): string {
  if (values.length === 1) return values[0]!;
  const [, before, name, after] = PART.exec(values[0]!) ?? [];
  const isWhole = name !== undefined && values.every((v, i) => v === `${before}${name}.${PARTS[i]}${after}`);
  const parts = values.length < VECTOR ? `.${PARTS.slice(0, values.length).join('')}` : '';
  return isWhole ? `${before}${name}${parts}${after}` : `${type}(${values.join(', ')})`;
}

/** The first part of a vector, alone or as another lane has it. */
const PART = /^(|subgroupShuffle(?:Xor)?\()(\w+(?:\[[^[\]]*\])?)\.x(|, \w+\))$/;
