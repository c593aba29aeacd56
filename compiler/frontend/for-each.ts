/** The loop that an author writes in place of `forEach`, whose function could only act outside itself. */
import { ts } from './ts-host.ts';

/** The loop for `v.forEach((a, i) => …)`: `for (const [i, a] of v.entries()) { … }`. */
export function loopFor(access: ts.Node): string {
  const call = access.parent;
  const f = ts.isCallExpression(call) && call.expression === access ? call.arguments[0] : undefined;
  const [element = 'x', index] = f && ts.isFunctionLike(f) ? f.parameters.map((p) => p.name.getText()) : [];
  const list = ts.isPropertyAccessExpression(access) ? access.expression.getText() : 'xs';
  return index === undefined
    ? `for (const ${element} of ${list}) { … }`
    : `for (const [${index}, ${element}] of ${list}.entries()) { … }`;
}

/** The call of `forEach` whose function a node stands in. */
export function forEachAround(node: ts.Node): ts.PropertyAccessExpression | undefined {
  for (
    let f = ts.findAncestor(node, ts.isFunctionLike);
    f;
    f = ts.findAncestor(f.parent, ts.isFunctionLike)
  ) {
    const callee = ts.isCallExpression(f.parent) ? f.parent.expression : undefined;
    if (callee && ts.isPropertyAccessExpression(callee) && callee.name.text === 'forEach') return callee;
  }
  return undefined;
}
