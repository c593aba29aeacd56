/** A₁·A₂·…·Aₙ: n-ary, because a product has no association until one is chosen. */
import { cotangent } from '../associate/chains.ts';
import { equalDim, mulDim, ofTokens, printDim } from '../dims/dims.ts';
import { sameSize } from '../dims/scope.ts';
import { OftcError } from '../errors/error.ts';
import type { Span } from '../errors/span.ts';
import { apply, printShape, sameExpression, sameShape } from '../ir/build.ts';
import type { Node, OpNode, TensorType } from '../ir/node.ts';
import {
  actionOf,
  type Facts,
  type Lowering,
  productOrthogonality,
  register,
  structureOf,
} from '../ir/operator.ts';
import { ax, axesOf, axis, contraction, indices, load } from '../primitives/build.ts';
import type { Prim } from '../primitives/prim.ts';
import { type SurfaceArg, tensor } from './arguments.ts';
import { product, sumTo, transposed } from './nodes.ts';
import { floatDtype, matrixOf } from './shapes.ts';

/** The error OFT2001 for factors whose sizes differ. Its parts let a caller that sees the source write the remedy. */
export class UnfitProduct extends OftcError {
  readonly unfit: string;
  readonly factors: readonly [TensorType, TensorType];

  constructor(unfit: string, factors: readonly [TensorType, TensorType], spans: readonly Span[] = []) {
    super('OFT2001', unfit + remedy(...factors), spans);
    this.unfit = unfit;
    this.factors = factors;
  }

  override at(spans: readonly Span[]): UnfitProduct {
    return new UnfitProduct(this.unfit, this.factors, spans);
  }
}

/** Advice that most likely makes the product fit: a transpose, blocks on a diagonal, or a stated equality. */
function remedy(a: TensorType, b: TensorType): string {
  const [left, right] = [matrixOf(a, 'matmul'), matrixOf(b, 'matmul')];
  if (ofTokens(left.cols)) return ': x has one row for each token: declare it (tokens, in)';
  if (ofTokens(right.rows) && equalDim(left.cols, right.cols))
    return ': x has one row for each token, so that R·x is written x.matmul(R.T)';
  if (equalDim(left.cols, right.cols))
    return ': transpose the right factor, .matmul(….T), or drop the .T that it ends with';
  if (equalDim(left.rows, right.rows))
    return ': transpose the left factor, ….T.matmul(…), or drop the .T that it ends with';
  const [blocks] = right.batch;
  if (blocks !== undefined && left.batch.length === 0 && right.batch.length === 1) {
    const wide = printDim(mulDim(blocks, right.rows));
    return `: blockDiag(…) makes one matrix with ${wide} rows of these ${printDim(blocks)} blocks`;
  }
  const same = sameSize(left.cols, right.rows);
  return same && `: ${same}`;
}

function pairType(a: TensorType, b: TensorType): TensorType {
  const left = matrixOf(a, 'matmul');
  const right = matrixOf(b, 'matmul');
  if (!equalDim(left.cols, right.rows)) {
    const sizes = `columns '${printDim(left.cols)}' do not match rows '${printDim(right.rows)}'`;
    throw new UnfitProduct(`matmul: ${printShape(a.shape)} · ${printShape(b.shape)}: ${sizes}`, [a, b]);
  }
  const batch = left.batch.length === 0 ? right.batch : left.batch;
  if (left.batch.length > 0 && right.batch.length > 0 && !sameShape(left.batch, right.batch)) {
    throw new OftcError(
      'OFT2001',
      `matmul: ${printShape(a.shape)} · ${printShape(b.shape)}: batch axes ${printShape(left.batch)} do not match ${printShape(right.batch)}, and are not broadcast: permute puts the axis that both have in front, blockDiag multiplies a matrix by blocks`,
    );
  }
  return { shape: [...batch, left.rows, right.cols], dtype: floatDtype([a, b], 'matmul') };
}

/** Lowers a product of dense factors: out[…, i, j] = Σ_k a[…, i, k] b[…, k, j]. */
function contractDense(node: OpNode, a: Prim, b: Prim): Prim {
  const shape = node.type.shape;
  const axes = axesOf(shape);
  const at = indices(axes);
  const [i, j] = at.slice(-2);
  const batch = at.slice(0, -2);
  const k = axis('k', a.shape.at(-1)!);
  const batchOf = (p: Prim) => batch.slice(batch.length - (p.shape.length - 2));
  return contraction(
    node,
    axes,
    [k],
    [a, b],
    load(0, [...batchOf(a), i!, ax('k')]),
    load(1, [...batchOf(b), ax('k'), j!]),
  );
}

