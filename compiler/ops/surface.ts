/**
 * The names authors write, each building a node: the one table behind the typed facade (src/dsl) and the
 * front end. A tensor argument is a Node; numbers, strings and option objects are static.
 */
import { apply, printShape } from '../ir/build.ts';
import type { Dim } from '../ir/dims.ts';
import { OftcError } from '../ir/error.ts';
import { didYouMean } from '../ir/nearest.ts';
import type { Node } from '../ir/node.ts';
import { fromNumber } from '../ir/rational.ts';
import { resolveDim } from '../ir/scope.ts';
import { literal } from './elementwise.ts';
import { expand as expandTo, scaled, transposed } from './nodes.ts';
import { cayleyNeumannCoefficients, type NeumannSeries, polynomial } from './polynomial.ts';

export type SurfaceArg =
  | Node
  | number
  | string
  | readonly number[]
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
  sqrt: pointwise('sqrt'),
  exp: pointwise('exp'),
  log: pointwise('log'),
  sin: pointwise('sin'),
  cos: pointwise('cos'),
  tanh: pointwise('tanh'),
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
  div: (a: Node, b: SurfaceArg) => apply('div', [a, tensor(b, 'div')]),
  neg: (a: Node) => scaled(-1, a),
} as const satisfies Record<string, (a: Node, ...args: SurfaceArg[]) => Node>;

/** Properties of a tensor. */
export const properties = {
  T: (a: Node) => transposed(a),
} as const satisfies Record<string, (a: Node) => Node>;
