/** Advice for a tensor or a size in the condition of a loop or a branch. */
import { dimConst, equalDim } from '../../dims/dims.ts';
import { functions } from '../../ops/surface.ts';
import { insteadOf } from '../foreign.ts';
import { ts } from '../ts-host.ts';
import { configuring } from './configuration.ts';
import { shapeAt } from './products.ts';
import { aboutCall } from './reductions.ts';
import { importingCalled } from './variables.ts';
import { isTensorType } from './vocabulary.ts';

/** The largest expression of numbers that a node is part of: products, sums, and functions of Math. */
export function arithmeticAround(node: ts.Expression): ts.Expression {
  const { parent } = node;
  const isSum = ts.isBinaryExpression(parent) && /^[-+*/]$/.test(parent.operatorToken.getText());
  const ofMath = ts.isCallExpression(parent) && parent.expression.getText().startsWith('Math.');
  return isSum || ofMath || ts.isParenthesizedExpression(parent) ? arithmeticAround(parent) : node;
}

/** Whether a value decides what is evaluated: it is compared, or a condition. */
export const decides = (node: ts.Node): boolean => {
  const { parent } = node;
  if (ts.isConditionalExpression(parent)) return parent.condition === node;
  if (ts.isIfStatement(parent) || ts.isWhileStatement(parent)) return parent.expression === node;
  return ts.isBinaryExpression(parent) && /^([<>]=?|[!=]==?)$/.test(parent.operatorToken.getText());
};

/** Replaces the functions of Math in a text by the functions of tensors with the same names, where these exist. */
export const ofTensors = (text: string): string =>
  text.replaceAll(/Math\.(\w+)\(/g, (call, name: string) =>
    Object.hasOwn(functions, name) ? `${name}(` : call,
  );

/** Advises to take a count or a choice from the configuration, where a tensor or a size stands in a condition. */
export function insteadOfDeciding(checker: ts.TypeChecker, value: ts.Expression): string {
  const comparison = ts.isBinaryExpression(value.parent) ? value.parent : undefined;
  const loop = ts.findAncestor(value, (n) => ts.isForStatement(n) || ts.isWhileStatement(n));
  const condition = loop && (ts.isForStatement(loop) ? loop.condition : loop.expression);
  if (condition && comparison && isWithin(value, condition)) {
    const atOnce = allAtOnce(value, loop.statement);
    if (atOnce !== undefined) return atOnce;
    const [left, right] = [comparison.left, comparison.right].map((e) =>
      e === value ? 'c.steps' : e.getText(),
    );
    const count = `${left} ${comparison.operatorToken.getText()} ${right}`;
    return `take the count from the configuration, ${count}, ${configuring(checker, value, { name: 'steps', type: 'number', value: '…' })}`;
  }
  const branch = ts.findAncestor(value, ts.isConditionalExpression);
  const choice =
    branch && isWithin(value, branch.condition)
      ? `c.exact ? ${short(branch.whenTrue)} : ${short(branch.whenFalse)}`
      : 'if (c.exact) …';
  const byValue = comparison ? choosingByValue(checker, comparison, value, branch) : '';
  return `${byValue}choose by the configuration, ${choice}, ${configuring(checker, value, { name: 'exact', type: 'boolean', value: 'true' })}`;
}

/** Advises an expression of all of v in place of a loop up to v.shape[0] that pushes one of v[i]; else undefined. */
function allAtOnce(value: ts.Expression, body: ts.Statement): string | undefined {
  const of = /^(\w+)\.shape(\[0\])?$/.exec(value.getText())?.[1];
  const pushed = firstCall(
    body,
    (c) => ts.isPropertyAccessExpression(c.expression) && c.expression.name.text === 'push',
  );
  const [element] = pushed?.arguments ?? [];
  if (of === undefined || !pushed || !element) return undefined;
  const whole = element.getText().replaceAll(new RegExp(`\\b${of}\\[\\w+\\]`, 'g'), of);
  if (whole === element.getText()) return undefined;
  const list = (pushed.expression as ts.PropertyAccessExpression).expression.getText();
  const around = ts.findAncestor(body, ts.isFunctionLike) ?? body.getSourceFile();
  const used = firstCall(around, (c) =>
    c.arguments.some((a) => ts.isSpreadElement(a) && a.expression.getText() === list),
  );
  const write = used ? `${used.expression.getText()}(${whole})` : whole;
  return `leave the loop out and write ${write}, which takes all of '${of}' at once`;
}

/** The first call inside a node that passes a test. */
function firstCall(node: ts.Node, is: (c: ts.CallExpression) => boolean): ts.CallExpression | undefined {
  if (ts.isCallExpression(node) && is(node)) return node;
  return ts.forEachChild(node, (n) => firstCall(n, is));
}

/** Advises a bounded norm, or max and min, in place of a comparison of a tensor's value. Empty for other values. */
function choosingByValue(
  checker: ts.TypeChecker,
  { left, right, operatorToken }: ts.BinaryExpression,
  value: ts.Expression,
  branch: ts.ConditionalExpression | undefined,
): string {
  const bound = value === left ? right : left;
  const norm = normOf(checker, value);
  if (norm && ts.isNumericLiteral(bound)) {
    const { of, text } = norm;
    const ratio = bound.text === '1' ? text : `${text}.div(${bound.text})`;
    const isZero = Number(bound.text) === 0;
    const written = `${of ?? 'v'}.div(${isZero ? `max(${text}, 1e-12)` : `max(1, ${ratio})`})`;
    const aim = isZero ? 'to divide by no 0' : `to keep a norm at most ${bound.text}`;
    const which = of === undefined ? ` for the v whose norm ${text} is` : '';
    return `${aim}, write ${written}${which}${importingCalled(value, written)}; or `;
  }
  if (!isTensorType(checker.getTypeAtLocation(value))) return '';
  const [a, b] = [left.getText(), right.getText()];
  const [yes, no] = [branch?.whenTrue.getText(), branch?.whenFalse.getText()];
  const larger = operatorToken.getText().startsWith('>') === (yes === a);
  const write =
    (yes === a && no === b) || (yes === b && no === a)
      ? `${larger ? 'max' : 'min'}(${value.getText()}, ${bound.getText()})`
      : undefined;
  return `use max, min or abs to choose by element${write === undefined ? '' : `, ${write}${importingCalled(value, write)}`}; or `;
}

/**
 * Writes `v.norm()` with oftc's functions, and names its tensor. A variable of one element is taken as a norm of
 * an unknown tensor.
 */
function normOf(
  checker: ts.TypeChecker,
  value: ts.Expression,
): { readonly text: string; readonly of?: string } | undefined {
  const callee = ts.isCallExpression(value) ? value.expression : undefined;
  if (callee && ts.isPropertyAccessExpression(callee) && callee.name.text === 'norm') {
    const advice = aboutCall(checker, insteadOf('norm')!, callee, callee.expression);
    return { text: advice.replace('write ', ''), of: callee.expression.getText() };
  }
  const one = shapeAt(checker, value)?.every((d) => equalDim(d, dimConst(1)));
  return one && ts.isIdentifier(value) ? { text: value.text } : undefined;
}

const isWithin = (node: ts.Node, outer: ts.Node): boolean =>
  ts.findAncestor(node, (n) => n === outer) !== undefined;

const short = (e: ts.Node): string => (e.getText().length > 40 ? '…' : e.getText());
