/** Rules for gradients of generators: packed triangles of sums of products, and generators that all blocks share. */
import { dimConst } from '../../dims/dims.ts';
import type { Rational } from '../../dims/rational.ts';
import { apply, sameShape } from '../../ir/build.ts';
import type { Node, OpNode } from '../../ir/node.ts';
import { factsOf } from '../../ir/operator.ts';
import { expand, product, scaled, total, transposed } from '../../ops/nodes.ts';
import { polynomial } from '../../ops/polynomial.ts';
import { splitProduct, termsOf } from '../applying.ts';
import { type Draw, defineRules, LINEAR, type Rule } from '../rule.ts';

/** The rule f(expand(A)) = expand(f(A)), where only batch axes are repeated: f is computed once for all of them. */
const hoisted = (op: string, law: string, of: (d: Draw) => Node): Rule => ({
  name: `expand-${op.toLowerCase()}`,
  law,
  numerics: 'exact',
  pattern: { op, args: [{ op: 'expand' }] },
  build: (node) => {
    const repeated = node.args[0] as OpNode;
    const [inner] = repeated.args as [Node];
    // The axes that f works on must not be among the repeated ones.
    const worked = op === 'skew' ? 1 : 2;
    if (!sameShape(inner.type.shape.slice(-worked), repeated.type.shape.slice(-worked))) return undefined;
    return expand(apply(op, [inner], node.attrs), node.type.shape);
  },
  instance: (d) => {
    const inner = of(d);
    const shape = [dimConst(d.int(2, 3)), ...inner.type.shape.slice(1)];
    const repeated = apply('expand', [inner], { shape });
    return op === 'polynomial' ? polynomial(repeated, [1, 2, 1]) : apply(op, [repeated]);
  },
});

defineRules(
  hoisted('skew', 'skew(v, …, v) = (skew(v), …, skew(v))', (d) => d.tensor(1, d.pick(1, 3, 6))),
  hoisted('polynomial', 'p(Q, …, Q) = (p(Q), …, p(Q))', (d) => {
    const b = d.int(1, 3);
    return d.tensor(1, b, b);
  }),
  hoisted('cayley', 'cayley(Q, …, Q) = (cayley(Q), …, cayley(Q))', (d) =>
    apply('skew', [d.tensor(1, d.pick(1, 3))]),
  ),
  {
    name: 'packskew-product',
    law: 'packSkew(A·Q + Q·B) = packSkew((A + Bᵀ)·Q) for Qᵀ = −Q: packSkew(X) = −packSkew(Xᵀ)',
    numerics: 'reassociates',
    pattern: {
      op: 'packSkew',
      args: [{ op: 'add', through: LINEAR, some: { op: 'matmul', through: LINEAR } }],
    },
    build: (node) => {
      const terms = (termsOf(node.args[0]!) ?? []).map((term) => ({ term, ...splitProduct(term) }));
      for (const right of terms) {
        const q = right.factors.at(-1)!;
        if (right.factors.length < 2 || !factsOf(q).skewSymmetric) continue;
        const left = terms.find((t) => t !== right && t.factors.length > 1 && t.factors[0] === q);
        if (!left) continue;
        const a = scaled(right.by, product(right.factors.slice(0, -1)));
        const b = scaled(left.by, transposed(product(left.factors.slice(1))));
        const joined = apply('matmul', [total([a, b]), q]);
        const rest = terms.filter((t) => t !== left && t !== right).map((t) => t.term);
        return apply('packSkew', [total([joined, ...rest])]);
      }
      return undefined;
    },
    instance: (d) => {
      const b = d.int(2, 3);
      const q = apply('skew', [d.tensor((b * (b - 1)) / 2)]);
      const by: Rational = { num: 3n, den: 2n };
      const terms = [
        apply('matmul', [d.tensor(b, b), q]),
        d.pick(
          () => apply('matmul', [q, d.tensor(b, b)]),
          () => scaled(by, apply('matmul', [q, d.tensor(b, b)])),
        )(),
        ...d.pick([], [d.tensor(b, b)]),
      ];
      return apply('packSkew', [total(terms)]);
    },
  },
);
