/**
 * The Walsh–Hadamard matrix of order n = 2ᵏ in Sylvester's form, H[i, j] = (−1)^(number of ones in i & j): symmetric,
 * H·H = n·I. As H(m·r) = H(m) ⊗ H(r), it multiplies a row by n·log n additions, RADIX columns at a time.
 */
import { constantOf, type Dim, dimConst, ofTokens, printDim } from '../dims/dims.ts';
import { OftcError } from '../errors/error.ts';
import { apply } from '../ir/build.ts';
import type { Node, OpNode } from '../ir/node.ts';
import { type Action, operator, register } from '../ir/operator.ts';
import { ax, axesOf, constant, iadd, idiv, ieq, imod, imul, int, map, select } from '../primitives/build.ts';
import type { IntExpr } from '../primitives/expr.ts';
import { dims, type SurfaceArg } from './arguments.ts';
import './kronecker.ts';

/** The largest order that multiplies as a dense matrix. */
const RADIX = 16;

/** The order as a number; undefined while it is a name. Throws OFT2003 unless it can be a power of 2. */
function orderOf(d: Dim): number | undefined {
  if (ofTokens(d))
    throw new OftcError(
      'OFT2003',
      `hadamard: its order is a size that is known when compiling, not ${printDim(d)}`,
    );
  const n = constantOf(d);
  if (n !== undefined && (n < 1 || !Number.isInteger(Math.log2(n))))
    throw new OftcError('OFT2003', `hadamard: its order is a power of 2, not ${printDim(d)}`);
  return n;
}

const sizeOf = (node: OpNode) => node.attrs.size as Dim;
const hadamard = (n: number): Node => apply('hadamard', [], { size: dimConst(n) });

/** The matrix as H(m) ⊗ H(r), each of whose factors is smaller. */
function factored(node: OpNode): OpNode {
  const n = orderOf(sizeOf(node))!;
  return apply('kronecker', [hadamard(n / RADIX), hadamard(RADIX)]) as OpNode;
}

const kronecker = (): Action => operator('kronecker').action!;

register({
  name: 'hadamard',
  takes: { args: 0, attrs: { size: 'dim' } },
  law: 'H(2ᵏ) = H(2) ⊗ … ⊗ H(2), H(2) = [[1, 1], [1, −1]]',
  weak: true,
  type: (_, attrs) => {
    const size = attrs.size as Dim;
    orderOf(size);
    return { shape: [size, size], dtype: 'f32' };
  },
  facts: (node) => ({
    symmetric: true,
    ...(orderOf(sizeOf(node)) === 1 ? { orthogonal: { kind: 'exact' as const } } : {}),
  }),
  transpose: (node) => node,
  transposeLaw: 'Hᵀ = H',
  // A transform of order 32 acts as two smaller ones.
  sample: (d) => apply('hadamard', [], { size: dimConst(2 ** d.int(0, 5)) }),
  vjp: () => [],
  // An element is 1 where i and j have an even number of ones in common.
  lower: (node) => {
    const bits = Math.log2(orderOf(sizeOf(node))!);
    const bit = (i: IntExpr, b: number) => imod(idiv(i, 2 ** b), 2);
    const common = Array.from({ length: bits }, (_, b) => imul(bit(ax('i0'), b), bit(ax('i1'), b)));
    const isEven = ieq(imod(common.reduce(iadd, int(0)), 2), int(0));
    return map(node, axesOf(node.type.shape), [], select(isEven, constant(1), constant(-1)));
  },
  action: {
    // A small matrix is dense. A matrix whose order is a name acts once the name is bound.
    acts: (node) => (orderOf(sizeOf(node)) ?? 0) > RADIX,
    right: (node, x) => kronecker().right(factored(node), x),
    left: (node, y) => kronecker().left(factored(node), y),
    ops: (node) => {
      const n = orderOf(sizeOf(node))!;
      let [perColumn, rest] = [0, n];
      for (; rest > RADIX; rest /= RADIX) perColumn += RADIX;
      return dimConst(2 * n * (perColumn + rest));
    },
  },
  print: (node, p) => p.call('hadamard', [p.dim(sizeOf(node))]),
  elsewhere: { fwht: 'hadamard', walshhadamard: 'hadamard', hadamardtransform: 'hadamard' },
});

export const functions = {
  hadamard: (size: SurfaceArg) => apply('hadamard', [], { size: dims([size], 'hadamard')[0]! }),
};
