/** Refuses statements that compute a tensor and do nothing with it, as PyTorch's authors write for a change in place. */
import { declaredTensor } from './advice/variables.ts';
import type { Evaluation } from './evaluation.ts';
import { isAssignment } from './expressions.ts';
import { ts } from './ts-host.ts';
import { isArray, Tensor, type Value } from './values.ts';

/**
 * Refuses an expression that stands as a statement, with OFT1006, if its value is a tensor or a list of tensors and
 * it assigns nothing. Functions change nothing outside themselves, so such a statement has no effect.
 */
export function refuseUnused(I: Evaluation, e: ts.Expression, value: Value): void {
  if (holdsTensor(value) && !assigns(e))
    I.refuse(
      'OFT1006',
      `the value of this statement is not used, and tensors do not change in place: ${instead(I.checker, e)}`,
      e,
    );
}

const holdsTensor = (value: Value): boolean =>
  value instanceof Tensor || (value !== undefined && isArray(value) && value.some(holdsTensor));

function assigns(node: ts.Node): boolean {
  if (ts.isFunctionLike(node)) return false;
  if (ts.isBinaryExpression(node) && isAssignment(node.operatorToken.kind)) return true;
  if (ts.isPostfixUnaryExpression(node)) return true;
  if (ts.isPrefixUnaryExpression(node) && /^(\+\+|--)/.test(node.getText())) return true;
  return ts.forEachChild(node, (child) => assigns(child) || undefined) ?? false;
}

function instead(checker: ts.TypeChecker, e: ts.Expression): string {
  const text = e.getText();
  const variable = changed(e);
  const symbol = variable && checker.getSymbolAtLocation(variable);
  const declaration = symbol?.valueDeclaration;
  if (!variable || !declaration || text === variable.text) return 'use it, or leave the statement out';
  const fits = checker.isTypeAssignableTo(checker.getTypeAtLocation(e), checker.getTypeOfSymbol(symbol));
  const declared = fits ? undefined : declaredTensor(checker, variable);
  const isConst = (ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const) !== 0;
  if (declared !== undefined)
    return `write ${variable.text} = ${text}, and before it ${declared.replace(/^const/, 'let')}`;
  if (!fits) return `give it a name, as in const result = ${text}, and use that`;
  return `write ${variable.text} = ${text}${isConst ? `, and declare ${variable.text} with let` : ''}`;
}

/** The variable that a call such as `S.add(P).mul(2)` or `max(S, 0)` would change if tensors did. */
function changed(e: ts.Expression): ts.Identifier | undefined {
  if (ts.isIdentifier(e)) return e;
  if (ts.isPropertyAccessExpression(e) || ts.isParenthesizedExpression(e)) return changed(e.expression);
  return ts.isCallExpression(e) && ts.isPropertyAccessExpression(e.expression)
    ? changed(e.expression)
    : undefined;
}
