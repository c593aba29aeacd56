/**
 * The operations on subgroup matrices: loops over the rows and columns of a matrix around one statement. Such a matrix is
 * filled with 0, loaded from workgroup memory, stored there, or gets the product of two others added.
 *
 *     for r in 8 matrix:                            for r in 8 matrix:
 *       for k in 8 matrix:                            for k in 8 matrix:
 *         left[i, r, k] = tile[k, i * 8 + r]            for c in 8 matrix:
 *                                                         sum[i, r, c] += left[i, r, k] * right[k, c]
 */
import { constantOf } from '../../compiler/dims/dims.ts';
import { isZeroQ } from '../../compiler/dims/rational.ts';
import type { Expr, IntExpr } from '../../compiler/primitives/expr.ts';
import { polyOf } from '../../compiler/primitives/simplify.ts';
import { rewriteInt, rowMajor, substituteAxes } from '../../compiler/primitives/substitute.ts';
import { strideAt } from '../fuse/strides.ts';
import { LoopError } from './error.ts';
import { axesOf, nestOf, type PerfectNest } from './perfect-nest.ts';
import type { Body, For, LoopKernel, Memory, Statement } from './type.ts';

/** The order of a matrix in workgroup memory: the elements of a row or of a column are neighbours, and lines `stride` apart. */
interface Layout {
  readonly order: 'row_major' | 'col_major';
  readonly stride: number;
}

/** An operation on matrices and a tile of workgroup memory, by the numbers of their memories. */
export type MatrixOperation =
  | { readonly k: 'fill'; readonly to: number }
  | { readonly k: 'load'; readonly to: number; readonly tile: number; readonly layout: Layout }
  | { readonly k: 'store'; readonly from: number; readonly tile: number; readonly layout: Layout }
  | { readonly k: 'multiply'; readonly to: number; readonly left: number; readonly right: number };

/** The operation of the outermost loop over a matrix. Throws LoopError where the loops are none. */
export function matrixOperation({ memories }: LoopKernel, loop: For): MatrixOperation {
  const axes = matrixAxes(loop);
  const nest = nestOf(loop, new Set(axes));
  const operation = nest && operationOf(nest, memories);
  if (!operation)
    throw new LoopError('form', `the loops over ${axes.join(', ')} are no operation on matrices`);
  return operation;
}

/** The operations of a kernel's statements. */
export function matrixOperations(kernel: LoopKernel): readonly MatrixOperation[] {
  const inBlock = (block: Body): readonly MatrixOperation[] =>
    block.flatMap((s) => {
      if (s.k === 'for' && s.how === 'matrix') return [matrixOperation(kernel, s)];
      return s.k === 'for' || s.k === 'if' ? inBlock(s.body) : [];
    });
  return inBlock(kernel.body);
}

/** The axes of loops over a matrix that contain each other. */
function matrixAxes(loop: For): readonly string[] {
  const axes: string[] = [];
  for (let s: Statement | undefined = loop; s?.k === 'for' && s.how === 'matrix'; ) {
    axes.push(s.axis);
    s = s.body.find((x) => x.k === 'for');
  }
  return axes;
}

function operationOf(nest: PerfectNest, memories: readonly Memory[]): MatrixOperation | undefined {
  const [s, ...others] = nest.body;
  if (others.length > 0 || nest.heads.some((h) => h.k !== 'let')) return undefined;
  if (s?.k !== 'store' && s?.k !== 'accumulate') return undefined;
  const to = matrixAt(s.to, s.index, nest, memories);
  if (s.k === 'accumulate')
    return to && s.combine === 'sum' ? productOf(to, s.value, nest, memories) : undefined;
  if (nest.loops.length !== 2) return undefined;
  if (to && s.value.k === 'const' && isZeroQ(s.value.value)) return { k: 'fill', to: to.of };
  if (s.value.k !== 'load') return undefined;
  const { arg, index } = s.value;
  if (to) return { k: 'load', to: to.of, tile: arg, layout: layoutOf(to, arg, index, nest, memories) };
  const from = matrixAt(arg, index, nest, memories);
  if (!from) return undefined;
  return { k: 'store', from: from.of, tile: s.to, layout: layoutOf(from, s.to, s.index, nest, memories) };
}

/** A matrix in loops over its rows and columns. */
interface Matrix {
  readonly of: number;
  readonly row: string;
  readonly col: string;
}

/** The matrix that an element belongs to, if the loops go over all of it. */
function matrixAt(
  of: number,
  index: readonly IntExpr[],
  { loops }: PerfectNest,
  memories: readonly Memory[],
): Matrix | undefined {
  const { space, shape } = memories[of] ?? {};
  if (space !== 'matrix' || shape?.length !== index.length) return undefined;
  const own = index.slice(-2).map((i, d) => {
    const loop = i.k === 'axis' ? loops.find((l) => l.axis === i.name) : undefined;
    const size = loop && loop.trips.by === 1 ? constantOf(loop.trips.of) : undefined;
    return size !== undefined && size === constantOf(shape.at(d - 2)!) ? loop : undefined;
  });
  const before = new Set(index.slice(0, -2).flatMap((i) => [...axesOf(i)]));
  const [row, col] = own;
  if (!row || !col || row === col || loops.some((l) => before.has(l.axis))) return undefined;
  return { of, row: row.axis, col: col.axis };
}

function productOf(
  to: Matrix,
  value: Expr,
  nest: PerfectNest,
  memories: readonly Memory[],
): MatrixOperation | undefined {
  if (value.k !== 'call' || value.fn !== 'mul' || nest.loops.length !== 3) return undefined;
  const [left, right] = value.args.map((f) =>
    f.k === 'load' ? matrixAt(f.arg, f.index, nest, memories) : undefined,
  );
  if (!left || !right || left.row !== to.row || right.col !== to.col || left.col !== right.row)
    return undefined;
  if (memories[left.of]!.dtype !== memories[right.of]!.dtype)
    throw new LoopError('form', `${memories[left.of]!.name} and ${memories[right.of]!.name} differ in type`);
  return { k: 'multiply', to: to.of, left: left.of, right: right.of };
}

/** The order of a matrix's elements in a tile. Throws LoopError for one that no device loads from or stores to. */
function layoutOf(
  { of, row, col }: Matrix,
  tile: number,
  index: readonly IntExpr[],
  { heads }: PerfectNest,
  memories: readonly Memory[],
): Layout {
  const [matrix, memory] = [memories[of]!, memories[tile]];
  if (memory?.space !== 'workgroup')
    throw new LoopError('form', `matrix ${matrix.name} is loaded from or stored to no workgroup memory`);
  if (memory.dtype !== matrix.dtype)
    throw new LoopError('form', `matrix ${matrix.name} and ${memory.name} differ in type`);
  const known = new Map<string, IntExpr>();
  for (const h of heads)
    if (h.k === 'let') known.set(h.name, rewriteInt(h.value, substituteAxes(new Map(known))));
  const at = rowMajor(
    memory.shape,
    index.map((i) => polyOf(rewriteInt(i, substituteAxes(known)), new Map())),
  );
  const [down, along] = [strideAt(at, row), strideAt(at, col)];
  if (along === 1 && down < Infinity) return { order: 'row_major', stride: down };
  if (down === 1 && along < Infinity) return { order: 'col_major', stride: along };
  throw new LoopError(
    'form',
    `neither rows nor columns of matrix ${matrix.name} are neighbours in ${memory.name}`,
  );
}
