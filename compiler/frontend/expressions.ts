/** Evaluates expressions: names, accesses, calls and literals. Arithmetic is in arithmetic.ts. */
import { OftcError } from '../errors/error.ts';
import { PROTOTYPE_ADVICE } from '../records.ts';
import { assign, binary, unary } from './arithmetic.ts';
import { costOf, type Evaluation } from './evaluation.ts';
import { callLayerValue } from './language.ts';
import { member } from './members.ts';
import { noElement } from './missing.ts';
import { propertyKey } from './patterns.ts';
import { ts } from './ts-host.ts';
import {
  type Callable,
  Closure,
  describe,
  isArray,
  isObject,
  isPrimitive,
  LayerValue,
  Method,
  Native,
  Scope,
  staticObject,
  type Value,
} from './values.ts';

/** Marks a chain of accesses that a `?.` has ended: where `a` is undefined, all of `a?.b.c` is. */
const ABSENT = Symbol('absent');
type Link = Value | typeof ABSENT;

export function evaluateExpression(I: Evaluation, node: ts.Expression, scope: Scope): Value {
  if (ts.isIdentifier(node)) return I.resolve(node, scope);
  if (ts.isNumericLiteral(node)) return Number(node.text);
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node))
    return accessValue(I, node, scope);
  if (ts.isCallExpression(node)) {
    const value = link(I, node, scope);
    return value === ABSENT ? undefined : value;
  }
  if (
    ts.isParenthesizedExpression(node) ||
    ts.isAsExpression(node) ||
    ts.isSatisfiesExpression(node) ||
    ts.isNonNullExpression(node) ||
    ts.isTypeAssertionExpression(node) ||
    ts.isExpressionWithTypeArguments(node)
  ) {
    return I.evaluate(node.expression, scope);
  }
  if (ts.isBinaryExpression(node)) {
    return isAssignment(node.operatorToken.kind) ? assign(I, node, scope) : binary(I, node, scope);
  }
  if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) return unary(I, node, scope);
  if (ts.isConditionalExpression(node)) {
    const holds = I.truth(I.evaluate(node.condition, scope), node.condition);
    return I.evaluate(holds ? node.whenTrue : node.whenFalse, scope);
  }
  if (ts.isArrowFunction(node)) return I.closure(node, scope);
  if (ts.isFunctionExpression(node)) return functionExpression(I, node, scope);
  if (ts.isObjectLiteralExpression(node)) return objectLiteral(I, node, scope);
  if (ts.isArrayLiteralExpression(node)) return elements(I, node.elements, scope);
  if (ts.isTemplateExpression(node)) return template(I, node, scope);
  if (ts.isTypeOfExpression(node)) return typeOf(I.evaluate(node.expression, scope));
  if (node.kind === ts.SyntaxKind.TrueKeyword) return true;
  if (node.kind === ts.SyntaxKind.FalseKeyword) return false;
  if (node.kind === ts.SyntaxKind.NullKeyword) return null;
  return I.unsupported(node);
}

export const isAssignment = (kind: ts.SyntaxKind): boolean =>
  kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;

type Access = ts.PropertyAccessExpression | ts.ElementAccessExpression;

function accessValue(I: Evaluation, node: Access, scope: Scope): Value {
  const value = link(I, node, scope);
  if (value === ABSENT) return undefined;
  if (value instanceof Method) {
    return I.refuse(
      'OFT1001',
      `a method without its receiver is not part of the language: write (…) => ${node.getText()}(…)`,
      node,
    );
  }
  return value;
}

/** Evaluates one access or call of a chain such as `a?.b.c()`. An absent receiver of `?.` ends the whole chain. */
function link(I: Evaluation, node: Access | ts.CallExpression, scope: Scope): Link {
  const receiver = linkOf(I, node.expression, scope);
  if (receiver === ABSENT) return ABSENT;
  if (node.questionDotToken && (receiver === undefined || receiver === null)) return ABSENT;
  if (ts.isCallExpression(node)) return call(I, node, receiver, scope);
  if (ts.isPropertyAccessExpression(node)) {
    if (ts.isPrivateIdentifier(node.name)) return I.unsupported(node.name);
    const none = receiver === undefined ? noElement(I, node.expression, scope) : '';
    if (none) return I.refuse('OFT1020', `there is no ${node.expression.getText()}${none}`, node.expression);
    return member(I, receiver, node.name.text, node);
  }
  const key = I.evaluate(node.argumentExpression, scope);
  if (isArray(receiver) && typeof key === 'number') return receiver[key];
  if (typeof receiver === 'string' && typeof key === 'number') return receiver[key];
  if (typeof key === 'string' || (typeof key === 'number' && isObject(receiver)))
    return member(I, receiver, String(key), node);
  return I.refuse(
    'OFT1017',
    `${describe(receiver)} cannot be indexed by ${describe(key)}`,
    node.argumentExpression,
  );
}

/**
 * Evaluates the receiver of an access or call. The receiver belongs to the same chain unless it stands in
 * parentheses.
 */
function linkOf(I: Evaluation, node: ts.Expression, scope: Scope): Link {
  if (ts.isNonNullExpression(node) && ts.isOptionalChain(node.expression))
    return linkOf(I, node.expression, scope);
  if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) return link(I, node, scope);
  if (ts.isCallExpression(node) && ts.isOptionalChain(node)) return link(I, node, scope);
  return I.evaluate(node, scope);
}

