/** The kernel of one dispatch: a root primitive, and an epilogue that is applied to each result before the store. */
import { type DeviceClass, WORKGROUP_BYTES, workgroupBytesOf } from '../../compiler/devices/index.ts';
import type { Span } from '../../compiler/errors/span.ts';
import type { Expr, IntExpr } from '../../compiler/primitives/expr.ts';
import type { AttentionPrim, ContractionPrim, Prim, ReducePrim } from '../../compiler/primitives/prim.ts';
import { expressionsOf, isLoop, type LoopPrim } from '../../compiler/primitives/substitute.ts';

/** The argument index by which an epilogue loads the root's result. */
export const RESULT = -1;

/** The number of f32 elements in a workgroup's memory on every device. */
export const WORKGROUP_MEMORY = WORKGROUP_BYTES / 4;

/** The number of f32 elements in a workgroup's memory on every device of a class. */
export const workgroupMemoryOf = (device: DeviceClass): number => workgroupBytesOf(device) / 4;

/** WebGPU's default limit of storage buffers per stage. */
export const MAX_STORAGE_BINDINGS = 8;

/**
 * The largest number of tensors that the kernel of a primitive reads. Beside them it binds its result, and the kernel of
 * a solve may bind a temporary.
 */
export const mostArgs = ({ kind }: Prim): number => MAX_STORAGE_BINDINGS - (kind === 'solve' ? 2 : 1);

/**
 * An argument in whose memory a kernel stores its result. One thread alone reads each element of the argument, or one
 * workgroup alone reads each row (memory/overwrite.ts).
 */
export interface Overwritten {
  readonly tensor: Prim;
  readonly by: 'elements' | 'rows';
}

export interface Kernel {
  /** The primitive whose elements the kernel stores, row-major over the root's axes. */
  readonly tensor: Prim;
  /** The primitive that the kernel computes. Its args are inputs and tensors that other kernels store. */
  readonly root: LoopPrim | AttentionPrim;
  /** Products that are added to the result of a contraction before the epilogue, over the root's axes and args. */
  readonly added?: readonly ContractionPrim[];
  /** The value to store, over the root's axes and args; null stores the result itself. */
  readonly epilogue: Expr | null;
  /** The argument whose memory the result takes. */
  readonly overwrites?: Overwritten;
  /** Tensors that must be computed before, though the kernel reads none of them. */
  readonly follows?: readonly Prim[];
  readonly spans: readonly Span[];
}

/** All expressions that a kernel evaluates: those of its loop nests, and its epilogue. */
export const expressionsIn = ({ root, added = [], epilogue }: Kernel): readonly (Expr | IntExpr)[] => [
  ...(isLoop(root) ? [root, ...added].flatMap(expressionsOf) : []),
  ...(epilogue ? [epilogue] : []),
];

export type ContractionKernel = Kernel & { readonly root: ContractionPrim };
export type ReductionKernel = Kernel & { readonly root: ReducePrim };

/** The products that the results are sums of: the root, and those that are added to it. */
export const productsOf = ({ root, added = [] }: ContractionKernel): ContractionPrim[] => [root, ...added];
