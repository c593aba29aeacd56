/** Compares what two ways compute. */

import { outside } from '../../compiler/semantics/domains/bound.ts';
import type { Pair, TensorValue } from '../../compiler/semantics/domains/domain.ts';
import { relativeError, type Values } from '../support/evaluate.ts';

/** The error for two ways that compute unlike results for one call. */
export class Disagreement extends Error {
  override readonly name = 'Disagreement';
}

/** The largest difference of float64 results, relative to the largest element, or to 1 where that is larger. */
export const TOLERANCE = 1e-9;

function checkNames(expected: object, actual: object): void {
  const [own, other] = [expected, actual].map((v) => Object.keys(v).sort().join(', '));
  if (own !== other) throw new Disagreement(`it gives ${other || 'nothing'}, not ${own}`);
}

const first = (a: ArrayLike<number>, b: ArrayLike<number>, differs: (a: number, b: number) => boolean) => {
  for (let i = 0; i < a.length; i++) if (differs(a[i]!, b[i]!)) return `element ${i} is ${b[i]}, not ${a[i]}`;
  return '';
};

/** Throws Disagreement where an element differs at all. */
export function checkEqual(expected: Values, actual: Values, where: string): void {
  checkNames(expected, actual);
  for (const [name, { values }] of Object.entries(expected)) {
    const own = actual[name]!.values;
    const differs =
      own.length === values.length
        ? first(values, own, (a, b) => !Object.is(a, b))
        : `it has ${own.length} elements, not ${values.length}`;
    if (differs !== '') throw new Disagreement(`${name} ${where}: ${differs}`);
  }
}

/** Throws Disagreement where float64 results differ by more than the order of sums explains. */
export function checkClose(expected: Values, actual: Values, where: string): void {
  checkNames(expected, actual);
  for (const [name, value] of Object.entries(expected)) {
    const error = relativeError(value, actual[name]!);
    if (error < TOLERANCE) continue;
    const scale = value.values.reduce((m, x) => Math.max(m, Math.abs(x)), 1);
    const at = first(value.values, actual[name]!.values, (a, b) => !(Math.abs(a - b) < TOLERANCE * scale));
    throw new Disagreement(`${name} ${where}: relative error ${error}; ${at}`);
  }
}

/** Throws Disagreement where a device's result lies outside of the bound of the reference. */
export function checkWithin(
  expected: Readonly<Record<string, TensorValue<Pair>>>,
  actual: Values,
  where: string,
): void {
  checkNames(expected, actual);
  for (const [name, value] of Object.entries(expected)) {
    const found = outside(actual[name]!.values, value);
    if (found) throw new Disagreement(`${name} ${where}: ${JSON.stringify(found)}`);
  }
}
