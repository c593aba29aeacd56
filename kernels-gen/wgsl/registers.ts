/** The interface of values that the invocations of a subgroup exchange. */
import type { Value } from './value.ts';

export interface Shuffles {
  /** NF4's value for a code, by a shuffle from the invocation that has it. */
  nf4(code: Value, name: (text: string, depth: number, prefix: string) => Value): Value;
}
