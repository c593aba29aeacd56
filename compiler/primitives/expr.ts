/**
 * The scalar language of loop bodies. An expression gives one element of a primitive's output as a function of the loop
 * axes. Integer expressions are indices, and float expressions are values. Fusion replaces a load by the body that
 * computes the loaded element; views, gathers and element-wise maps fuse like this.
 */
import type { Dim } from '../dims/dims.ts';
import type { Rational } from '../dims/rational.ts';

/** Scalar functions with the usual real meaning. `max`/`min` return an operand exactly. */
export type ScalarFn =
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'neg'
  | 'abs'
  | 'max'
  | 'min'
  | 'sqrt'
  | 'exp'
  | 'log'
  | 'sin'
  | 'cos'
  | 'tanh'
  | 'erf';

export type IntExpr =
  | { readonly k: 'axis'; readonly name: string }
  | { readonly k: 'int'; readonly value: number }
  /** A run-time size, a polynomial in `tokens`. */
  | { readonly k: 'extent'; readonly dim: Dim }
  | { readonly k: 'iadd' | 'isub' | 'imul'; readonly a: IntExpr; readonly b: IntExpr }
  /** Floor division and remainder by a positive constant, of a non-negative value. */
  | { readonly k: 'idiv' | 'imod'; readonly a: IntExpr; readonly by: number }
  /** ⌊√a⌋ of a non-negative value below 2²⁴; inverts packed triangles. */
  | { readonly k: 'isqrt'; readonly a: IntExpr }
  /** An element of an integer tensor. */
  | { readonly k: 'iload'; readonly arg: number; readonly index: readonly IntExpr[] }
  | { readonly k: 'iselect'; readonly cond: BoolExpr; readonly then: IntExpr; readonly else: IntExpr };

export type BoolExpr =
  | { readonly k: 'ilt' | 'ieq'; readonly a: IntExpr; readonly b: IntExpr }
  | { readonly k: 'flt'; readonly a: Expr; readonly b: Expr }
  | { readonly k: 'and' | 'or'; readonly a: BoolExpr; readonly b: BoolExpr }
  | { readonly k: 'not'; readonly a: BoolExpr };

export type Expr =
  | { readonly k: 'const'; readonly value: Rational }
  | { readonly k: 'fromInt'; readonly a: IntExpr }
  /** An element of args[arg], at one index for each dimension. Indices must be in range wherever the load runs. */
  | { readonly k: 'load'; readonly arg: number; readonly index: readonly IntExpr[] }
  | { readonly k: 'call'; readonly fn: ScalarFn; readonly args: readonly Expr[] }
  /** Only the chosen branch is evaluated, so a branch may load out of range where it is not taken. */
  | { readonly k: 'select'; readonly cond: BoolExpr; readonly then: Expr; readonly else: Expr };
