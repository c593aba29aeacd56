/** Names that PyTorch, NumPy and Python have and the language does not, and what to write instead. */

import { nearest } from '../errors/nearest.ts';
import { functions, methods, properties } from '../ops/surface.ts';
import { entryOf } from '../records.ts';

const RESHAPE = "write a.reshape('tokens', 'r', 'b'): every size by name, none inferred from -1";
const SHAPE = "dimensions have names: size('in') is one as a scalar, and declarations state the shapes";
const PRODUCT = 'write a.matmul(b) for a product of matrices, a.mul(b) element by element';
const TRANSPOSE = 'write a.T, which exchanges the last two axes, or a.permute(1, 0, 2) for another order';
const LINALG = 'write inverse(A), solve(A, B) for A⁻¹B, or expm(Q); cayley(Q) = (I+Q)(I−Q)⁻¹ is one operator';
const REPEAT = "write expand(a, 'r', 'b'); element-wise operators broadcast by themselves";
const STACK = "give each an axis of size 1: concat([a.reshape(1, 'in'), b.reshape(1, 'in')], 0)";
const PLACE = 'the compiler decides where tensors live: leave it out';
const DTYPE = "state it where the tensor is declared: input('tokens', 'in', { dtype: 'f16' })";
const CHANCE = 'a layer is the same at every compilation: pass random numbers in as an input';
const VALUE = 'a tensor has no value at compile time: read values from the outputs of a run';
const FILLED = "write expand(scalar(1), 'r', 'b')";

const FOREIGN: Readonly<Record<string, string>> = {
  view: RESHAPE,
  reshape: RESHAPE,
  flatten: RESHAPE,
  unflatten: RESHAPE,
  rearrange: RESHAPE,
  squeeze: RESHAPE,
  shape: SHAPE,
  size: SHAPE,
  dim: SHAPE,
  ndim: SHAPE,
  numel: SHAPE,
  len: SHAPE,
  length: 'a tensor is not a list: declare list(n, …), which has a length and can be looped over',
  unsqueeze: REPEAT,
  repeat: REPEAT,
  tile: REPEAT,
  expandas: REPEAT,
  broadcastto: REPEAT,
  repeatinterleave: REPEAT,
  t: TRANSPOSE,
  mt: TRANSPOSE,
  h: TRANSPOSE,
  transpose: TRANSPOSE,
  permute: TRANSPOSE,
  swapaxes: TRANSPOSE,
  mm: PRODUCT,
  bmm: PRODUCT,
  dot: PRODUCT,
  einsum: `${PRODUCT}: einsum('ti,oi->to', x, W) is x.matmul(W.T)`,
  multiply: 'write a.mul(b)',
  divide: 'write a.div(b)',
  subtract: 'write a.sub(b)',
  minus: 'write a.sub(b)',
  plus: 'write a.add(b)',
  times: PRODUCT,
  linear: 'write x.matmul(W.T), with .add(bias) where there is one',
  softmax: 'write it out: const e = exp(s); e.div(sum(e, -1)), where sum keeps the axis with size 1',
  relu: 'write max(x, 0)',
  pow: 'write x.mul(x); polynomial(Q, [1, 2, 2]) is for powers of matrices',
  square: 'write x.mul(x)',
  rsqrt: 'write scalar(1).div(sqrt(x))',
  norm: 'write sqrt(sum(x.mul(x), -1))',
  mean: "write sum(x, -1).div(size('in'))",
  linalg: LINALG,
  eye: "write identity('n')",
  ones: FILLED,
  zeros: FILLED,
  full: FILLED,
  zeroslike: FILLED,
  oneslike: FILLED,
  stack: STACK,
  hstack: STACK,
  vstack: STACK,
  tensor: 'write scalar(3) for a constant; data comes in through input, frozen and trainable',
  triu: 'skew(v) makes Q = −Qᵀ from its packed strict upper triangle, tri(b) numbers',
  triuindices: 'skew(v) makes Q = −Qᵀ from its packed strict upper triangle, tri(b) numbers',
  parameter: "write trainable('r', 'tri(b)') among the layer's declarations",
  module: "write layer({ x: input('tokens', 'in') }, ({ x }) => …)",
  dropout: CHANCE,
  rand: CHANCE,
  randn: CHANCE,
  item: VALUE,
  tolist: VALUE,
  numpy: VALUE,
  data: VALUE,
  foreach: VALUE,
  map: VALUE,
  to: `${PLACE}; for the dtype, ${DTYPE}`,
  cpu: PLACE,
  cuda: PLACE,
  contiguous: PLACE,
  clone: 'tensors never change: use x itself',
  half: DTYPE,
  float: DTYPE,
  type: DTYPE,
  nograd: 'write detach(x)',
  requiresgrad: 'declare it trainable, or write detach(x)',
};

/** What the language calls them, where it has the operator. */
const ALIASES: Readonly<Record<string, string>> = {
  gather: 'take',
  indexselect: 'take',
  kron: 'kronecker',
  cat: 'concat',
  concatenate: 'concat',
  inv: 'inverse',
  matrixexp: 'expm',
  sigmoid: 'sigmoid',
  silu: 'silu',
  swish: 'silu',
  logsumexp: 'logSumExp',
  scaleddotproductattention: 'attention',
};

/** What to write instead of a tensor's member or a function that there is not; undefined for unknown names. */
export function insteadOf(name: string): string | undefined {
  const key = name.toLowerCase().replaceAll('_', '');
  if (key !== 'size' && Object.hasOwn(functions, name))
    return `'${name}' is a function of oftc: write ${name}(x)`;
  const alias = entryOf(ALIASES, key);
  if (alias !== undefined && Object.hasOwn(functions, alias)) return `write ${alias}(…)`;
  if (Object.hasOwn(FOREIGN, key)) return FOREIGN[key];
  if (Object.hasOwn(methods, name)) return `'${name}' is a method: write a.${name}(b)`;
  if (Object.hasOwn(properties, name)) return `'${name}' is a property: write a.${name}`;
  const meant = nearest(name, TENSOR_NAMES);
  return meant === undefined ? undefined : `did you mean '${meant}'?`;
}

const TENSOR_NAMES = [...Object.keys(functions), ...Object.keys(methods), ...Object.keys(properties)];

/** What a tensor has. */
export const MEMBERS = [...Object.keys(properties), ...Object.keys(methods)].join(', ');

/** `a tensor has no 'view'; it has … — tensors are not reshaped: …`. */
export function noMember(name: string): string {
  const instead = insteadOf(name);
  return `a tensor has no '${name}'; it has ${MEMBERS}${instead === undefined ? '' : ` — ${instead}`}`;
}

/** `oftc has no 'einsum': …`. */
export function noExport(name: string): string {
  const instead = insteadOf(name);
  return instead === undefined
    ? `oftc has no '${name}'; it has layer, input, frozen, trainable, list, when, ${Object.keys(functions).join(', ')}`
    : `oftc has no '${name}': ${instead}`;
}
