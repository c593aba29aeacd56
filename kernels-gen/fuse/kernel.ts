/** What one dispatch computes: a root loop nest and what is done to each of its results before the store. */
import type { Span } from '../../compiler/errors/span.ts';
import type { Expr, IntExpr } from '../../compiler/primitives/expr.ts';
import type { ContractionPrim, Prim } from '../../compiler/primitives/prim.ts';
import {
  expressionsOf,
  isLoop,
  type LoopPrim,
  type WholePrim,
} from '../../compiler/primitives/substitute.ts';

/** The argument number by which an epilogue loads the root's result. */
export const RESULT = -1;

/** WebGPU's default limit of storage buffers per stage. */
export const MAX_STORAGE_BINDINGS = 8;

/** A tensor in whose place a kernel stores its result: by what a thread, or a workgroup, alone reads of it (families/overwrite.ts). */
export interface Overwritten {
  readonly tensor: Prim;
  readonly by: 'elements' | 'rows';
}

export interface Kernel {
  /** The primitive whose elements are stored, row-major over the root's axes. */
  readonly tensor: Prim;
  /** Its args are the tensors read: inputs, and tensors that other kernels store. */
  readonly root: LoopPrim | WholePrim;
  /** Products over the root's axes and args, of a contraction: they are added to its result before anything else. */
  readonly added?: readonly ContractionPrim[];
  /** Over the root's axes and args; null stores the result itself. */
  readonly epilogue: Expr | null;
  /** One of the args. */
  readonly overwrites?: Overwritten;
  /** Tensors that are computed before it, though it reads none of them. */
  readonly follows?: readonly Prim[];
  readonly spans: readonly Span[];
}

/** Everything that a kernel evaluates: its loop nests' expressions and its epilogue. */
export const expressionsIn = ({ root, added = [], epilogue }: Kernel): readonly (Expr | IntExpr)[] => [
  ...(isLoop(root) ? [root, ...added].flatMap(expressionsOf) : []),
  ...(epilogue ? [epilogue] : []),
];
