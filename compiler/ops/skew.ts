/**
 * Skew-symmetric matrices from the packed strict upper triangle, row-major as PEFT stores it:
 * Q[i,j] = v[i(2b−i−1)/2 + (j−i−1)] for i < j, Q[j,i] = −Q[i,j].
 */
import { type Dim, equalDim, printDim, tri } from '../dims/dims.ts';
import { triangleSide } from '../dims/triangle.ts';
import { OftcError } from '../errors/error.ts';
import { apply, printShape } from '../ir/build.ts';
import { register } from '../ir/operator.ts';
import {
  axesOf,
  call,
  constant,
  extentOf,
  iadd,
  idiv,
  ilt,
  imul,
  indices,
  int,
  iselect,
  isqrt,
  isub,
  load,
  map,
  select,
} from '../primitives/build.ts';
import type { IntExpr } from '../primitives/expr.ts';
import { ofTensor } from './arguments.ts';
import { scaled } from './nodes.ts';
import { floatDtype, squareOf } from './shapes.ts';

/** The position of (i, j), i < j, in the packed triangle of a b×b matrix. */
export const packedIndex = (i: IntExpr, j: IntExpr, b: Dim): IntExpr =>
  iadd(idiv(imul(i, isub(isub(imul(int(2), extentOf(b)), i), int(1))), 2), isub(isub(j, i), int(1)));

/** Advice for a triangle on another axis, and for matrices that are not packed. */
function remedy(shape: readonly Dim[]): string {
  const [before, last] = shape.slice(-2);
  if (last === undefined) return '';
  if (before === undefined || !(equalDim(before, last) || triangleSide(before)))
    return `: declare it tri(b), as in (${[...shape.slice(0, -1).map(printDim), 'tri(b)'].join(', ')})`;
  if (triangleSide(before)) return `: declare the triangle last, (${printDim(last)}, ${printDim(before)})`;
  const packed = [...shape.slice(0, -2).map(printDim), `tri(${printDim(last)})`].join(', ');
  return `: it reads the strict upper triangle, packed; declare (${packed}), or write A.sub(A.T) for a full matrix`;
}

const PACKED = 'skew(v) makes Q = −Qᵀ from its packed strict upper triangle, tri(b) numbers';

register({
  name: 'skew',
  takes: { args: 1 },
  law: 'Q = −Qᵀ from its packed strict upper triangle',
  type: ([v]) => {
    const packed = v!.shape.at(-1);
    const b = packed && triangleSide(packed);
    if (!b) {
      throw new OftcError(
        'OFT2004',
        `skew: the last axis of ${printShape(v!.shape)} must be tri(b) = b(b-1)/2 for some b${packed ? `, but '${printDim(packed)}' is not` : ''}${remedy(v!.shape)}`,
      );
    }
    return { shape: [...v!.shape.slice(0, -1), b, b], dtype: floatDtype([v!], 'skew') };
  },
  facts: () => ({ skewSymmetric: true }),
  transpose: (node) => scaled(-1, node),
  transposeLaw: 'Qᵀ = −Q',
  sample: (d) => apply('skew', [d.tensor(...d.pick([], [d.int(1, 3)]), d.pick(3, 0, 1, 6, 10))]),
  vjp: (_, g) => [apply('packSkew', [g])],
  lower: (node, ctx) => {
    const axes = axesOf(node.type.shape);
    const at = indices(axes);
    const batch = at.slice(0, -2);
    const [i, j] = at.slice(-2) as [IntExpr, IntExpr];
    const b = node.type.shape.at(-1)!;
    const above = ilt(i, j);
    // One load reads at the two indices in ascending order. Two loads, one of them thrown away, took twice as long.
    const v = load(0, [...batch, packedIndex(iselect(above, i, j), iselect(above, j, i), b)]);
    const body = select(above, v, select(ilt(j, i), call('neg', v), constant(0)));
    return map(node, axes, [ctx.lower(node.args[0]!)], body);
  },
  print: 'call',
  torch: ([v]) => `oftc_torch.skew(${v})`,
  elsewhere: { triu: PACKED, triuindices: PACKED },
});

/**
 * The indices (i, j), i < j, at packed position k. Counted from the end, m = tri(b)−1−k lies in the triangle whose
 * p-th row from the bottom holds p+1 entries, so p = ⌊(⌊√(8m+1)⌋ − 1)/2⌋ and i = b−2−p.
 */
function unpackedIndex(k: IntExpr, b: Dim): { row: IntExpr; col: IntExpr } {
  const last = isub(extentOf(tri(b)), int(1));
  const p = idiv(isub(isqrt(iadd(imul(int(8), isub(last, k)), int(1))), int(1)), 2);
  const row = isub(isub(extentOf(b), int(2)), p);
  const start = packedIndex(row, iadd(row, int(1)), b);
  return { row, col: iadd(isub(k, start), iadd(row, int(1))) };
}

register({
  name: 'packSkew',
  takes: { args: 1 },
  law: 'vᵢⱼ = Gᵢⱼ − Gⱼᵢ for i < j, the adjoint of skew',
  type: ([g]) => {
    const { batch, size } = squareOf(g!, 'packSkew');
    return { shape: [...batch, tri(size)], dtype: floatDtype([g!], 'packSkew') };
  },
  vjp: (_, g) => [apply('skew', [g])],
  lower: (node, ctx) => {
    const axes = axesOf(node.type.shape);
    const at = indices(axes);
    const batch = at.slice(0, -1);
    const { row, col } = unpackedIndex(at.at(-1)!, node.args[0]!.type.shape.at(-1)!);
    const body = call('sub', load(0, [...batch, row, col]), load(0, [...batch, col, row]));
    return map(node, axes, [ctx.lower(node.args[0]!)], body);
  },
  torch: ([g]) => `oftc_torch.pack_skew(${g})`,
});

export const functions = { skew: ofTensor('skew') };
