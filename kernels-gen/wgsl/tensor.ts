/** The type of the emitter's operands. */
import type { Dim } from '../../compiler/dims/dims.ts';
import type { DType } from '../../compiler/ir/node.ts';
import type { Storage } from '../../compiler/primitives/storage.ts';
import type { Registers } from './registers.ts';

export interface Tensor {
  readonly dtype: DType;
  readonly shape: readonly Dim[];
  /** How its elements are encoded; if absent, they are plain elements one after another. */
  readonly storage?: Storage;
  /** The workgroup memory that it is in, which changes from one outermost block to the next; absent for one in storage. */
  readonly held?: string;
  /** The registers that it, or a copy of a part of it, is in. */
  readonly registers?: Registers;
  /** The result that is stored over it. Loads of it must stay before the store. */
  readonly overwritten?: string;
  /** Whether it is declared as an array of vec4. */
  readonly vectors?: boolean;
}
