/** Finds neighbours of a tensor that can be loaded or stored as one vector. */
import { constantOf } from '../../compiler/dims/dims.ts';
import { rangesOf } from '../../compiler/primitives/affine.ts';
import type { Expr, IntExpr } from '../../compiler/primitives/expr.ts';
import type { Axis, Prim } from '../../compiler/primitives/prim.ts';
import { polyOf } from '../../compiler/primitives/simplify.ts';
import { type LoopPrim, loopAxes, rowMajor } from '../../compiler/primitives/substitute.ts';
import { axesIn, loadsOf } from '../../compiler/primitives/visit.ts';
import { RESULT } from '../fuse/kernel.ts';
import { VECTOR } from '../wgsl/vectors.ts';

interface Load {
  readonly arg: number;
  readonly index: readonly IntExpr[];
}

/** Whether a size is known, and a multiple of `by`. */
export const isMultiple = (n: number | undefined, by: number = VECTOR): boolean =>
  n !== undefined && n % by === 0;

/** Whether a tensor can be declared as an array of vectors: the length of its rows is a multiple of VECTOR. */
export const isOfVectors = (t: Prim): boolean =>
  t.dtype !== 'i32' &&
  !(t.kind === 'input' && t.storage) &&
  t.shape.length > 0 &&
  isMultiple(constantOf(t.shape.at(-1)!));

/**
 * Whether VECTOR neighbours along an axis are always one aligned vector of a load. The axis must move the
 * load by single elements, and its extent must be a multiple of VECTOR. All other axes must move it by
 * multiples of VECTOR.
 */
export function isVector({ arg, index }: Load, axis: Axis, root: LoopPrim): boolean {
  if (arg === RESULT || !isOfVectors(root.args[arg]!) || !isMultiple(constantOf(axis.extent))) return false;
  const ranges = rangesOf(loopAxes(root));
  const at = rowMajor(
    root.args[arg]!.shape,
    index.map((i) => polyOf(i, ranges)),
  );
  const moves = (t: (typeof at)[number]) => t.atoms.some((x) => axesIn(x).has(axis.name));
  const [only, ...others] = at.filter(moves);
  const single =
    others.length === 0 && only?.coef === 1 && only.atoms.length === 1 && only.atoms[0]!.k === 'axis';
  return single && at.every((t) => t === only || isMultiple(t.coef));
}

/** The arguments that an expression can load as vectors along an axis. */
export const vectorsAlong = (e: Expr, axis: Axis, root: LoopPrim): number[] =>
  loadsOf(e)
    .filter((l) => !l.integer && isVector(l, axis, root))
    .map((l) => l.arg);
