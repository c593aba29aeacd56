/** Sizes to verify at: those the user bound, and small ones that fit the layer's equations. */
import { bindProgram, programDims, RUNTIME_DIM } from '../../compiler/ir/bind.ts';
import { type Binding, DimError, evalReal } from '../../compiler/ir/dims.ts';
import { OftcError } from '../../compiler/ir/error.ts';
import type { Program } from '../../compiler/ir/node.ts';

/** Dimensions an author binds: those that no equality defines. */
export const freeDims = (program: Program): string[] =>
  programDims(program).filter((n) => n !== RUNTIME_DIM && !(n in program.where));

function fits(program: Program, sizes: Binding): boolean {
  try {
    bindProgram(program, sizes);
    return Object.values(program.where).every((d) => Number.isInteger(evalReal(d, sizes)));
  } catch (e) {
    if (e instanceof OftcError || e instanceof DimError) return false;
    throw e;
  }
}

/**
 * Up to `count` small bindings that fit, smallest first, all sizes distinct in the first where possible: equal
 * sizes would hide a transposed shape. Throws OFT3007 when none up to 12 fits.
 */
export function smallSizes(program: Program, count: number): Binding[] {
  const names = freeDims(program);
  const found: Binding[] = [];
  for (let largest = 2; largest <= 12 && found.length < count; largest++) {
    for (let attempt = 0; attempt < 40 && found.length < count; attempt++) {
      const sizes = Object.fromEntries(
        names.map((n, i) => [n, 1 + ((i * 7 + attempt * (i + 3) + largest) % largest)]),
      );
      if (Math.max(1, ...Object.values(sizes)) < Math.min(largest, 2)) continue;
      if (found.some((f) => names.every((n) => f[n] === sizes[n]))) continue;
      if (fits(program, sizes)) found.push(sizes);
    }
  }
  if (found.length === 0) {
    throw new OftcError('OFT3007', `no sizes up to 12 fit '${program.name}'; give --dims that do`);
  }
  return found;
}

export const printSizes = (sizes: Binding): string =>
  Object.entries(sizes)
    .map(([n, v]) => `${n}=${v}`)
    .join(', ');
