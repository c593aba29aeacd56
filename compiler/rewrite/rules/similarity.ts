/** Functions of a matrix in another basis, R·A·Rᵀ: a polynomial, the exponential and the Cayley transform of A. */
import { apply } from '../../ir/build.ts';
import type { Node } from '../../ir/node.ts';
import { type Draw, factsOf } from '../../ir/operator.ts';
import { product, scaled, transposed } from '../../ops/nodes.ts';
import { splitProduct } from '../applying.ts';
import { areTransposes } from '../chains.ts';
import { defineRules, LINEAR, type Rule } from '../rule.ts';

const isRotation = (a: Node): boolean => factsOf(a).orthogonal?.kind === 'exact';

/** The attributes of a function in an instance. */
export const coefs = (d: Draw, op: string) =>
  op === 'polynomial' ? { coefs: [d.int(1, 3), d.int(1, 3), 1] } : {};

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
    return apply(op, [scaled(d.pick(1, 0.5), a)], coefs(d, op));
  },
});

/** The functions, and how laws write them. */
export const FUNCTIONS = Object.entries({ cayley: 'cayley', expm: 'exp', polynomial: 'p' });

defineRules(...FUNCTIONS.map(([op, f]) => similar(op, f)));
