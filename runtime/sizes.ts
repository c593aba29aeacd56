/** The arithmetic of Plans for callers, who may pass any value: arguments are checked first. */
import { invalidArgument } from './arguments.ts';
import {
  dtypeBytes as bytesOf,
  type Extent,
  evalExtent as evaluate,
  type PlanDType,
  type PlanVariant,
  temporaryBytes as temporary,
} from './plan.ts';
import { readExtent, readVariant } from './plan-read.ts';

function countOf(tokens: number): number {
  if (typeof tokens !== 'number' || !Number.isInteger(tokens) || tokens < 0)
    throw invalidArgument('tokens', 'a whole number of at least 0', tokens);
  return tokens;
}

/** The value of an extent at a token count. Throws InvalidPlan for any other value. */
export const evalExtent = (e: Extent, tokens: number): number => evaluate(readExtent(e), countOf(tokens));

/** The bytes of an element. */
export function dtypeBytes(t: PlanDType): number {
  if (t !== 'f32' && t !== 'f16' && t !== 'i32') throw invalidArgument('a dtype', 'f32, f16 or i32', t);
  return bytesOf(t);
}

/**
 * Temporary bytes of a variant without alternatives: what the runtime allocates besides inputs and outputs. Throws
 * InvalidPlan for what is no variant.
 */
export const temporaryBytes = (v: PlanVariant, tokens: number): number =>
  temporary(readVariant(v), countOf(tokens));
