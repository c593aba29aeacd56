/** Finds lists whose order makes no difference: no mutant changes it there. */
import ts from 'typescript';

/** The name of a function or method that is called. */
export const nameOf = (callee: ts.Expression): string | undefined =>
  ts.isIdentifier(callee)
    ? callee.text
    : ts.isPropertyAccessExpression(callee)
      ? callee.name.text
      : undefined;

/** Properties that tell the elements of a list apart. */
const UNIQUE = new Set(['name', 'axis']);

/** Whether a call finds an element by a property that tells elements apart: both ends of the list find the same. */
export function isLookup({ arguments: [test] }: ts.CallExpression): boolean {
  if (!test || !ts.isArrowFunction(test) || !ts.isBinaryExpression(test.body)) return false;
  const { left, operatorToken, right } = test.body;
  const own = test.parameters[0]?.name.getText();
  return (
    operatorToken.kind === ts.SyntaxKind.EqualsEqualsEqualsToken &&
    [left, right].some(
      (side) =>
        ts.isPropertyAccessExpression(side) &&
        side.expression.getText() === own &&
        UNIQUE.has(side.name.text),
    )
  );
}

/** Methods that ask a list for elements, and `Fields.know`: the order of the elements makes no difference to them. */
const ASKS = new Set(['includes', 'some', 'every', 'know']);

/** Whether a list is asked for elements, by a function that does not take their numbers. */
function isAsked({ parent }: ts.Node): boolean {
  if (!ts.isPropertyAccessExpression(parent) || !ASKS.has(parent.name.text)) return false;
  const call = parent.parent;
  const [of] = ts.isCallExpression(call) ? call.arguments : [];
  return !(of && ts.isArrowFunction(of) && of.parameters.length > 1);
}

/** Whether a file keeps a list to itself, and only asks it for elements. */
function isOnlyAsked({ name, parent }: ts.VariableDeclaration): boolean {
  const statement = parent.parent;
  if (!ts.isIdentifier(name) || !ts.isVariableStatement(statement)) return false;
  if (!ts.isSourceFile(statement.parent) || statement.modifiers) return false;
  const uses: ts.Node[] = [];
  const collect = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && node.text === name.text && node !== name) uses.push(node);
    ts.forEachChild(node, collect);
  };
  collect(name.getSourceFile());
  return uses.every(isAsked);
}

/**
 * Whether a list stands for a set: it makes one, is asked for what is in it, has the operators of a pattern, or is spread into
 * such a list.
 */
export function isSet(list: ts.ArrayLiteralExpression): boolean {
  const { parent } = list;
  if (ts.isVariableDeclaration(parent)) return isOnlyAsked(parent);
  if (ts.isSpreadElement(parent)) return ts.isArrayLiteralExpression(parent.parent) && isSet(parent.parent);
  if (ts.isNewExpression(parent)) return parent.expression.getText() === 'Set';
  if (ts.isPropertyAssignment(parent)) return ['op', 'through'].includes(parent.name.getText());
  if (isAsked(list)) return true;
  return ts.isCallExpression(parent) && ASKS.has(nameOf(parent.expression) ?? '');
}
