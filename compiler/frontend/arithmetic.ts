/** JavaScript's operators on values that are known at compile time, and assignments to a function's own variables. */
import { methods } from '../ops/surface.ts';
import type { Evaluation } from './evaluation.ts';
import { tensorOperator } from './tensor-operator.ts';
import { ts } from './ts-host.ts';
import { describe, isPrimitive, type Scope, Tensor, type Value } from './values.ts';

export function binary(I: Evaluation, node: ts.BinaryExpression, scope: Scope): Value {
  const operator = node.operatorToken;
  const left = I.evaluate(node.left, scope);
  switch (operator.kind) {
    case ts.SyntaxKind.AmpersandAmpersandToken:
      return I.truth(left, node.left) ? I.evaluate(node.right, scope) : left;
    case ts.SyntaxKind.BarBarToken:
      return I.truth(left, node.left) ? left : I.evaluate(node.right, scope);
    case ts.SyntaxKind.QuestionQuestionToken:
      return left ?? I.evaluate(node.right, scope);
    default:
      return apply(I, operator, left, I.evaluate(node.right, scope), node);
  }
}

function apply(
  I: Evaluation,
  operator: ts.Node,
  left: Value,
  right: Value,
  node: ts.BinaryExpression,
): Value {
  if (operator.kind === ts.SyntaxKind.EqualsEqualsEqualsToken) return same(I, left, right, node);
  if (operator.kind === ts.SyntaxKind.ExclamationEqualsEqualsToken) return !same(I, left, right, node);
  if (left instanceof Tensor || right instanceof Tensor) {
    const values = new Map<ts.Expression, Value>([
      [node.left, left],
      [node.right, right],
    ]);
    const { code, message } = tensorOperator(node, (e) => values.get(e) instanceof Tensor);
    return I.refuse(code, message, node);
  }
  if (!isPrimitive(left) || !isPrimitive(right)) {
    const wrong = isPrimitive(left) ? right : left;
    return I.refuse(
      'OFT1017',
      `'${operator.getText()}' needs numbers, strings or booleans, not ${describe(wrong)}`,
      node,
    );
  }
  const f = OPERATORS.get(operator.getText());
  return f ? bounded(I, f(left as number, right as number), node) : I.unsupported(operator);
}

/** The result of an operator, checked. Throws OFT1015 for a string that is too long. */
function bounded(I: Evaluation, result: Value, node: ts.Node): Value {
  if (typeof result === 'string') I.checkLength(result.length, 'characters', node);
  return result;
}

function same(I: Evaluation, left: Value, right: Value, node: ts.Node): boolean {
  if (left instanceof Tensor && right instanceof Tensor) {
    return I.refuse(
      'OFT1003',
      'tensors cannot be compared at compile time: compare with undefined, or compute with max and min',
      node,
    );
  }
  return left === right;
}

type BinaryOperator = (a: number, b: number) => Value;

/** Operators with the meaning that JavaScript gives them, also on strings and booleans. */
const OPERATORS: ReadonlyMap<string, BinaryOperator> = new Map<string, BinaryOperator>([
  ['+', (a, b) => a + b],
  ['-', (a, b) => a - b],
  ['*', (a, b) => a * b],
  ['/', (a, b) => a / b],
  ['%', (a, b) => a % b],
  ['**', (a, b) => a ** b],
  ['<', (a, b) => a < b],
  ['<=', (a, b) => a <= b],
  ['>', (a, b) => a > b],
  ['>=', (a, b) => a >= b],
  ['&', (a, b) => a & b],
  ['|', (a, b) => a | b],
  ['^', (a, b) => a ^ b],
  ['<<', (a, b) => a << b],
  ['>>', (a, b) => a >> b],
  ['>>>', (a, b) => a >>> b],
]);

/** The operator of a compound assignment: `+` for `a += b`. A plain assignment has none. */
const COMPOUND: ReadonlyMap<string, string> = new Map([
  ['+=', '+'],
  ['-=', '-'],
  ['*=', '*'],
  ['/=', '/'],
  ['%=', '%'],
  ['**=', '**'],
]);

