import type { Span } from '../../compiler/errors/span.ts';
import type { Role, TensorType } from '../../compiler/ir/node.ts';

/** A tensor that a run of the layer takes: an input or a cotangent. */
export interface Wanted {
  readonly name: string;
  /** The output that a cotangent belongs to; only cotangents have one. */
  readonly output?: string;
  readonly role: Role;
  readonly type: TensorType;
  readonly spans: readonly Span[];
}
