/** Operators for models of sequences. */
import type { Shape } from './shape.ts';
import { call, type Tensor } from './tensor.ts';

/** The shape with a last axis of size 1. */
type Reduced<S extends Shape> = S extends readonly [...infer P extends Shape, string] ? [...P, '1'] : Shape;

export interface AttentionOptions {
  /** The factor that scores are multiplied by; 1/√channels unless given. */
  readonly scale?: number;
  /** The bound of the scores s, which then are softCap·tanh(s/softCap); if absent, they have none. */
  readonly softCap?: number;
}

/**
 * Causal attention of packed sequences. It stores no scores. q is (tokens, heads, channels). k and v are (tokens, key
 * heads, channels); each key head serves heads / key heads consecutive heads of q. start (tokens) has the first token
 * of each token's sequence, as an integer. Token i sees start[i] ≤ j ≤ i; a token that sees nothing (start[i] > i)
 * gets zeros. A start of (tokens, 2) holds the first and the last key that each token sees; k and v may then have any
 * number of rows.
 */
export function attention<S extends Shape>(
  q: Tensor<S>,
  k: Tensor,
  v: Tensor,
  start: Tensor,
  options?: AttentionOptions,
): Tensor<S> {
  return call('attention', q, k, v, start, options);
}

/** log Σ exp along the last axis, which remains with size 1. */
export function logSumExp<S extends Shape>(a: Tensor<S>): Tensor<Reduced<S>> {
  return call('logSumExp', a);
}

/** The element of the last axis at an i32 index for each row: (…, n), (…) → (…, 1). */
export function pick<S extends Shape>(a: Tensor<S>, index: Tensor): Tensor<Reduced<S>> {
  return call('pick', a, index);
}
