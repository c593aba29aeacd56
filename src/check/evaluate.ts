/** Expressions of a program's inputs, as they are written, at given and at random points. */
import type { Domain, TensorValue } from '../../compiler/ir/domains/domain.ts';
import { FieldSingular, field } from '../../compiler/ir/domains/field.ts';
import { OftcError } from '../../compiler/ir/error.ts';
import { interpret } from '../../compiler/ir/interpret.ts';
import type { Output, Program } from '../../compiler/ir/node.ts';
import { lowerProgram } from '../../compiler/primitives/lower.ts';
import { fieldValues, type Values } from './values.ts';

/** Redraws where a random matrix over the field has no inverse; each has a chance of about 1/p. */
const REDRAWS = 20;

export type Evaluator = (
  domain: Domain<number>,
  at: Values,
  tokens: number,
) => Record<string, TensorValue<number>>;

/** Lowers the expressions once; every operator is formed. */
export function evaluator(program: Program, outputs: readonly Output[]): Evaluator {
  const lowered = lowerProgram({ ...program, outputs }, { structured: false });
  return (domain, at, tokens) => interpret(lowered, domain, at, tokens);
}

/** Draws over the field until every inverse exists. Throws OFT3007 where none ever does. */
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
