/** Advice for members of PyTorch's tensors: sizes, as in `A.shape[0]`, and changes in place, as in `S.add_(P)`. */
import { printDim } from '../../dims/dims.ts';
import { functions, methods } from '../../ops/surface.ts';
import { noMember } from '../foreign.ts';
import { asMethods } from '../tensor-operator.ts';
import { ts } from '../ts-host.ts';
import { arithmeticAround, decides, insteadOfDeciding, ofTensors } from './decisions.ts';
import { shapeAt } from './products.ts';
import { aboutCall } from './reductions.ts';
import { declaredTensor, importing, importingCalled, isConst } from './variables.ts';

/** The message for a member that a tensor does not have. For its shape, the message names the dimensions. */
export function noTensorMember(checker: ts.TypeChecker, access: ts.PropertyAccessExpression): string {
  const name = access.name.text;
  const whole = arithmeticAround(valueAt(access));
  if (decides(whole))
    return `a tensor has no '${name}' as the layer is compiled, so that it decides nothing: ${insteadOfDeciding(checker, whole)}`;
  const shape = name === 'shape' || name === 'size' ? shapeAt(checker, access.expression) : undefined;
  if (!shape) return inPlace(checker, access) ?? mapped(access) ?? instead(checker, access);
  const asked = indexed(access);
  const dim = asked?.axis === undefined ? undefined : shape.at(asked.axis);
  const [first, ...more] = (dim ? [dim] : shape).map((d) => `size('${printDim(d)}')`);
  if (first === undefined) return instead(checker, access);
  const is = dim ? `${asked!.whole.getText()} is` : `the sizes of ${access.expression.getText()} are`;
  const computed = dim ? ofSizes(whole, asked!.whole, first) : undefined;
  if (computed !== undefined)
    return `a tensor has no '${name}', because dimensions have names: ${is} ${first}, a scalar tensor: write ${computed}${importingCalled(access, computed)}`;
  const use = `a scalar tensor, as in y.div(${first}) or scalar(2).div(${first})${importing(access, ['scalar', 'size'])}`;
  return `a tensor has no '${name}', because dimensions have names: ${is} ${[first, ...more].join(' and ')}, ${use}`;
}

/** The numbers around a size as an expression of tensors: `Math.sqrt(x.shape[1])` is sqrt(size('in')). */
function ofSizes(whole: ts.Expression, asked: ts.Expression, size: string): string | undefined {
  if (whole === asked) return undefined;
  const has = (e: ts.Node): boolean =>
    e === asked || (ts.forEachChild(e, (n) => has(n) || undefined) ?? false);
  const text = ofTensors(asMethods(whole, has) ?? '').replaceAll(asked.getText(), () => size);
  return text === '' || text.includes('Math.') ? undefined : text;
}

/** The expression that uses a tensor's member: `v.norm()`, `A.shape[0]`, `A.size(0)`, or the member itself. */
function valueAt(access: ts.PropertyAccessExpression): ts.Expression {
  const { parent } = access;
  const isCallee = ts.isCallExpression(parent) && parent.expression === access;
  return isCallee ? parent : (indexed(access)?.whole ?? access);
}

/** The message for a method that changes its tensor in place in PyTorch, whose name ends in `_`. */
function inPlace(
  checker: ts.TypeChecker,
  { name, expression, parent }: ts.PropertyAccessExpression,
): string | undefined {
  const method = name.text.replace(/_$/, '');
  if (method === name.text || !ts.isCallExpression(parent)) return undefined;
  const [receiver, args] = [expression.getText(), parent.arguments.map((a) => a.getText())];
  const value = Object.hasOwn(methods, method)
    ? `${receiver}.${method}(${args.join(', ')})`
    : Object.hasOwn(functions, method)
      ? `${method}(${[receiver, ...args].join(', ')})`
      : undefined;
  const assigned = ts.isExpressionStatement(parent.parent) && ts.isIdentifier(expression);
  const declared = assigned && isConst(checker, expression) ? declaredTensor(checker, expression) : undefined;
  const first = declared === undefined ? '' : `, and declare ${declared}`;
  return value && `tensors do not change in place: write ${assigned ? `${receiver} = ` : ''}${value}${first}`;
}

/** The message for `v.map((row) => f(row))` of blocks: f takes all of them at once. */
function mapped({ name, expression, parent }: ts.PropertyAccessExpression): string | undefined {
  const f = ts.isCallExpression(parent) ? parent.arguments[0] : undefined;
  if (name.text !== 'map' || !f || !ts.isArrowFunction(f) || ts.isBlock(f.body)) return undefined;
  const [row, ...more] = f.parameters;
  if (!row || more.length > 0 || !ts.isIdentifier(row.name)) return undefined;
  const own = new RegExp(`(?<![\\w$.])${row.name.text.replaceAll('$', '\\$')}(?![\\w$])`, 'g');
  const written = f.body.getText().replaceAll(own, () => expression.getText());
  return `a tensor is not a list, and operators work on all blocks at once: write ${written} in place of ${expression.getText()}.map(…)`;
}

/** The message for another library's member, with the functions to import. */
function instead(checker: ts.TypeChecker, access: ts.PropertyAccessExpression): string {
  const message = noMember(access.name.text, (advice) =>
    aboutCall(checker, advice, access, access.expression),
  );
  return `${message}${importingCalled(access, message)}`;
}

/** The axis in `A.shape[0]`, `A.shape.at(-1)` or `A.size(0)`, and the whole expression. */
function indexed({ name, parent }: ts.PropertyAccessExpression) {
  if (name.text === 'shape' && ts.isElementAccessExpression(parent))
    return { whole: parent, axis: numberOf(parent.argumentExpression) };
  const callee = name.text === 'size' ? name.parent : parent;
  const call = callee.parent;
  if (!ts.isCallExpression(call) || call.expression !== callee) return undefined;
  return { whole: call, axis: numberOf(call.arguments[0]) };
}

function numberOf(e: ts.Expression | undefined): number | undefined {
  if (e && ts.isNumericLiteral(e)) return Number(e.text);
  const negative = e && ts.isPrefixUnaryExpression(e) && e.operator === ts.SyntaxKind.MinusToken;
  return negative && ts.isNumericLiteral(e.operand) ? -Number(e.operand.text) : undefined;
}
