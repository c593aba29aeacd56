/** Evaluates expressions of a program's inputs as they are written, at given and at random points. */
import type { Binding } from '../../compiler/dims/dims.ts';
import { OftcError } from '../../compiler/errors/error.ts';
import { lowerProgram } from '../../compiler/ir/lower.ts';
import type { Output, Program } from '../../compiler/ir/node.ts';
import type { PrimProgram } from '../../compiler/primitives/prim.ts';
import type { Domain } from '../../compiler/semantics/domains/domain.ts';
import { FieldSingular, field } from '../../compiler/semantics/domains/field.ts';
import { interpret } from '../../compiler/semantics/interpret.ts';
import { fieldValues, type Values } from '../identity/values.ts';
import type { Evaluate } from './rounding.ts';

/** The largest number of redraws of a matrix without an inverse. Over the field, about one matrix in p has none. */
const REDRAWS = 20;

/** A program at certain sizes, and the number of random points to try. */
export interface At {
  readonly program: Program;
  readonly sizes: Binding;
  readonly trials: number;
  readonly seed: number;
}

/** The evaluation of a lowered program. */
export const evaluate =
  (program: PrimProgram): Evaluate =>
  (domain, at, tokens) =>
    interpret(program, domain, at, tokens);

/** Lowers the expressions once, with every operator formed. */
export function evaluator(program: Program, outputs: readonly Output[]): Evaluate {
  return evaluate(lowerProgram({ ...program, outputs }, { structured: false }));
}

/** Draws points over the field until every inverse exists. Throws OFT3007 if none of the draws has all inverses. */
export function drawn<R>(
  program: Program,
  tokens: number,
  next: () => number,
  use: (domain: Domain<number>, at: Values) => R,
): R {
  for (let draw = 0; draw < REDRAWS; draw++) {
    try {
      return use(field(Math.floor(next() * 2 ** 31)), fieldValues(program, tokens, next));
    } catch (e) {
      if (!(e instanceof FieldSingular)) throw e;
    }
  }
  throw new OftcError(
    'OFT3007',
    `an inverse that '${program.name}' or its claims take exists for none of ${REDRAWS} random draws`,
  );
}