export function assign(I: Evaluation, node: ts.BinaryExpression, scope: Scope): Value {
  if (node.operatorToken.kind === ts.SyntaxKind.EqualsToken)
    return store(I, node.left, I.evaluate(node.right, scope), scope);
  const old = I.evaluate(node.left, scope);
  const compound = COMPOUND.get(node.operatorToken.getText());
  if (compound === undefined) return assignLogical(I, node, old, scope);
  const right = I.evaluate(node.right, scope);
  if (old instanceof Tensor || right instanceof Tensor) {
    // A tensor is added, so the variable should hold one, whatever it holds now.
    const { code, message } = tensorOperator(node, (e) => e === node.left || right instanceof Tensor);
    return I.refuse(code, message, node);
  }
  if (!isPrimitive(old) || !isPrimitive(right))
    return I.refuse('OFT1017', `this needs numbers or strings, not ${describe(old)}`, node);
  return store(
    I,
    node.left,
    bounded(I, OPERATORS.get(compound)!(old as number, right as number), node),
    scope,
  );
}

function assignLogical(I: Evaluation, node: ts.BinaryExpression, old: Value, scope: Scope): Value {
  const replace = () => store(I, node.left, I.evaluate(node.right, scope), scope);
  switch (node.operatorToken.kind) {
    case ts.SyntaxKind.QuestionQuestionEqualsToken:
      return old ?? replace();
    case ts.SyntaxKind.BarBarEqualsToken:
      return I.truth(old, node.left) ? old : replace();
    case ts.SyntaxKind.AmpersandAmpersandEqualsToken:
      return I.truth(old, node.left) ? replace() : old;
    default:
      return I.unsupported(node.operatorToken);
  }
}

function store(I: Evaluation, target: ts.Expression, value: Value, scope: Scope): Value {
  if (ts.isPropertyAccessExpression(target) || ts.isElementAccessExpression(target)) {
    return I.refuse(
      'OFT1006',
      'arrays and objects do not change: build a new one with […], {…} or map',
      target,
    );
  }
  if (!ts.isIdentifier(target))
    return I.refuse(
      'OFT1001',
      'assignment to a pattern is not part of the language: assign one variable at a time',
      target,
    );
  const symbol = I.checker.getSymbolAtLocation(target);
  const found = symbol && scope.find(symbol);
  if (!found?.variable.mutable || found.scope.invocation !== scope.invocation) {
    return I.refuse(
      'OFT1005',
      `'${target.text}' belongs to outer code and cannot be assigned here: return the value, or accumulate in a let of this function`,
      target,
    );
  }
  found.variable.value = value;
  return value;
}

export function unary(
  I: Evaluation,
  node: ts.PrefixUnaryExpression | ts.PostfixUnaryExpression,
  scope: Scope,
): Value {
  const old = I.evaluate(node.operand, scope);
  if (node.operator === ts.SyntaxKind.ExclamationToken) return !I.truth(old, node.operand);
  const text = node.operand.getText();
  if (old instanceof Tensor) {
    const instead =
      node.operator === ts.SyntaxKind.MinusToken
        ? `write ${text}.neg()`
        : `a tensor has ${Object.keys(methods).join(', ')}`;
    return I.refuse('OFT1004', `this operator does not apply to tensors: ${instead}`, node);
  }
  if (!isPrimitive(old))
    return I.refuse('OFT1017', `this operator needs a number, not ${describe(old)}`, node);
  const n = old as number;
  switch (node.operator) {
    case ts.SyntaxKind.MinusToken:
      return -n;
    case ts.SyntaxKind.PlusToken:
      return +n;
    case ts.SyntaxKind.TildeToken:
      return ~n;
    case ts.SyntaxKind.PlusPlusToken:
    case ts.SyntaxKind.MinusMinusToken: {
      const next = store(
        I,
        node.operand,
        node.operator === ts.SyntaxKind.PlusPlusToken ? n + 1 : n - 1,
        scope,
      );
      return ts.isPrefixUnaryExpression(node) ? next : n;
    }
    default:
      return node.operator satisfies never;
  }
}
