/** The type of the emitter's operands. */
import type { Dim } from '../../compiler/dims/dims.ts';
import type { DType } from '../../compiler/ir/node.ts';
import type { IntExpr } from '../../compiler/primitives/expr.ts';
import type { Storage } from '../../compiler/primitives/storage.ts';
import type { Value } from './value.ts';

export interface Tensor {
  readonly dtype: DType;
  readonly shape: readonly Dim[];
  /** The encoding of the tensor's elements; if absent, they are plain elements one after another. */
  readonly storage?: Storage;
  /**
   * The workgroup memory that has the tensor, whose content changes between outermost blocks; absent for one
   * in storage.
   */
  readonly held?: string;
  /** The result that is stored over the tensor. Loads of the tensor must stay before the store. */
  readonly overwritten?: string;
  /** The variable of an invocation that has an element. Where the index is not `inside` the shape, any will do. */
  readonly variable?: (index: readonly IntExpr[], inside: boolean) => Value;
  /** Whether statements change the tensor, so that each use loads it again. */
  readonly changes?: true;
  /** Whether the tensor is declared as an array of vec4. */
  readonly vectors?: boolean;
}
