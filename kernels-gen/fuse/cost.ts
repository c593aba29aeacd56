/** Weights of loop bodies, in f32 operations for each element. A device's `FusionCosts` are compared with them. */
import type { FusionCosts } from '../../compiler/devices/index.ts';
import { constantOf, type Dim, evalReal } from '../../compiler/dims/dims.ts';
import type { BoolExpr, Expr, IntExpr, ScalarFn } from '../../compiler/primitives/expr.ts';
import type { Axis, Prim } from '../../compiler/primitives/prim.ts';
import { expressionsOf, type LoopPrim, loopAxes } from '../../compiler/primitives/substitute.ts';
import { axesIn, loadsOf, visit } from '../../compiler/primitives/visit.ts';
import { extents } from './axes.ts';
import { sharedColumns } from './columns.ts';

const CALL: Record<ScalarFn, number> = {
  add: 1,
  sub: 1,
  mul: 1,
  neg: 0,
  abs: 1,
  max: 1,
  min: 1,
  div: 4,
  sqrt: 4,
  exp: 8,
  log: 8,
  sin: 8,
  cos: 8,
  tanh: 8,
  erf: 16,
};
/** The weight of each load after the first. The first is free: a stored element would have to be loaded, too. */
const EXTRA_LOAD = 2;

/**
 * The weight of a body: what it costs to evaluate, beyond one load. A view with affine indices weighs 0, because it
 * only changes strides. A division by a power of two is a shift; any other takes about 3 operations.
 */
export const weight = (body: Expr | IntExpr): number => {
  const loads = loadsOf(body).length;
  return work(body) + EXTRA_LOAD * Math.max(0, loads - 1);
};

function work(e: Expr | IntExpr | BoolExpr): number {
  switch (e.k) {
    case 'axis':
    case 'int':
    case 'extent':
    case 'const':
      return 0;
    case 'idiv':
    case 'imod':
      return work(e.a) + (Number.isInteger(Math.log2(e.by)) ? 1 : 3);
    case 'isqrt':
      return work(e.a) + 8;
    case 'iload':
    case 'load':
      return e.index.reduce((s, i) => s + work(i), e.k === 'iload' ? EXTRA_LOAD : 0);
    case 'iadd':
    case 'isub':
      return work(e.a) + work(e.b);
    case 'imul':
      return work(e.a) + work(e.b) + (axesIn(e.a).size > 0 && axesIn(e.b).size > 0 ? 1 : 0);
    case 'ilt':
    case 'ieq':
    case 'flt':
    case 'and':
    case 'or':
      return work(e.a) + work(e.b) + 1;
    case 'not':
    case 'fromInt':
      return work(e.a) + 1;
    case 'select':
    case 'iselect':
      return work(e.cond) + work(e.then) + work(e.else) + 1;
    case 'call':
      return e.args.reduce((s, a) => s + work(a), CALL[e.fn]);
    default:
      throw new TypeError(`unknown expression ${e satisfies never}`);
  }
}

/** The floating-point operations of one evaluation. */
export function flopsOf(e: Expr): number {
  if (e.k === 'call') return e.args.reduce((s, a) => s + flopsOf(a), 1);
  return e.k === 'select' ? flopsOf(e.then) + flopsOf(e.else) : 0;
}

/** The number of nodes of an expression tree. */
export function nodesOf(e: Expr | IntExpr | BoolExpr): number {
  let nodes = 0;
  visit(e, () => {
    nodes++;
  });
  return nodes;
}

export const sizeAt = (dims: readonly Dim[], tokens: number): number =>
  dims.reduce((n, d) => n * Math.max(1, evalReal(d, { tokens })), 1);

/**
 * The number of times that `consumer` evaluates each of its expressions for an element of `tensor`. A contraction
 * evaluates an operand once for `operandReuse` elements of the axes that the operand does not use. A solve evaluates each
 * element of B once, and each of A once for each workgroup that has other columns of B.
 */
export function evaluations(
  consumer: LoopPrim,
  tensor: Prim,
  tokens: number,
  { operandReuse }: FusionCosts,
): readonly number[] {
  const sizeOf = (axes: readonly Axis[]) => sizeAt(extents(axes), tokens);
  if (consumer.kind === 'solve') {
    const { axes, over } = consumer;
    const columns = sizeOf(axes.slice(-1));
    const chunks = Math.ceil(columns / (sharedColumns(constantOf(over[0]!.extent), columns) ?? columns));
    const elements = sizeAt(tensor.shape, tokens);
    return [(chunks * sizeOf([...axes.slice(0, -1), ...over])) / elements, sizeOf(axes) / elements];
  }
  const loop = sizeOf(loopAxes(consumer)) / sizeAt(tensor.shape, tokens);
  return expressionsOf(consumer).map((e) => {
    const used = axesIn(e);
    const others = consumer.kind === 'contraction' ? consumer.axes.filter((a) => !used.has(a.name)) : [];
    return loop / Math.min(sizeOf(others), operandReuse);
  });
}
