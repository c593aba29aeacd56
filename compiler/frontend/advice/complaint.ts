/** The type of the errors that advice is about. */
import { ts } from '../ts-host.ts';

/** An error of TypeScript and the node that it is about. */
export interface Complaint {
  readonly code: number;
  readonly node: ts.Node;
  readonly checker: ts.TypeChecker;
}

/** The value that the variable of a name has first; undefined for a parameter, a function, or another node. */
export function firstValue(checker: ts.TypeChecker, name: ts.Node): ts.Expression | undefined {
  const declaration = checker.getSymbolAtLocation(name)?.valueDeclaration;
  return declaration && ts.isVariableDeclaration(declaration) ? declaration.initializer : undefined;
}

/** The call around a node: the node is its callee, an argument, or part of an argument. */
export function callAround(node: ts.Node): ts.CallExpression | undefined {
  return ts.findAncestor(ts.isCallExpression(node) ? node.parent : node, ts.isCallExpression);
}
