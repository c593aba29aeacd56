/** Advice for sizes that are asked of a tensor, as in `A.shape[0]` and `A.size(0)`. */
import { printDim } from '../../dims/dims.ts';
import { noMember } from '../foreign.ts';
import { ts } from '../ts-host.ts';
import { shapeAt } from './products.ts';

/** The message for a member that a tensor does not have; one that is its shape becomes the name of the dimension. */
export function noTensorMember(checker: ts.TypeChecker, access: ts.PropertyAccessExpression): string {
  const name = access.name.text;
  const shape = name === 'shape' || name === 'size' ? shapeAt(checker, access.expression) : undefined;
  if (!shape) return noMember(name);
  const asked = indexed(access);
  const dim = asked?.axis === undefined ? undefined : shape.at(asked.axis);
  const [first, ...more] = (dim ? [dim] : shape).map((d) => `size('${printDim(d)}')`);
  if (first === undefined) return noMember(name);
  const is = dim ? `${asked!.whole.getText()} is` : `the sizes of ${access.expression.getText()} are`;
  const use = `a scalar tensor, as in y.div(${first}) or scalar(2).div(${first})`;
  return `a tensor has no '${name}', because dimensions have names: ${is} ${[first, ...more].join(' and ')}, ${use}`;
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
