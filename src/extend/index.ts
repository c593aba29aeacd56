/**
 * `oftc/extend`: the parts of operators and rules. An operator has a signature, facts, a transpose and a gradient,
 * expressed in nodes of other operators, and a meaning, expressed in primitives.
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
/** Parses a written dimension, `'r*b'`, to the normal form that types hold. */
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
