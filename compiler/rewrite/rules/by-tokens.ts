/**
 * Rules that pay only for some token counts. With few rows, it is cheaper to multiply the rows by each term and factor
 * of a polynomial or of a block-diagonal matrix's blocks. With many rows, it is cheaper to form the matrix once.
 */
import { dimConst } from '../../dims/dims.ts';
import { apply, topological } from '../../ir/build.ts';
import type { Node, OpNode } from '../../ir/node.ts';
import { fold } from '../../ir/walk.ts';
import { isOp, product, scaled, total } from '../../ops/nodes.ts';
import { polynomial } from '../../ops/polynomial.ts';
import { hasTokens, splitProduct, termsOf } from '../applying.ts';
import { type Draw, defineRules, LINEAR } from '../rule.ts';
import { applied } from './application.ts';
import { joined } from './blocks.ts';

/** The number of products that rows take with block-diagonal matrices, if sums and products of blocks are expanded. */
const openedProducts = fold((m, of): number => {
  if (m.kind === 'input') return 1;
  if (m.op === 'identity') return 0;
  const isOpened = ['scale', 'transpose', 'matmul'].includes(m.op) || termsOf(m) !== undefined;
  return isOpened ? m.args.reduce((n, a) => n + of(a), 0) : 1;
}, new WeakMap<Node, number>());

/** The number of products that form the blocks. A product that is used twice counts once. */
const formedProducts = (blocks: Node): number =>
  topological([blocks]).reduce((n, m) => n + (isOp(m, 'matmul') ? m.args.length - 1 : 0), 0);

/** Whether opened products are many more than those that form the blocks, as with an exponential's squarings. */
const isOpaque = (blocks: Node): boolean => openedProducts(blocks) > 2 * (formedProducts(blocks) + 1);

/** The rows times a sum of blocks, term by term; `times` multiplies the rows by one block-diagonal matrix. */
function separately(terms: readonly Node[], rows: Node, times: (diagonal: Node) => Node): Node {
  return total(
    terms.map((t) => {
      const { by, factors } = splitProduct(t);
      const inner = product(factors);
      return scaled(by, isOp(inner, 'identity') ? rows : times(apply('blockDiag', [inner])));
    }),
  );
}

const blocks = (d: Draw) => {
  const [r, b] = [d.int(1, 3), d.int(1, 3)];
  const one = () => d.tensor(r, b, b);
  const eye = apply('identity', [], { shape: [r, b, b].map(dimConst) });
  return { n: r * b, one, eye };
};

/** Adds `by` times a matrix to a sum of products, where the number is not 0. */
const plus = (by: number, a: Node, sum: Node): Node => (by === 0 ? sum : total([scaled(by, a), sum]));

defineRules(
  {
    name: 'polynomial-on-rows',
    law: 'x·p(A) = ((c₃·x·A + c₂·x)·A + c₁·x)·A + c₀·x, Horner’s scheme on rows: no power of A is formed for few rows',
    numerics: 'reassociates',
    phase: 'define',
    tokens: 'few',
    pattern: { op: 'matmul', some: { op: 'polynomial' } },
    build: (node) => {
      const i = node.args.findIndex((a) => isOp(a, 'polynomial') && a.type.shape.length === 2);
      if (i < 0 || !node.args.some(hasTokens)) return undefined;
      const { args, attrs } = node.args[i] as OpNode;
      const [inner] = args as [Node];
      const coefs = attrs.coefs as readonly number[];
      const top = Math.max(
        0,
        coefs.findLastIndex((c) => c !== 0),
      );
      const evaluated = (x: Node, times: (y: Node) => Node): Node =>
        coefs.slice(0, top).reduceRight((sum, c) => plus(c, x, times(sum)), scaled(coefs[top]!, x));
      return applied(
        node,
        i,
        (x) => evaluated(x, (y) => product([y, inner])),
        (x) => evaluated(x, (y) => product([inner, y])),
      );
    },
    instance: (d) => {
      const n = d.int(2, 4);
      const coefs = d.pick([3], [0, 0], [1, 2], [0, 0, 2, 0], [1, 0, -2, 3]);
      const p = polynomial(d.tensor(n, n), coefs);
      return apply('matmul', d.pick([d.tensor('tokens', n), p], [p, d.tensor(n, 'tokens')]));
    },
  },
  {
    name: 'blocks-on-rows',
    law: 'x·diag(A·B) = x·diag(A)·diag(B), x·diag(A + B) = x·diag(A) + x·diag(B): no blocks are formed for few rows',
    numerics: 'reassociates',
    phase: 'apply',
    tokens: 'few',
    pattern: {
      op: 'matmul',
      some: { op: 'blockDiag', args: [{ op: ['matmul', 'add'], through: LINEAR }] },
    },
    build: (node) => {
      if (!node.args.some(hasTokens)) return undefined;
      for (const [i, f] of node.args.entries()) {
        if (!isOp(f, 'blockDiag')) continue;
        const [t] = f.args as [Node];
        if (isOpaque(t)) continue;
        const { by, factors } = splitProduct(t);
        if (factors.length > 1) {
          if (factors.some((a) => a.type.shape.length !== 3)) continue;
          const opened = factors.map((a) => apply('blockDiag', [a]));
          return scaled(by, product([...node.args.slice(0, i), ...opened, ...node.args.slice(i + 1)]));
        }
        const terms = termsOf(t);
        if (!terms) continue;
        return applied(
          node,
          i,
          (x) => separately(terms, x, (m) => apply('matmul', [x, m])),
          (y) => separately(terms, y, (m) => apply('matmul', [m, y])),
        );
      }
      return undefined;
    },
    instance: (d) => {
      const { n, one, eye } = blocks(d);
      const t = d.pick(
        () => scaled(d.pick(1, 3), apply('matmul', [one(), one()])),
        () => apply('add', [eye, scaled(2, one())]),
        () => apply('add', [one(), apply('matmul', [one(), one()])]),
      )();
      const m = apply('blockDiag', [t]);
      return apply('matmul', d.pick([d.tensor('tokens', n), m], [m, d.tensor(n, 'tokens')]));
    },
  },
  {
    name: 'blocks-compose',
    law: 'x·diag(A)·diag(B) = x·diag(A·B) where square blocks meet: once, for many rows',
    numerics: 'reassociates',
    tokens: 'many',
    pattern: { op: 'matmul', some: { op: 'blockDiag' } },
    build: (node) => {
      if (!node.args.some(hasTokens)) return undefined;
      for (const [i, a] of node.args.entries()) {
        const both = joined(a, node.args[i + 1]);
        if (!both) continue;
        return product([...node.args.slice(0, i), apply('blockDiag', [both]), ...node.args.slice(i + 2)]);
      }
      return undefined;
    },
    instance: (d) => {
      const { n, one } = blocks(d);
      return apply('matmul', [
        d.tensor('tokens', n),
        apply('blockDiag', [one()]),
        apply('blockDiag', [one()]),
      ]);
    },
  },
);
