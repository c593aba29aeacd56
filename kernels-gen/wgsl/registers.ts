/** Tensors that the invocations of a subgroup hold in registers. A recipe that holds them so says where elements are. */
import type { Dim } from '../../compiler/dims/dims.ts';
import type { Poly } from '../../compiler/primitives/affine.ts';
import type { IntExpr } from '../../compiler/primitives/expr.ts';
import type { Value } from './value.ts';

/** What finding an element takes of the emitter. */
export interface Finder {
  position(shape: readonly Dim[], index: readonly IntExpr[]): Poly;
  sum(p: Poly): Value;
  /** The element of an array of vectors at a place that is known when it runs. */
  partAt(name: string, place: string, depth: number): string;
  name(text: string, depth: number, prefix: string): Value;
  readonly depth: number;
  readonly shuffles: Shuffles | undefined;
}

/** What the invocations of a subgroup hand each other. */
export interface Shuffles {
  /** NF4's value of a code, from the invocations that hold all values. */
  nf4(code: Value, name: Finder['name']): Value;
}

export interface Registers {
  /** A name for messages of errors. */
  readonly name: string;
  /** Whether they hold a copy: what they do not have is loaded from where the tensor is. */
  readonly isCopy: boolean;
  /**
   * An element that an invocation holds, or that others hand it; undefined where it is neither, as far as is known before the
   * kernel runs. An index that is not known to be `inside` the tensor is clamped to it.
   */
  find(shape: readonly Dim[], index: readonly IntExpr[], inside: boolean, finder: Finder): Value | undefined;
}
