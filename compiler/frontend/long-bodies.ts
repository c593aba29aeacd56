/**
 * Gives long functions a return type before TypeScript checks them. To infer what a function returns, the checker starts
 * at the last statement and asks for the type of each variable from the one before it: a thousand statements in a row
 * fill the call stack. With a return type, the checker reads the statements in order. The evaluation checks the result.
 */
import { ts } from './ts-host.ts';

/** The smallest number of variables of a function that is given a return type. TypeScript infers that of others. */
const MANY_VARIABLES = 100;

const isFunction = (node: ts.Node): node is ts.FunctionLikeDeclaration =>
  ts.isArrowFunction(node) ||
  ts.isFunctionExpression(node) ||
  ts.isFunctionDeclaration(node) ||
  ts.isMethodDeclaration(node);

/** Gives long functions of a parsed file the return type `any`. The text and its positions stay the same. */
export function openLongBodies(file: ts.SourceFile): ts.SourceFile {
  if (file.isDeclarationFile) return file;
  const variables = new Map<ts.Node, number>();
  const open: { readonly node: ts.Node; readonly within: ts.Node }[] = [{ node: file, within: file }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { node, within } = next;
    const inside = isFunction(node) ? node : within;
    if (ts.isVariableDeclaration(node)) variables.set(within, (variables.get(within) ?? 0) + 1);
    node.forEachChild((child) => {
      open.push({ node: child, within: inside });
    });
  }
  for (const [node, count] of variables) {
    if (count < MANY_VARIABLES || !isFunction(node) || node.type || !node.body) continue;
    const type = ts.setTextRange(ts.factory.createKeywordTypeNode(ts.SyntaxKind.AnyKeyword), {
      pos: node.body.pos,
      end: node.body.pos,
    });
    Object.assign(type, { parent: node });
    Object.assign(node, { type });
  }
  return file;
}
