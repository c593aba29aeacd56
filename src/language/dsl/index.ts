/** The language: everything that a layer's file imports from `oftc`. */
export type { Draw, Init } from '../../../compiler/ir/init.ts';
export { einsum } from './einsum.ts';
export { defineOperator, defineRule, type OperatorDefinition } from './extend.ts';
export {
  type ConfigurableOptions,
  type Declarations,
  type Layer,
  type LayerOptions,
  layer,
  type Result,
  type Tensors,
} from './layer.ts';
export {
  abs,
  blockDiag,
  cayley,
  cayleyNeumann,
  cos,
  detach,
  erf,
  exp,
  expand,
  gelu,
  identity,
  log,
  max,
  min,
  type NeumannOptions,
  type NeumannSeries,
  polynomial,
  scalar,
  sigmoid,
  silu,
  sin,
  size,
  skew,
  sqrt,
  sum,
  tanh,
} from './operators.ts';
export {
  type FrozenOptions,
  frozen,
  input,
  list,
  type Param,
  type ParamOptions,
  type TrainableOptions,
  trainable,
  when,
} from './params.ts';
export { type AttentionOptions, attention, logSumExp, pick } from './sequence.ts';
export type { Dim, Shape } from './shape.ts';
export {
  collect,
  concat,
  diag,
  dispatch,
  type ExpertOptions,
  type ExpmOptions,
  expm,
  hadamard,
  halfUpper,
  householder,
  inverse,
  kronecker,
  ofExpert,
  permutation,
  put,
  reflectSpan,
  shuffle,
  solve,
  take,
  topK,
  unfold,
  type WindowOptions,
} from './structure.ts';
export type { Tensor } from './tensor.ts';
