/** What the emitter's operands are. */
import type { Dim } from '../../compiler/dims/dims.ts';
import type { DType } from '../../compiler/ir/node.ts';
import type { Storage } from '../../compiler/primitives/storage.ts';
import type { Registers } from './registers.ts';

export interface Tensor {
  readonly dtype: DType;
  readonly shape: readonly Dim[];
  /** Absent where its elements lie one after another. */
  readonly storage?: Storage;
  /** The workgroup memory that holds it, whose contents change from one outermost block to the next; absent in storage. */
  readonly held?: string;
  /** The registers that hold it, or a copy of some of it. */
  readonly registers?: Registers;
  /** The result that is stored where it is: loads of it stay where they are, before the store. */
  readonly overwritten?: string;
  /** Declared as an array of vec4. */
  readonly vectors?: boolean;
}
