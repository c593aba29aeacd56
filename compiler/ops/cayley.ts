/**
 * The exact Cayley transform R = (I+Q)(I−Q)⁻¹, orthogonal when Q is skew-symmetric. PEFT's exact mode
 * computes its transpose, (I−Q)(I+Q)⁻¹.
 */
import { equalDim } from '../dims/dims.ts';
import { OftcError } from '../errors/error.ts';
import { apply, printShape, sameShape } from '../ir/build.ts';
import { factsOf, register } from '../ir/operator.ts';
import { solve } from '../primitives/build.ts';
import type { Prim } from '../primitives/prim.ts';
import { ofTensor, ofTensors, type SurfaceArg, tensor } from './arguments.ts';
import { isEliminable } from './eliminable.ts';
import { scaled, total, transposed } from './nodes.ts';
import { identityLike } from './polynomial.ts';
import { floatDtype, matrixOf, squareOf } from './shapes.ts';

register({
  name: 'cayley',
  takes: { args: 1 },
  law: '(I+Q)(I−Q)⁻¹',
  type: ([q]) => {
    squareOf(q!, 'cayley');
    return { shape: q!.shape, dtype: floatDtype([q!], 'cayley') };
  },
  facts: (node, of) => (of(node.args[0]!).skewSymmetric ? { orthogonal: { kind: 'exact' } } : {}),
  // dR = (I+R) dQ (I−Q)⁻¹ and (I−Q)⁻¹ = ½(I+R), so gQ = ½ (I+R)ᵀ g (I+R)ᵀ: no solve in the backward.
  vjp: (node, g) => {
    const s = transposed(total([identityLike(node), node]));
    return [scaled(0.5, apply('matmul', [s, g, s]))];
  },
  // (I+Q) and (I−Q)⁻¹ commute: R solves (I−Q) R = I+Q.
  lower: (node, ctx) => {
    const q = node.args[0]!;
    const i = identityLike(q);
    return ctx.lower(apply('solve', [total([i, scaled(-1, q)]), total([i, q])]));
  },
  rotates: true,
  print: 'call',
});

const SOLVING =
  'write inverse(A), solve(A, B) for A⁻¹B, or expm(Q); cayley(Q) = (I+Q)(I−Q)⁻¹ is one operator';

register({
  name: 'solve',
  takes: { args: 2 },
  law: 'X with A X = B',
  type: ([a, b]) => {
    const [left, right] = [squareOf(a!, 'solve'), matrixOf(b!, 'solve')];
    if (!equalDim(left.size, right.rows) || !sameShape(left.batch, right.batch)) {
      throw new OftcError(
        'OFT2001',
        `solve: A is ${printShape(a!.shape)} and B is ${printShape(b!.shape)}: B needs A's rows, and the same batch axes`,
      );
    }
    return { shape: b!.shape, dtype: floatDtype([a!, b!], 'solve') };
  },
  // X = A⁻¹B: gB = A⁻ᵀ g, gA = −gB Xᵀ.
  vjp: (node, g) => {
    const gb = apply('solve', [transposed(node.args[0]!), g]);
    return [scaled(-1, apply('matmul', [gb, transposed(node)])), gb];
  },
  lower: (node, ctx) => {
    const [a, b] = node.args.map((x) => ctx.lower(x)) as [Prim, Prim];
    return solve(node, a, b, !isEliminable(factsOf(node.args[0]!)));
  },
  print: 'call',
  elsewhere: { linalg: SOLVING, inv: 'inverse' },
});

export const functions = {
  cayley: ofTensor('cayley'),
  solve: ofTensors('solve'),
  inverse: (a: SurfaceArg) => apply('solve', [tensor(a, 'inverse'), identityLike(tensor(a, 'inverse'))]),
};
