/** Advice for vectors and columns that do not broadcast, with the author's names. */
import { constantOf, type Dim, dimConst, equalDim, ofTokens, printDim } from '../../dims/dims.ts';
import { hasName, quotedDim, shortDim } from '../../dims/scope.ts';
import { triangleSide } from '../../dims/triangle.ts';
import { OftcError } from '../../errors/error.ts';
import { printShape } from '../../ir/build.ts';
import { UnfitBroadcast } from '../../ops/shapes.ts';
import { methods } from '../../ops/surface.ts';
import { ts } from '../ts-host.ts';
import { firstValue } from './complaint.ts';
import { shapeAt } from './products.ts';
import { declaredAs, redeclared } from './stated.ts';
import { importing } from './variables.ts';
import { languageFunction } from './vocabulary.ts';

/** Evaluates a call such as `y.mul(s)` by `f`. If s is a declared vector of another size, the error says how to declare it. */
export function advisingBroadcasts<T>(checker: ts.TypeChecker, call: ts.Node, f: () => T): T {
  try {
    return f();
  } catch (e) {
    const advice = e instanceof UnfitBroadcast ? adviceFor(checker, call, e) : undefined;
    if (!(e instanceof UnfitBroadcast) || advice === undefined) throw e;
    throw new OftcError(e.code, `${e.unfit}: ${advice}`, e.spans);
  }
}

/** The advice about the operand of a call that is a vector or a column; undefined where none of two is one. */
function adviceFor(checker: ts.TypeChecker, call: ts.Node, { shapes }: UnfitBroadcast): string | undefined {
  const [left, right, ...more] = operandsOf(checker, call);
  const [a, b] = shapes;
  if (!left || !right || more.length > 0 || !a || !b) return undefined;
  if (
    a.length === 2 &&
    b.length === 2 &&
    equalDim(a[0]!, b[1]!) &&
    equalDim(a[1]!, b[0]!) &&
    !isOne(a[0]!) &&
    !isOne(a[1]!)
  )
    return transposing(call as ts.CallExpression, left, right, a);
  const named = namingSize(checker, call, a, b) ?? namingSize(checker, call, b, a);
  if (named !== undefined) return named;
  return adviceAbout(checker, right, b, a) ?? adviceAbout(checker, left, a, b);
}

/** The call with its last operand transposed. For A and Aᵀ this is no advice, and packed triangles have `skew`. */
function transposing(
  call: ts.CallExpression,
  left: ts.Expression,
  right: ts.Expression,
  shape: readonly Dim[],
): string | undefined {
  const [own, text] = [left.getText(), right.getText()];
  const other = text.endsWith('.T') ? text.slice(0, -2) : `${text}.T`;
  if (other === own)
    return triangleSide(shape.at(-1)!)
      ? `${own} holds packed triangles: write skew(${own})${importing(call, ['skew'])}`
      : undefined;
  const args = call.arguments.map((a) => (a === right ? other : a.getText()));
  const callee = call.expression;
  const on =
    ts.isPropertyAccessExpression(callee) && callee.expression.getText().length > 40
      ? `….${callee.name.text}`
      : callee.getText();
  return `write ${on}(${args.join(', ')})`;
}

/** Advice for a number that stands for a name within a call, as in `identity(64)` beside (in, in). */
function namingSize(
  checker: ts.TypeChecker,
  call: ts.Node,
  own: readonly Dim[],
  whole: readonly Dim[],
): string | undefined {
  const at = own.findIndex(
    (d, i) => constantOf(d) !== undefined && !isOne(d) && whole[i] && !equalDim(d, whole[i]!),
  );
  const [size, name] = [own[at], whole[at]];
  if (!size || !name || own.length !== whole.length || constantOf(name) !== undefined) return undefined;
  const find = (n: ts.Node): ts.CallExpression | undefined =>
    ts.isCallExpression(n) &&
    languageFunction(checker, n) === 'identity' &&
    n.arguments.some((a) => a.getText().replaceAll(/['"`]/g, '') === printDim(size))
      ? n
      : ts.forEachChild(n, find);
  return (
    find(call) && `write identity(${quotedDim(name)}), because the size of the other is '${printDim(name)}'`
  );
}

/** The operands of a method such as `y.mul(s)`, or of a function such as `max(y, s)`. */
function operandsOf(checker: ts.TypeChecker, call: ts.Node): readonly ts.Expression[] {
  if (!ts.isCallExpression(call)) return [];
  const { expression: callee, arguments: args } = call;
  if (ts.isPropertyAccessExpression(callee))
    return Object.hasOwn(methods, callee.name.text) ? [callee.expression, ...args] : [];
  return languageFunction(checker, call) === undefined ? [] : args;
}

function adviceAbout(
  checker: ts.TypeChecker,
  vector: ts.Expression,
  own: readonly Dim[],
  whole: readonly Dim[],
): string | undefined {
  const cols = whole.at(-1);
  const [size, width, ...rest] = own;
  if (!cols || !size || rest.length > 0 || ofTokens(cols) || ofTokens(size)) return undefined;
  const declared = declaredAs(checker, vector);
  const wanted = declared && redeclared(declared, [cols]);
  if (width && isOne(width) && equalDim(size, cols)) {
    const has = `a number for each column of ${printShape(whole)} is`;
    const row = `write ${vector.getText()}.T here`;
    return wanted === undefined ? `${has} a row: ${row}` : `${has} a vector: declare ${wanted}, or ${row}`;
  }
  if (width) return outer(checker, firstValue(checker, vector) ?? vector);
  const otherRows = whole.length > 1 && equalDim(whole.at(-2)!, size);
  return wanted !== undefined && !otherRows && hasName(cols) && hasName(size)
    ? `declare ${wanted}, or use '${declared!.name}' where the columns are '${shortDim(size)}'`
    : undefined;
}

const isOne = (d: Dim): boolean => equalDim(d, dimConst(1));

/** Advice for a vector and a column of one size, such as m (out) and a norm (out, 1), of which broadcasting makes a matrix. */
function outer(checker: ts.TypeChecker, e: ts.Expression): string | undefined {
  const callee = ts.isCallExpression(e) ? e.expression : undefined;
  const [other, ...more] = ts.isCallExpression(e) ? e.arguments : [];
  if (!callee || !ts.isPropertyAccessExpression(callee) || !other || more.length > 0) return undefined;
  const operands = [callee.expression, other].map((text) => ({ text, shape: shapeAt(checker, text) ?? [] }));
  const vector = operands.find((o) => o.shape.length === 1);
  const column = operands.find((o) => o.shape.length === 2 && isOne(o.shape[1]!));
  if (!vector || !column || !equalDim(vector.shape[0]!, column.shape[0]!)) return undefined;
  const [as, is] = [
    column.text.getText(),
    (o: typeof column) => `${o.text.getText()} is ${printShape(o.shape)}`,
  ];
  const flat = `${as}.reshape(${quotedDim(vector.shape[0]!)})`;
  const write = [callee.expression, other].map((o) => (o === column.text ? flat : o.getText()));
  return `${is(vector)} and ${is(column)}, of which .${callee.name.text} makes a matrix: write ${write[0]}.${callee.name.text}(${write[1]})`;
}
