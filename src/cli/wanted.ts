import type { Span } from '../../compiler/errors/span.ts';
import type { Role, TensorType } from '../../compiler/ir/node.ts';

/** A tensor that the layer takes. */
export interface Wanted {
  readonly name: string;
  /** The output it is the gradient by; only cotangents have one. */
  readonly output?: string;
  readonly role: Role;
  readonly type: TensorType;
  readonly spans: readonly Span[];
}
