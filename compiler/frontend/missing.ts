/** Advice for an element that a list does not have. */
import type { Evaluation } from './evaluation.ts';
import { ts } from './ts-host.ts';
import { isArray, type Scope } from './values.ts';

/** Advice for an absent argument that is an element of a list: `: 'p' has 2 elements, p[0] to p[1], and i is 2`. */
export function noElement(I: Evaluation, argument: ts.Expression, scope: Scope): string {
  const access = ts.isNonNullExpression(argument) ? argument.expression : argument;
  if (!ts.isElementAccessExpression(access)) return '';
  const [list, key] = [access.expression, access.argumentExpression];
  if (!ts.isIdentifier(list)) return '';
  const [elements, index] = [list, key].map((n) => I.evaluate(n, scope));
  if (!isArray(elements) || typeof index !== 'number') return '';
  const name = list.text;
  if (index < 0)
    return `: '${name}' has no element ${index}; to count from its end, write ${name}.at(${key.getText()})!`;
  if (elements.length === 0) return `: '${name}' has no elements`;
  const last = elements.length - 1;
  const has =
    last === 0 ? `one element, ${name}[0]` : `${elements.length} elements, ${name}[0] to ${name}[${last}]`;
  const is = ts.isNumericLiteral(key) ? '' : `, and ${key.getText()} is ${index}`;
  return `: '${name}' has ${has}${is}${beforeEnd(key, name)}`;
}

/** Advice for a loop whose condition lets its index reach the length of the list. */
function beforeEnd(key: ts.Expression, name: string): string {
  const condition = ts.findAncestor(key, ts.isForStatement)?.condition?.getText();
  const counts = condition?.replaceAll(/\s/g, '') === `${key.getText()}<=${name}.length`;
  return counts ? `: write ${key.getText()} < ${name}.length` : '';
}
