/** Compares two programs at a random point of the prime field. */
import type { Program } from '../../compiler/ir/node.ts';
import type { PrimProgram } from '../../compiler/primitives/prim.ts';
import { FieldSingular, field, P } from '../../compiler/semantics/domains/field.ts';
import { interpret } from '../../compiler/semantics/interpret.ts';
import { fieldValues, firstDifference } from './values.ts';

/**
 * The largest number of draws of a point. Another is drawn where a matrix has no inverse, which happens about once in p
 * draws over the field.
 */
export const REDRAWS = 20;

/** The result of a trial: a failure, or the reason why it has nothing to compare. */
export interface Trial {
  readonly failure?: string;
  readonly empty?: string;
}

/** Compares what is derived with what is written. `program` has the inputs of both. */
export function tryOverField(
  program: Program,
  derived: PrimProgram,
  written: PrimProgram,
  tokens: number,
  next: () => number,
): Trial {
  const domain = field(Math.floor(next() * 2 ** 31));
  let exists = false;
  for (let draw = 0; draw < REDRAWS; draw++) {
    const inputs = fieldValues(program, tokens, next);
    try {
      const expected = interpret(written, domain, inputs, tokens);
      exists = true;
      const d = firstDifference(expected, interpret(derived, domain, inputs, tokens));
      return d ? { failure: `${d.output}[${d.index}] is ${d.actual}, written ${d.expected} (mod ${P})` } : {};
    } catch (e) {
      if (!(e instanceof FieldSingular)) throw e;
    }
  }
  // Every draw divides by 0, as in the gradient of an empty norm: there is nothing to compare.
  return exists
    ? { failure: 'the derived program divides by 0 where the written one does not' }
    : { empty: 'it divides by 0' };
}
