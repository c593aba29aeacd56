/** Advice for an operator between tensors. */
import { OftcError } from '../errors/error.ts';
import { ts } from './ts-host.ts';

/** Whether an operand is a tensor: by its type, or by its value. */
export type IsTensor = (operand: ts.Expression) => boolean;

const bare = (node: ts.Expression): ts.Expression =>
  ts.isParenthesizedExpression(node) ? bare(node.expression) : node;

/** The operator, without the `=` of a compound assignment. */
const operatorOf = (node: ts.BinaryExpression): string =>
  node.operatorToken.getText().replace(/^([-+*/%]|\*\*)=$/, '$1');

/** The text of an expression as the receiver of a method, in parentheses where it needs them. */
function receiver(text: string, node: ts.Expression): string {
  return ts.isLeftHandSideExpression(node) ? text : `(${text})`;
}

type Product = 'mul' | 'matmul';

/** The expression with methods in place of operators; undefined where an operator has no method. */
function written(node: ts.Expression, isTensor: IsTensor, product: Product): string | undefined {
  const inner = bare(node);
  if (!ts.isBinaryExpression(inner) || !isTensor(inner)) return node.getText();
  const left = written(inner.left, isTensor, product);
  const right = written(inner.right, isTensor, product);
  if (left === undefined || right === undefined) return undefined;
  const rewritten = (e: ts.Expression) => ts.isBinaryExpression(bare(e)) && isTensor(bare(e));
  const as = (text: string, e: ts.Expression) => (rewritten(e) ? text : receiver(text, e));
  const [a, b] = [as(left, inner.left), as(right, inner.right)];
  const [ofTensor, byTensor] = [isTensor(inner.left), isTensor(inner.right)];
  switch (operatorOf(inner)) {
    case '+':
      return ofTensor ? `${a}.add(${right})` : `${b}.add(${left})`;
    case '*':
      if (ofTensor && byTensor) return `${a}.${product}(${right})`;
      return ofTensor ? `${a}.mul(${right})` : `${b}.mul(${left})`;
    case '-':
      return ofTensor ? `${a}.sub(${right})` : `${b}.neg().add(${left})`;
    case '/':
      return ofTensor ? `${a}.div(${right})` : `scalar(${left}).div(${right})`;
    case '**':
      return right === '2' ? `${a}.mul(${left})` : undefined;
    default:
      return undefined;
  }
}

/** The expression with methods in place of operators between tensors; undefined where an operator has no method. */
export const asMethods = (node: ts.Expression, isTensor: IsTensor): string | undefined =>
  written(node, isTensor, 'mul');

/** The error OFT1004 for an operator with a tensor on at least one side. */
export function tensorOperator(node: ts.BinaryExpression, isTensor: IsTensor): OftcError {
  const operator = node.operatorToken.getText();
  const whole: IsTensor = (e) => e === node || isTensor(e);
  const target = operatorOf(node) !== operator ? `${node.left.getText()} = ` : '';
  const [mul, matmul] = [written(node, whole, 'mul'), written(node, whole, 'matmul')];
  const instead =
    mul === undefined || matmul === undefined
      ? otherwise(operator)
      : mul === matmul
        ? `write ${target}${mul}`
        : `write ${target}${mul} element by element, or ${target}${matmul} for a product of matrices`;
  return new OftcError('OFT1004', `'${operator}' does not apply to tensors: ${instead}`);
}

function otherwise(operator: string): string {
  if (/[<>]/.test(operator))
    return 'a tensor has no value at compile time; use max, min or abs to choose by element, such as v.div(max(1, n.div(c))) for v of a norm n that is at most c, and the configuration for counts';
  if (operator === '**') return 'write x.mul(x) for a square, polynomial(Q, …) for powers of a matrix';
  return 'use the methods and functions of oftc';
}
