/**
 * The names authors write, each building a node: the one table behind the typed facade (src/language/dsl) and the
 * front end. A tensor argument is a Node; numbers, strings and option objects are static.
 */

import type { Dim } from '../dims/dims.ts';
import { divQ, fromNumber, ONE } from '../dims/rational.ts';
import { resolveDim } from '../dims/scope.ts';
import { OftcError } from '../errors/error.ts';
import { didYouMean } from '../errors/nearest.ts';
import { apply, printShape } from '../ir/build.ts';
import type { Node } from '../ir/node.ts';
import { unfold } from './convolution.ts';
import { literal } from './elementwise.ts';
import { put, take } from './gather.ts';
import { permuteAxes, reshape, slice } from './indexing.ts';
import { expand as expandTo, scaled, transposed } from './nodes.ts';
import { cayleyNeumannCoefficients, identityLike, type NeumannSeries, polynomial } from './polynomial.ts';

export type SurfaceArg =
  | Node
  | number
  | string
  | readonly number[]
  | readonly (Node | string | number)[]
  | { readonly [option: string]: unknown }
  | undefined;

const isNode = (v: unknown): v is Node =>
  typeof v === 'object' && v !== null && 'kind' in v && (v.kind === 'input' || v.kind === 'op');

export function tensor(v: SurfaceArg, where: string): Node {
  if (isNode(v)) return v;
  if (typeof v === 'number') return literal(number(v, where));
  throw new OftcError('OFT1020', `${where} needs a tensor, got ${v === undefined ? 'nothing' : typeof v}`);
}

function number(v: number, where: string) {
  if (!Number.isFinite(v)) throw new OftcError('OFT1021', `${where}: ${v} is not a finite number`);
  return fromNumber(v);
}

/** An axis counted from the front, or from the back when negative. Throws OFT2006. */
function axisOf(a: Node, axis: unknown, where: string): number {
  const rank = a.type.shape.length;
  if (typeof axis !== 'number' || !Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw new OftcError(
      'OFT2006',
      `${where}: axis ${String(axis)} is not an axis of shape ${printShape(a.type.shape)}`,
    );
  }
  return axis < 0 ? axis + rank : axis;
}

const dims = (names: readonly SurfaceArg[], where: string): Dim[] =>
  names.map((n) => {
    if (typeof n !== 'string' && typeof n !== 'number') {
      throw new OftcError('OFT1020', `${where} needs dimensions such as 'in' or 'r*b', got ${typeof n}`);
    }
    return resolveDim(n);
  });

function numbers(v: SurfaceArg, where: string): readonly number[] {
  if (Array.isArray(v) && v.every((n) => typeof n === 'number')) return v;
  throw new OftcError('OFT1020', `${where} needs a list of numbers`);
}

const pointwise = (op: string) => (a: SurfaceArg, b?: SurfaceArg) =>
  apply(op, b === undefined ? [tensor(a, op)] : [tensor(a, op), tensor(b, op)]);

