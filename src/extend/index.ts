/**
 * `oftc/extend`: what operators and rules are made of. An operator is its signature, facts, transpose and
 * gradient, said in nodes of other operators, and its meaning, said in primitives.
 */

export {
  addDim,
  constantOf,
  type Dim,
  dimConst,
  equalDim,
  mulDim,
  printDim,
  productDim,
} from '../../compiler/dims/dims.ts';
export { fromNumber, type Rational, rational } from '../../compiler/dims/rational.ts';
/** A written dimension, `'r*b'`, in the normal form that types hold. */
export { resolveDim as dim } from '../../compiler/dims/scope.ts';
export { OftcError } from '../../compiler/errors/error.ts';
export { apply, printShape, sameShape } from '../../compiler/ir/build.ts';
export type { Attrs, Node, OpNode, TensorType } from '../../compiler/ir/node.ts';
export {
  type Action,
  type Facts,
  factsOf,
  type Lowering,
  type Operator,
  type Structure,
} from '../../compiler/ir/operator.ts';
export { expand, isOp, product, scaled, sumTo, total, transposed } from '../../compiler/ops/nodes.ts';
export { identityLike } from '../../compiler/ops/polynomial.ts';
export { broadcastShapes, floatDtype, matrixOf, squareOf } from '../../compiler/ops/shapes.ts';
export * from '../../compiler/primitives/build.ts';
export type { BoolExpr, Expr, IntExpr } from '../../compiler/primitives/expr.ts';
export type { Axis, Prim } from '../../compiler/primitives/prim.ts';
export type { Draw, Numerics, Pattern, Rule, RuleContext } from '../../compiler/rewrite/rule.ts';
