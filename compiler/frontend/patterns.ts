/** Binds values to names and destructuring patterns. */
import type { Evaluation } from './evaluation.ts';
import { member } from './members.ts';
import { ts } from './ts-host.ts';
import { describe, isArray, isObject, type Scope, staticObject, type Value } from './values.ts';

export function bind(
  I: Evaluation,
  name: ts.BindingName,
  value: Value,
  scope: Scope,
  mutable: boolean,
): void {
  if (ts.isIdentifier(name)) {
    const symbol = I.checker.getSymbolAtLocation(name);
    if (symbol) scope.variables.set(symbol, { value, mutable });
  } else if (ts.isObjectBindingPattern(name)) bindObject(I, name, value, scope, mutable);
  else bindArray(I, name, value, scope, mutable);
}

function bindObject(
  I: Evaluation,
  pattern: ts.ObjectBindingPattern,
  value: Value,
  scope: Scope,
  mutable: boolean,
): void {
  if (value === undefined || value === null)
    I.refuse('OFT1017', `cannot take properties of ${describe(value)}`, pattern);
  const taken: string[] = [];
  for (const element of pattern.elements) {
    if (element.dotDotDotToken) {
      if (!isObject(value)) I.refuse('OFT1017', `cannot take the rest of ${describe(value)}`, element);
      const rest = Object.entries(value).filter(([k]) => !taken.includes(k));
      bind(I, element.name, staticObject(rest), scope, mutable);
      continue;
    }
    const key = propertyKey(I, element.propertyName ?? (element.name as ts.Identifier), scope);
    taken.push(key);
    bindElement(I, element, member(I, value, key, element), scope, mutable);
  }
}

function bindArray(
  I: Evaluation,
  pattern: ts.ArrayBindingPattern,
  value: Value,
  scope: Scope,
  mutable: boolean,
): void {
  if (!isArray(value))
    I.refuse('OFT1017', `only an array can be destructured by position, not ${describe(value)}`, pattern);
  pattern.elements.forEach((element, i) => {
    if (ts.isOmittedExpression(element)) return;
    if (element.dotDotDotToken) bind(I, element.name, value.slice(i), scope, mutable);
    else bindElement(I, element, value[i], scope, mutable);
  });
}

function bindElement(
  I: Evaluation,
  element: ts.BindingElement,
  value: Value,
  scope: Scope,
  mutable: boolean,
): void {
  const given = value === undefined && element.initializer ? I.evaluate(element.initializer, scope) : value;
  bind(I, element.name, given, scope, mutable);
}

/** The key that a property name stands for. */
export function propertyKey(I: Evaluation, name: ts.PropertyName, scope: Scope): string {
  if (ts.isComputedPropertyName(name)) {
    const key = I.evaluate(name.expression, scope);
    if (typeof key === 'string' || typeof key === 'number') return String(key);
    return I.refuse('OFT1017', `a property is named by a string or a number, not ${describe(key)}`, name);
  }
  if (ts.isBigIntLiteral(name) || ts.isPrivateIdentifier(name)) return I.unsupported(name);
  return ts.isNumericLiteral(name) ? String(Number(name.text)) : name.text;
}
