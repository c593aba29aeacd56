/** What advice is asked about. */
import { ts } from '../ts-host.ts';

/** An error of TypeScript's and the node it is about. */
export interface Complaint {
  readonly code: number;
  readonly node: ts.Node;
  readonly checker: ts.TypeChecker;
}

/** The call that a node is the callee of, an argument, or a part of an argument. */
export function callAround(node: ts.Node): ts.CallExpression | undefined {
  return ts.findAncestor(ts.isCallExpression(node) ? node.parent : node, ts.isCallExpression);
}
