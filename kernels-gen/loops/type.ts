/**
 * The loop form of a kernel: statements in loops over memories. Every kernel starts as the naive loops of its primitive
 * (naive.ts). Steps (schedule/steps) change the loops and keep the meaning, and print/ makes shader code of the result.
 * Expressions are the scalar language of primitives, whose `load` of argument n reads memory n of the kernel.
 */
import { type Dim, dimConst } from '../../compiler/dims/dims.ts';
import type { BoolExpr, Expr, IntExpr } from '../../compiler/primitives/expr.ts';
import type { Axis, DType } from '../../compiler/primitives/prim.ts';
import type { Storage } from '../../compiler/primitives/storage.ts';

/**
 * The place of a memory. `input`, `output`, `temporary`: a buffer that all workgroups see. `workgroup`: an array
 * that the invocations of
 * one workgroup share. `register`: variables, of which each invocation has its own. `lanes`: registers that the other
 * invocations of a subgroup can read. The last index is the lane (the invocation's number in its subgroup): element
 * [i, l] is register [i] of lane l, which alone stores there. A read of another lane's register is a shuffle. `matrix`:
 * subgroup matrices, which the invocations of a subgroup have together. The last two indices are the row and the column.
 */
export type Space = 'input' | 'output' | 'temporary' | 'workgroup' | 'register' | 'lanes' | 'matrix';

export interface Memory {
  readonly name: string;
  readonly space: Space;
  readonly shape: readonly Dim[];
  readonly dtype: DType;
  /** The encoding of a quantised input. Loads give the values. */
  readonly storage?: Storage;
  /** The number of the output in whose buffer this input lies. A store to that output replaces the input's element. */
  readonly alias?: number;
  /** Whether the buffer is declared as an array of vec4. */
  readonly vectors?: true;
}

/** A number of iterations: the least integer that is not smaller than of / by. */
export interface Trips {
  readonly of: Dim;
  readonly by: number;
}

/**
 * The execution of a loop's iterations. `serial`: one after the other. `opaque`: as `serial`, and the driver cannot know
 * the number, so that it does not unroll the loop. `unrolled`: as `serial`, printed once for each iteration.
 * `workgroup`: each in a workgroup of its own. `subgroup`: each in another subgroup of the workgroup, in as many rounds as
 * that takes. All subgroups run each round, and the axis of those that have no iteration left is beyond the last one.
 * `invocation`: each in other invocations of the workgroup. `vector`: all at once, as the parts of a vec4. `matrix`: all
 * at once by a whole subgroup, as the elements of a matrix (matrices.ts).
 */
export type How =
  | 'serial'
  | 'opaque'
  | 'unrolled'
  | 'workgroup'
  | 'subgroup'
  | 'invocation'
  | 'vector'
  | 'matrix';

export type Combine = 'sum' | 'max';

export type Statement =
  | For
  /** Names an integer for the statements after it in the same block. It lies in [0, extent). */
  | { readonly k: 'let'; readonly name: string; readonly value: IntExpr; readonly extent: Dim }
  /** Defines axes for the statements after it: the digits of the row-major position `of` over them. */
  | { readonly k: 'digits'; readonly axes: readonly Axis[]; readonly of: IntExpr }
  | { readonly k: 'if'; readonly cond: BoolExpr; readonly body: Body }
  | Store
  /**
   * Replaces an element by its sum or maximum with a value. A product that is added `fused` is not rounded before the
   * sum is.
   */
  | (Omit<Store, 'k'> & { readonly k: 'accumulate'; readonly combine: Combine; readonly fused?: true })
  /** Replaces a register of every invocation of a subgroup by the sum or maximum of all. */
  | {
      readonly k: 'collect';
      readonly to: number;
      readonly index: readonly IntExpr[];
      readonly combine: Combine;
    }
  /** Waits for all invocations of a workgroup or subgroup. They then see what others stored before. */
  | { readonly k: 'barrier'; readonly scope: 'subgroup' | 'workgroup' };

export type Body = readonly Statement[];

export interface For {
  readonly k: 'for';
  readonly axis: string;
  /** The number of iterations; with `from`, the end of the axis's values. */
  readonly trips: Trips;
  readonly how: How;
  /** The axis starts here and grows by `step`, until it reaches `trips`. Absent: from 0 by 1. */
  readonly from?: { readonly value: IntExpr; readonly step: number };
  /** The axis ends before this value, which is at most `trips`. Absent: it ends with `trips`. */
  readonly end?: IntExpr;
  /** With `invocation`: the axis is ⌊invocation / stride⌋ mod trips. */
  readonly stride?: number;
  readonly body: Body;
}

export interface Store {
  readonly k: 'store';
  /** The number of the memory. */
  readonly to: number;
  readonly index: readonly IntExpr[];
  readonly value: Expr;
}

export interface LoopKernel {
  readonly memories: readonly Memory[];
  /** The number of invocations of a workgroup. */
  readonly threads: number;
  readonly body: Body;
}

/** A kernel's naive loops, the steps of its schedule as text, and the loops that the steps make. */
export interface Scheduled {
  readonly naive: LoopKernel;
  readonly steps: readonly string[];
  readonly loops: LoopKernel;
  /**
   * Applies the same steps to other naive loops, and may check the kernel after each step. Absent for nests that were
   * scheduled one by one and joined.
   */
  readonly again?: (naive: LoopKernel, isEachChecked?: boolean) => LoopKernel;
}

export const trips = (of: Dim, by = 1): Trips => ({ of, by });

/** A loop of `size` iterations from 0, whose axis is the invocation's number where invocations run it. */
export const loop = (axis: string, size: number, how: How, body: Body): For => ({
  ...{ k: 'for', axis, trips: trips(dimConst(size)), how, body },
  ...(how === 'invocation' ? { stride: 1 } : {}),
});

/** The number of parts of a vector. */
export const VECTOR = 4;
