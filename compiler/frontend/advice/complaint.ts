/** The type of the errors that advice is about. */
import { ts } from '../ts-host.ts';

/** An error of TypeScript and the node that it is about. */
export interface Complaint {
  readonly code: number;
  readonly node: ts.Node;
  readonly checker: ts.TypeChecker;
}

/** The call around a node: the node is its callee, an argument, or part of an argument. */
export function callAround(node: ts.Node): ts.CallExpression | undefined {
  return ts.findAncestor(ts.isCallExpression(node) ? node.parent : node, ts.isCallExpression);
}
