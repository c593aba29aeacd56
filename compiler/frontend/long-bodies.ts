/**
 * Long functions for TypeScript's checker. To infer what a function returns, the checker starts at its last statement and
 * asks for each variable from the one before: a thousand statements in a row fill the call stack. A long function without
 * a return type gets one, so that the checker reads its statements in order. What it returns is checked when it is evaluated.
 */
import { ts } from './ts-host.ts';

/** Functions with fewer variables are inferred as TypeScript does it. */
const MANY_VARIABLES = 100;

const isFunction = (node: ts.Node): node is ts.FunctionLikeDeclaration =>
  ts.isArrowFunction(node) ||
  ts.isFunctionExpression(node) ||
  ts.isFunctionDeclaration(node) ||
  ts.isMethodDeclaration(node);

/** Gives long functions of a parsed file the return type `any`; texts and positions stay. */
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
