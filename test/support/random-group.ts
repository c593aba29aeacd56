/** Random products that overlap: each is a slice of one list of factors, perhaps transposed or projected. */
import fc, { type GeneratorValue } from 'fast-check';
import { constantOf, dimConst, parseDim } from '../../compiler/dims/dims.ts';
import { apply, input } from '../../compiler/ir/build.ts';
import type { Node, Program } from '../../compiler/ir/node.ts';
import { transposeOf } from '../../compiler/rewrite/chains.ts';
import '../../compiler/ops/index.ts';
import { programOf } from './evaluate.ts';

const dense = (name: string, rows: string, cols: string): Node =>
  input(`${name}(${rows},${cols})`, 'input', { shape: [rows, cols].map(parseDim), dtype: 'f32' });

/** Draws integers without fast-check's preference for small ones, which would make products too short. */
const uniform = (min: number, max: number) => fc.noBias(fc.integer({ min, max }));
const pick = <T>(g: GeneratorValue, ...choices: readonly T[]): T =>
  choices[g(uniform, 0, choices.length - 1)]!;

/** Draws a list of factors. Sizes are multiples of r, or `tokens`. Factors of equal shape may be the same matrix. */
function factors(g: GeneratorValue, count: number, r: number): Node[] {
  const sides = Array.from({ length: count + 1 }, () => pick<number | 'tokens'>(g, 1, 2, 8, 48, 'tokens'));
  const text = (side: number | 'tokens') => (side === 'tokens' ? side : String(side * r));
  return sides.slice(1).map((right, i) => {
    const left = sides[i]!;
    const name = pick(g, 'A', 'B');
    if (left === 'tokens' || right === 'tokens' || pick(g, true, false))
      return dense(name, text(left), text(right));
    const blocks = input(`${name}[${r},${left},${right}]`, 'input', {
      shape: [r, left, right].map(dimConst),
      dtype: 'f32',
    });
    return apply('blockDiag', [blocks]);
  });
}

/** A program of one to `most` products of up to `longest` factors each. */
export function randomProducts(g: GeneratorValue, most: number, longest: number): Program {
  const r = g(uniform, 1, 3);
  const list = factors(g, g(uniform, 3, longest), r);
  const outputs = Array.from({ length: g(uniform, 1, most) }, () => {
    const count = g(uniform, Math.min(3, g(uniform, 2, 4)), list.length);
    const from = g(uniform, 0, list.length - count);
    const slice = list.slice(from, from + count);
    const product = apply('matmul', pick(g, slice, slice.map(transposeOf).reverse()));
    const [rows, cols] = product.type.shape.map(constantOf);
    if (rows === undefined || cols === undefined || pick(g, true, false)) return product;
    return apply('diagBlocks', [product], {
      blocks: dimConst(r),
      rows: dimConst(rows / r),
      cols: dimConst(cols / r),
    });
  });
  return programOf(Object.fromEntries(outputs.map((o, i) => [`y${i}`, o])));
}
