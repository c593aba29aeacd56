/**
 * Functions of a matrix in another basis, R·A·Rᵀ, and of Kronecker products with an identity: they are functions of
 * A. The rules hold for polynomials, the exponential and the Cayley transform.
 */
import { equalDim } from '../../dims/dims.ts';
import { apply } from '../../ir/build.ts';
import type { Node, OpNode } from '../../ir/node.ts';
import { factsOf } from '../../ir/operator.ts';
import { isOp, product, scaled, transposed } from '../../ops/nodes.ts';
import { identityLike } from '../../ops/polynomial.ts';
import { splitProduct } from '../applying.ts';
import { areTransposes } from '../chains.ts';
import { type Draw, defineRules, LINEAR, type Rule } from '../rule.ts';

const isRotation = (a: Node): boolean => factsOf(a).orthogonal?.kind === 'exact';

const coefs = (op: string) => (op === 'polynomial' ? { coefs: [2, 3, 1] } : {});

const similar = (op: string, f: string): Rule => ({
  name: `${op}-similar`,
  law: `${f}(R·A·Rᵀ) = R·${f}(A)·Rᵀ when RᵀR = I exactly`,
  numerics: 'reassociates',
  pattern: { op, args: [{ op: 'matmul', through: LINEAR }] },
  build: (node) => {
    const { by, factors } = splitProduct(node.args[0]!);
    const [first, last] = [factors[0]!, factors.at(-1)!];
    if (factors.length < 3 || !isRotation(first) || !areTransposes(first, last)) return undefined;
    const inner = scaled(by, product(factors.slice(1, -1)));
    return apply('matmul', [first, apply(op, [inner], node.attrs), last]);
  },
  instance: (d) => {
    const b = d.int(2, 4);
    const r = apply('cayley', [apply('skew', [d.tensor((b * (b - 1)) / 2)])]);
    const a = apply('matmul', d.pick([r, d.tensor(b, b), transposed(r)], [transposed(r), d.tensor(b, b), r]));
    return apply(op, [scaled(d.pick(1, 0.5), a)], coefs(op));
  },
});

/** The factors of c·(A ⊗ I) or c·(I ⊗ A), where the factor at `at` is c·A. */
function beside(a: Node): { readonly args: readonly Node[]; readonly at: number } | undefined {
  const { by, factors } = splitProduct(a);
  const [only] = factors as [Node];
  if (factors.length > 1 || !isOp(only, 'kronecker')) return undefined;
  const at = only.args.findIndex((_, i) => isOp(only.args[1 - i]!, 'identity'));
  return at < 0 ? undefined : { args: only.args.with(at, scaled(by, only.args[at]!)), at };
}

const grouped = (op: string, f: string): Rule => ({
  name: `${op}-kronecker`,
  law: `${f}(A ⊗ I) = ${f}(A) ⊗ I, ${f}(I ⊗ A) = I ⊗ ${f}(A)`,
  numerics: 'reassociates',
  pattern: { op, args: [{ op: 'kronecker', through: LINEAR, some: { op: 'identity' } }] },
  build: (node: OpNode) => {
    const found = beside(node.args[0]!);
    if (!found || !isSquare(found.args[found.at]!)) return undefined;
    return apply('kronecker', found.args.with(found.at, apply(op, [found.args[found.at]!], node.attrs)));
  },
  instance: (d: Draw) => {
    const [m, n] = [d.int(1, 3), d.int(1, 3)];
    const parts = [d.tensor(m, m), identityLike(d.tensor(n, n))];
    const a = apply('kronecker', d.pick(parts, parts.toReversed()));
    return apply(op, [scaled(d.pick(1, 0.5), a)], coefs(op));
  },
});

const isSquare = (a: Node): boolean => equalDim(a.type.shape[0]!, a.type.shape[1]!);

const FUNCTIONS = [
  ['cayley', 'cayley'],
  ['expm', 'exp'],
  ['polynomial', 'p'],
] as const;

defineRules(...FUNCTIONS.map(([op, f]) => similar(op, f)), ...FUNCTIONS.map(([op, f]) => grouped(op, f)));
