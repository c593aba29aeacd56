/** The interface of tensors in a subgroup's registers. A recipe with such tensors says where their elements are. */
import type { Dim } from '../../compiler/dims/dims.ts';
import type { Poly } from '../../compiler/primitives/affine.ts';
import type { IntExpr } from '../../compiler/primitives/expr.ts';
import type { Value } from './value.ts';

/** The functions of the emitter that finding an element uses. */
export interface Finder {
  position(shape: readonly Dim[], index: readonly IntExpr[]): Poly;
  sum(p: Poly): Value;
  /** WGSL for the element of an array of vectors at a variable index. */
  partAt(name: string, place: string, depth: number): string;
  name(text: string, depth: number, prefix: string): Value;
  readonly depth: number;
  readonly shuffles: Shuffles | undefined;
}

/** Values that the invocations of a subgroup exchange by shuffles. */
export interface Shuffles {
  /** NF4's value for a code, by a shuffle from the invocation that has it. */
  nf4(code: Value, name: Finder['name']): Value;
}

export interface Registers {
  /** A name for error messages. */
  readonly name: string;
  /** Whether the registers are a copy. An element that they do not have is then loaded from the tensor. */
  readonly isCopy: boolean;
  /**
   * An element that an invocation has itself, or gets by shuffles; undefined where neither is certain before the
   * kernel runs. An index that is not known to be `inside` the tensor is clamped.
   */
  find(shape: readonly Dim[], index: readonly IntExpr[], inside: boolean, finder: Finder): Value | undefined;
}