/** Functions of the module `oftc`. */
export const functions = {
  scalar: (value: SurfaceArg) => {
    if (typeof value !== 'number')
      throw new OftcError('OFT1020', `scalar needs a number, got ${typeof value}`);
    return literal(number(value, 'scalar'));
  },
  skew: (v: SurfaceArg) => apply('skew', [tensor(v, 'skew')]),
  blockDiag: (t: SurfaceArg) => apply('blockDiag', [tensor(t, 'blockDiag')]),
  cayley: (q: SurfaceArg) => apply('cayley', [tensor(q, 'cayley')]),
  cayleyNeumann: (q: SurfaceArg, options?: SurfaceArg) => {
    const { terms = 5, series = 'peft-0.18', ...unknown } = (options ?? {}) as Record<string, unknown>;
    const extra = Object.keys(unknown)[0];
    if (extra !== undefined)
      throw new OftcError(
        'OFT1022',
        `cayleyNeumann has no option '${extra}'; it has terms and series${didYouMean(extra, ['terms', 'series'])}`,
      );
    return polynomial(
      tensor(q, 'cayleyNeumann'),
      cayleyNeumannCoefficients(terms as number, series as NeumannSeries),
    );
  },
  polynomial: (q: SurfaceArg, coefs: SurfaceArg) =>
    polynomial(tensor(q, 'polynomial'), coefs as readonly number[]),
  identity: (...shape: readonly SurfaceArg[]) => {
    const d = dims(shape, 'identity');
    return apply('identity', [], { shape: d.length === 1 ? [d[0]!, d[0]!] : d });
  },
  expand: (a: SurfaceArg, ...shape: readonly SurfaceArg[]) =>
    expandTo(tensor(a, 'expand'), dims(shape, 'expand')),
  detach: (a: SurfaceArg) => apply('detach', [tensor(a, 'detach')]),
  size: (dim: SurfaceArg) => apply('size', [], { dim: dims([dim], 'size')[0]! }),
  sum: (a: SurfaceArg, axis: SurfaceArg) => {
    const t = tensor(a, 'sum');
    const axes = (Array.isArray(axis) ? axis : [axis]).map((n) => axisOf(t, n, 'sum'));
    return apply('sum', [t], { axes: [...new Set(axes)].sort((x, y) => x - y) });
  },
  diag: (v: SurfaceArg) => apply('diag', [tensor(v, 'diag')]),
  kronecker: (a: SurfaceArg, b: SurfaceArg) =>
    apply('kronecker', [tensor(a, 'kronecker'), tensor(b, 'kronecker')]),
  permutation: (p: SurfaceArg) => apply('permutation', [tensor(p, 'permutation')]),
  shuffle: (digits: SurfaceArg, order: SurfaceArg) =>
    apply('shuffle', [], {
      digits: dims(Array.isArray(digits) ? digits : [digits], 'shuffle'),
      order: numbers(order, 'shuffle'),
    }),
  take: (a: SurfaceArg, index: SurfaceArg, axis: SurfaceArg) =>
    take(tensor(a, 'take'), tensor(index, 'take'), axisOf(tensor(a, 'take'), axis, 'take')),
  put: (a: SurfaceArg, index: SurfaceArg, axis: SurfaceArg, size: SurfaceArg) =>
    put(
      tensor(a, 'put'),
      tensor(index, 'put'),
      axisOf(tensor(a, 'put'), axis, 'put'),
      dims([size], 'put')[0]!,
    ),
  halfUpper: (a: SurfaceArg) => apply('halfUpper', [tensor(a, 'halfUpper')]),
  concat: (parts: SurfaceArg, axis: SurfaceArg) => {
    const all = (Array.isArray(parts) ? parts : [parts]).map((p: SurfaceArg) => tensor(p, 'concat'));
    return apply('concat', all, { axis: axisOf(all[0]!, axis, 'concat') });
  },
  householder: (u: SurfaceArg) => apply('householder', [tensor(u, 'householder')]),
  reflectSpan: (u: SurfaceArg) => apply('reflectSpan', [tensor(u, 'reflectSpan')]),
  solve: (a: SurfaceArg, b: SurfaceArg) => apply('solve', [tensor(a, 'solve'), tensor(b, 'solve')]),
  inverse: (a: SurfaceArg) => apply('solve', [tensor(a, 'inverse'), identityLike(tensor(a, 'inverse'))]),
  expm: (q: SurfaceArg) => apply('expm', [tensor(q, 'expm')]),
  attention: (q: SurfaceArg, k: SurfaceArg, v: SurfaceArg, start: SurfaceArg, options?: SurfaceArg) => {
    const { scale, ...unknown } = (options ?? {}) as Record<string, unknown>;
    const extra = Object.keys(unknown)[0];
    if (extra !== undefined)
      throw new OftcError('OFT1022', `attention has no option '${extra}'; it has scale`);
    if (scale !== undefined && typeof scale !== 'number')
      throw new OftcError('OFT1022', `attention: scale is a number, not ${typeof scale}`);
    const args = [q, k, start, v].map((a) => tensor(a, 'attention'));
    return apply('attention', args, scale === undefined ? {} : { scale: number(scale, 'attention') });
  },
  logSumExp: (a: SurfaceArg) => apply('logSumExp', [tensor(a, 'logSumExp')]),
  pick: (a: SurfaceArg, index: SurfaceArg) => apply('pick', [tensor(a, 'pick'), tensor(index, 'pick')]),
  silu: (a: SurfaceArg) => apply('mul', [tensor(a, 'silu'), apply('sigmoid', [tensor(a, 'silu')])]),
  unfold: (x: SurfaceArg, options: SurfaceArg) => {
    const { kernel, stride = 1, padding = 0 } = (options ?? {}) as Record<string, unknown>;
    if (
      ![kernel, stride, padding].every((n) => Number.isSafeInteger(n) && (n as number) >= 0) ||
      !kernel ||
      !stride
    ) {
      throw new OftcError(
        'OFT1022',
        'unfold takes { kernel, stride = 1, padding = 0 }, whole numbers, kernel and stride at least 1',
      );
    }
    return unfold(tensor(x, 'unfold'), {
      kernel: kernel as number,
      stride: stride as number,
      padding: padding as number,
    });
  },
  sqrt: pointwise('sqrt'),
  exp: pointwise('exp'),
  log: pointwise('log'),
  sin: pointwise('sin'),
  cos: pointwise('cos'),
  tanh: pointwise('tanh'),
  sigmoid: pointwise('sigmoid'),
  abs: pointwise('abs'),
  max: pointwise('max'),
  min: pointwise('min'),
} as const satisfies Record<string, (...args: SurfaceArg[]) => Node>;

/** Methods of a tensor; the receiver comes first. */
export const methods = {
  matmul: (a: Node, b: SurfaceArg) => apply('matmul', [a, tensor(b, 'matmul')]),
  add: (a: Node, ...others: readonly SurfaceArg[]) =>
    apply('add', [a, ...(others.length > 0 ? others : [undefined]).map((b) => tensor(b, 'add'))]),
  sub: (a: Node, b: SurfaceArg) =>
    apply('add', [a, typeof b === 'number' ? literal(number(-b, 'sub')) : scaled(-1, tensor(b, 'sub'))]),
  mul: (a: Node, b: SurfaceArg) =>
    typeof b === 'number' ? scaled(number(b, 'mul'), a) : apply('mul', [a, tensor(b, 'mul')]),
  div: (a: Node, b: SurfaceArg) =>
    typeof b === 'number' && b !== 0
      ? scaled(divQ(ONE, number(b, 'div')), a)
      : apply('div', [a, tensor(b, 'div')]),
  neg: (a: Node) => scaled(-1, a),
  reshape: (a: Node, ...shape: readonly SurfaceArg[]) => reshape(a, dims(shape, 'reshape')),
  permute: (a: Node, ...order: readonly SurfaceArg[]) =>
    permuteAxes(a, numbers(order as readonly number[], 'permute')),
  slice: (a: Node, axis: SurfaceArg, start: SurfaceArg, length: SurfaceArg) => {
    const [from, size] = dims([start, length], 'slice') as [Dim, Dim];
    return slice(a, axisOf(a, axis, 'slice'), from, size);
  },
} as const satisfies Record<string, (a: Node, ...args: SurfaceArg[]) => Node>;

/** Properties of a tensor. */
export const properties = {
  T: (a: Node) => transposed(a),
} as const satisfies Record<string, (a: Node) => Node>;
