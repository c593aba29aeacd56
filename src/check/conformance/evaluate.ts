/** Evaluates expressions at one random point, twice: with every matrix formed, and structured. */
import { programOf } from '../../../compiler/extend/draw.ts';
import { lowerProgram } from '../../../compiler/ir/lower.ts';
import type { Node, Program } from '../../../compiler/ir/node.ts';
import type { Domain, TensorValue } from '../../../compiler/semantics/domains/domain.ts';
import { FieldSingular, field } from '../../../compiler/semantics/domains/field.ts';
import { float64 } from '../../../compiler/semantics/domains/float64.ts';
import { interpret } from '../../../compiler/semantics/interpret.ts';
import { fieldValues, realValues, type Values } from '../../identity/values.ts';

export type Expressions = Readonly<Record<string, Node>>;
export type Evaluated = Readonly<Record<string, TensorValue<number>>>;

export interface Evaluations {
  /** The values with every operator formed, as the expression is written. */
  readonly dense: Evaluated;
  /** The values with structured matrices that multiply without being formed. */
  readonly structured: Evaluated;
}

const REDRAWS = 20;
/** The token count of instances that have tokens. */
const TOKENS = 3;

function both(program: Program, domain: Domain<number>, at: Values): Evaluations {
  const way = (structured: boolean) => interpret(lowerProgram(program, { structured }), domain, at, TOKENS);
  return { dense: way(false), structured: way(true) };
}

/** Evaluates at a random point of the prime field. It draws another point when a matrix has no inverse. */
export function inField(expressions: Expressions, next: () => number): Evaluations {
  const program = programOf('conformance', expressions);
  for (let redraw = 0; ; redraw++) {
    try {
      return both(program, field(Math.floor(next() * 2 ** 31)), fieldValues(program, TOKENS, next));
    } catch (e) {
      if (!(e instanceof FieldSingular) || redraw === REDRAWS) throw e;
    }
  }
}

export function inFloat64(expressions: Expressions, next: () => number): Evaluations {
  const program = programOf('conformance', expressions);
  return both(program, float64, realValues(program, TOKENS, next));
}

/** The first element that differs, as `element 3 is 2 and should be 5`; undefined if all are equal. */
export function difference(
  actual: TensorValue<number>,
  expected: TensorValue<number>,
  differ = (a: number, e: number): boolean => a !== e,
): string | undefined {
  if (actual.values.length !== expected.values.length)
    return `${actual.values.length} elements where there should be ${expected.values.length}`;
  const i = expected.values.findIndex((e, k) => differ(actual.values[k]!, e));
  return i < 0 ? undefined : `element ${i} is ${actual.values[i]} and should be ${expected.values[i]}`;
}