function call(I: Evaluation, node: ts.CallExpression, callee: Value, scope: Scope): Value {
  if (node.expression.kind === ts.SyntaxKind.ImportKeyword) return I.unsupported(node.expression);
  const args = elements(I, node.arguments, scope);
  if (callee instanceof LayerValue) return callLayerValue(I, callee, args, node);
  if (!isCallable(callee))
    return I.refuse('OFT1017', `${describe(callee)} cannot be called`, node.expression);
  if (callee instanceof Closure) checkElements(I, callee, node, args, scope);
  try {
    return I.call(callee, args, node);
  } catch (e) {
    const first = node.arguments[args.indexOf(undefined)];
    if (!(e instanceof OftcError) || e.code !== 'OFT1020' || callee instanceof Closure || !first) throw e;
    throw new OftcError(e.code, `${e.message}${noElement(I, first, scope)}`, e.spans);
  }
}

/** Throws OFT1020 for an element that a list does not have, as the argument of a function that needs one. */
function checkElements(
  I: Evaluation,
  { node: f }: Closure,
  { arguments: given }: ts.CallExpression,
  args: readonly Value[],
  scope: Scope,
): void {
  if (given.some(ts.isSpreadElement)) return;
  for (const [i, p] of f.parameters.entries()) {
    const argument = given[i];
    if (!argument || args[i] !== undefined || p.initializer || p.questionToken || p.dotDotDotToken) continue;
    const type = I.checker.getTypeAtLocation(p);
    const optional = [type, ...(type.isUnion() ? type.types : [])].some((t) => t.flags & MAY_BE_ABSENT());
    const none = optional ? '' : noElement(I, argument, scope);
    if (none) I.refuse('OFT1020', `there is no ${argument.getText()}${none}`, argument);
  }
}

const MAY_BE_ABSENT = (): number => ts.TypeFlags.Undefined | ts.TypeFlags.Any | ts.TypeFlags.Unknown;

const isCallable = (v: Value): v is Callable => v instanceof Closure || v instanceof Native;

/** Evaluates elements of an array or arguments of a call, with spreads. */
function elements(I: Evaluation, nodes: readonly ts.Expression[], scope: Scope): Value[] {
  if (!nodes.some(ts.isSpreadElement))
    return nodes.map((e) => (ts.isOmittedExpression(e) ? undefined : I.evaluate(e, scope)));
  let length = 0;
  return nodes.flatMap((e): readonly Value[] => {
    const own = ts.isSpreadElement(e)
      ? spreadOf(I, I.evaluate(e.expression, scope), e)
      : [ts.isOmittedExpression(e) ? undefined : I.evaluate(e, scope)];
    length += own.length;
    I.spend(costOf(own.length), e);
    I.checkLength(length, 'elements', e);
    return own;
  });
}

/** Whether a property is `__proto__`, in quotes or not. In brackets it is a name like any other. */
const isPrototype = (name: ts.PropertyName): boolean =>
  (ts.isIdentifier(name) || ts.isStringLiteralLike(name)) && name.text === '__proto__';

function spreadOf(I: Evaluation, spread: Value, at: ts.Node): readonly Value[] {
  if (isArray(spread)) return spread;
  return typeof spread === 'string'
    ? [...spread]
    : I.refuse('OFT1017', `${describe(spread)} cannot be spread into a list`, at);
}

function objectLiteral(I: Evaluation, node: ts.ObjectLiteralExpression, scope: Scope): Value {
  return staticObject(
    node.properties.flatMap((p): [string, Value][] => {
      if (ts.isPropertyAssignment(p) && isPrototype(p.name)) return I.refuse('OFT1001', PROTOTYPE_ADVICE, p);
      if (ts.isPropertyAssignment(p))
        return [[propertyKey(I, p.name, scope), I.evaluate(p.initializer, scope)]];
      if (ts.isShorthandPropertyAssignment(p)) return [[p.name.text, I.evaluate(p.name, scope)]];
      if (ts.isMethodDeclaration(p)) return [[propertyKey(I, p.name, scope), I.closure(p, scope)]];
      if (!ts.isSpreadAssignment(p)) return I.unsupported(p);
      const spread = I.evaluate(p.expression, scope);
      if (spread === undefined || spread === null || typeof spread === 'boolean') return [];
      if (!isObject(spread))
        return I.refuse('OFT1017', `${describe(spread)} cannot be spread into an object`, p);
      const entries = Object.entries(spread);
      I.spend(costOf(entries.length), p);
      return entries;
    }),
  );
}

/** Evaluates a function expression. One with a name can call itself. */
function functionExpression(I: Evaluation, node: ts.FunctionExpression, scope: Scope): Value {
  const symbol = node.name && I.checker.getSymbolAtLocation(node.name);
  if (!symbol) return I.closure(node, scope);
  const own = new Scope(scope);
  const value = I.closure(node, own);
  own.variables.set(symbol, { value, mutable: false });
  return value;
}

function template(I: Evaluation, node: ts.TemplateExpression, scope: Scope): string {
  return node.templateSpans.reduce((text, span) => {
    const value = I.evaluate(span.expression, scope);
    if (!isPrimitive(value))
      return I.refuse('OFT1017', `${describe(value)} has no text at compile time`, span.expression);
    const more = `${value}${span.literal.text}`;
    I.checkLength(text.length + more.length, 'characters', span.expression);
    return `${text}${more}`;
  }, node.head.text);
}

function typeOf(v: Value): string {
  if (isPrimitive(v)) return typeof v;
  return v instanceof Closure || v instanceof Native || v instanceof LayerValue ? 'function' : 'object';
}