function lowerPair(node: OpNode, ctx: Lowering): Prim {
  const [left, right] = node.args as [Node, Node];
  if (ctx.structured) {
    const acting =
      actionOf(right)?.right(right as OpNode, left) ?? actionOf(left)?.left(left as OpNode, right);
    if (acting) return ctx.lower(acting);
    const l = structureOf(left);
    const r = structureOf(right);
    if (l && l === r) {
      const composed = l.compose?.(left as OpNode, right as OpNode);
      if (composed) return ctx.lower(composed);
    }
    if (r) return r.applyRight(right as OpNode, ctx.lower(left), ctx);
    if (l) return l.applyLeft(left as OpNode, ctx.lower(right), ctx);
  }
  return contractDense(node, ctx.lower(left), ctx.lower(right));
}

const areTransposes = (a: Node, b: Node): boolean => sameExpression(transposed(a), b);

/** The sign s = ±1 in (A₁…Aₙ)ᵀ = Aₙᵀ…A₁ᵀ = s·A₁…Aₙ, where each Aᵢᵀ is Aₙ₊₁₋ᵢ or its negative. */
function reversal(factors: readonly Node[], of: (n: Node) => Facts): 1 | -1 | undefined {
  let sign: 1 | -1 = 1;
  for (const [i, a] of factors.entries()) {
    const b = factors[factors.length - 1 - i]!;
    const { symmetric, skewSymmetric } = of(a);
    const same = sameExpression(a, b);
    if (same && skewSymmetric) sign = sign === 1 ? -1 : 1;
    else if (!(same && symmetric) && !areTransposes(a, b)) return undefined;
  }
  return sign;
}

/** Whether a product is Bᵀ·B, or Bᵀ·A·B with xᵀAx ≥ 0: then the product's xᵀ…x is never below 0 either. */
function isCongruence(factors: readonly Node[], of: (n: Node) => Facts): boolean {
  const half = Math.floor(factors.length / 2);
  const middle = factors.length % 2 === 1 ? of(factors[half]!) : undefined;
  if (middle && !middle.definite) return false;
  return factors.slice(0, half).every((a, i) => {
    const b = factors[factors.length - 1 - i]!;
    return areTransposes(a, b) || (of(a).symmetric === true && sameExpression(a, b));
  });
}

const PRODUCT = 'write a.matmul(b) for a product of matrices, a.mul(b) element by element';
const EINSUM = "write einsum('ti,oi->to', x, W), with a letter for each axis";

register({
  name: 'matmul',
  takes: { args: 'several' },
  law: 'A·B',
  type: (args) => args.slice(1).reduce(pairType, args[0]!),
  facts: (node, of) => {
    const orthogonal = productOrthogonality(node.args.map(of));
    const mirrored = reversal(node.args, of);
    return {
      ...(orthogonal ? { orthogonal } : {}),
      ...(mirrored === 1 ? { symmetric: true } : {}),
      ...(mirrored === -1 ? { skewSymmetric: true } : {}),
      ...(isCongruence(node.args, of) ? { definite: 'semi' as const } : {}),
    };
  },
  transpose: (node) => apply('matmul', node.args.map(transposed).reverse()),
  transposeLaw: '(A·B)ᵀ = Bᵀ·Aᵀ',
  sample: (d) => apply('matmul', [d.tensor(d.int(1, 4), 3), d.tensor(3, d.int(1, 4))]),
  // The gradient is summed over batch axes that factor i does not have.
  vjp: (node, g) =>
    node.args.map((a, i) => sumTo(product(cotangent(node.args, i, g, transposed)), a.type.shape)),
  lower: (node, ctx) =>
    node.args.length === 2
      ? lowerPair(node, ctx)
      : ctx.lower(node.args.slice(1).reduce((a, b) => apply('matmul', [a, b]), node.args[0]!)),
  print: ({ args }, p) => args.slice(1).reduce((text, a) => `${text}.matmul(${p.text(a)})`, p.text(args[0]!)),
  elsewhere: {
    mm: PRODUCT,
    bmm: PRODUCT,
    dot: PRODUCT,
    times: PRODUCT,
    tensordot: EINSUM,
    inner: EINSUM,
    outer: "write einsum('i,j->ij', u, v)",
    linear: 'write x.matmul(W.T), with .add(bias) where there is one',
  },
});

export const methods = {
  matmul: (a: Node, b: SurfaceArg) => {
    if (
      a.kind === 'input' &&
      a.role === 'input' &&
      a.type.shape.length === 1 &&
      !ofTokens(a.type.shape[0]!)
    ) {
      const write = `${a.name}: input('tokens', '${printDim(a.type.shape[0]!)}')`;
      throw new OftcError(
        'OFT2003',
        `matmul: '${a.name}' has no tokens, which are an input's first dimension: declare ${write}`,
      );
    }
    return apply('matmul', [a, tensor(b, 'matmul')]);
  },
};
