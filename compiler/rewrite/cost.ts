/**
 * What a product costs, as formulas in the dimensions, and what a device makes of it. All four counts are
 * kept apart until a profile weighs them: forward FLOPs alone pick the wrong form for training.
 */

import type { DeviceProfile } from '../devices/index.ts';
import {
  addDim,
  type Dim,
  dimConst,
  dimNames,
  mulDim,
  printDim,
  productDim,
  RUNTIME_DIM,
  substituteDim,
} from '../dims/dims.ts';
import { toNumber } from '../dims/rational.ts';
import type { Node, OpNode } from '../ir/node.ts';
import { structureOf } from '../ir/operator.ts';
import { isOp } from '../ops/nodes.ts';

export interface Cost {
  /** Floating-point operations; a multiply-add is two. */
  readonly ops: Dim;
  /** Bytes read and written by the kernels. */
  readonly bytes: Dim;
  /** Bytes of intermediate results. */
  readonly memory: Dim;
  /** Kernel launches. */
  readonly launches: number;
}

const zero = dimConst(0);
export const NO_COST: Cost = { ops: zero, bytes: zero, memory: zero, launches: 0 };

export const addCost = (a: Cost, b: Cost): Cost => ({
  ops: addDim(a.ops, b.ops),
  bytes: addDim(a.bytes, b.bytes),
  memory: addDim(a.memory, b.memory),
  launches: a.launches + b.launches,
});

/** The cost at given sizes. */
export const bindCost = (c: Cost, by: Readonly<Record<string, Dim>>): Cost => ({
  ops: substituteDim(c.ops, by),
  bytes: substituteDim(c.bytes, by),
  memory: substituteDim(c.memory, by),
  launches: c.launches,
});

const width = (n: Node): Dim => dimConst(n.type.dtype === 'f16' ? 2 : 4);

/** Bytes a matrix occupies: what determines it, when it is structured. */
export function storedBytes(n: Node): Dim {
  const s = structureOf(n);
  return mulDim(s ? s.elements(n as OpNode) : productDim(n.type.shape), width(n));
}

/**
 * One product of two factors (or the diagonal blocks of one). `memory` is the result's own size; whether
 * it is an intermediate is the caller's knowledge.
 */
export function productCost(node: OpNode): Cost {
  if (isOp(node, 'blockDiag')) return productCost(node.args[0] as OpNode);
  const projected = isOp(node, 'diagBlocks');
  const [left, right] = (projected ? (node.args[0] as OpNode) : node).args as [Node, Node];
  const bytes = [storedBytes(left), storedBytes(right), storedBytes(node)].reduce(addDim);
  return { ops: productOps(node, left, right, projected), bytes, memory: storedBytes(node), launches: 1 };
}

function productOps(node: OpNode, left: Node, right: Node, projected: boolean): Dim {
  const inner = left.type.shape.at(-1)!;
  if (projected) return productDim([dimConst(2), ...node.type.shape, inner]);
  const [l, r] = [structureOf(left), structureOf(right)];
  if (r) return r.ops(right as OpNode, productDim(left.type.shape.slice(0, -1)));
  if (l)
    return l.ops(left as OpNode, productDim([...right.type.shape.slice(0, -2), right.type.shape.at(-1)!]));
  return productDim([dimConst(2), ...node.type.shape, inner]);
}

/** Coefficients by power of `tokens`, lowest first. */
export type Poly = readonly number[];

/** A bound cost has no other name in it, and no quotient by `tokens`. */
export function inTokens(d: Dim): Poly {
  const powers = d.terms.map((t) => t.powers.reduce((s, [, p]) => s + p, 0));
  const out = Array<number>(Math.max(0, ...powers) + 1).fill(0);
  d.terms.forEach((t, i) => {
    if (t.powers.some(([n, p]) => n !== RUNTIME_DIM || p < 0)) {
      throw new RangeError(`cost '${printDim(d)}' is not a polynomial in tokens`);
    }
    out[powers[i]!]! += toNumber(t.coef);
  });
  return out;
}

/** Whether a cost is in `tokens` alone, so that candidates can be ranked. */
export const isBound = (c: Cost): boolean =>
  [c.ops, c.bytes, c.memory].every((d) => dimNames(d).every((n) => n === RUNTIME_DIM));

/** Seconds by power of `tokens`: α + β·tokens (+ γ·tokens² + …). */
export function seconds(c: Cost, profile: DeviceProfile): Poly {
  const [ops, bytes] = [inTokens(c.ops), inTokens(c.bytes)];
  return Array.from(
    { length: Math.max(ops.length, bytes.length) },
    (_, p) =>
      (ops[p] ?? 0) / profile.flops +
      (bytes[p] ?? 0) / profile.bandwidth +
      (p === 0 ? c.launches * profile.launch : 0),
  );
}

export function atTokens(poly: Poly, tokens: number): number {
  let value = 0;
  for (let power = poly.length - 1; power >= 0; power--) value = value * tokens + poly[power]!;
  return value;
}
