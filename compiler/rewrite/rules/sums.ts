/** Sums flatten, and linear structure passes through them. */
import { apply, sameShape } from '../../ir/build.ts';
import { dimConst } from '../../ir/dims.ts';
import type { Node, OpNode } from '../../ir/node.ts';
import type { Rational } from '../../ir/rational.ts';
import { isOp, scaled, total } from '../../ops/nodes.ts';
import { type Draw, defineRules } from '../rule.ts';

const square = (d: Draw) => {
  const [r, b] = [d.int(1, 3), d.int(1, 3)];
  return {
    r,
    b,
    matrix: () => d.tensor(r * b, r * b),
    attrs: { blocks: dimConst(r), rows: dimConst(b), cols: dimConst(b) },
  };
};

export const sumRules = defineRules(
  {
    name: 'add-flatten',
    law: '(a + b) + c = a + b + c',
    numerics: 'reassociates',
    pattern: { op: 'add', some: { op: 'add' } },
    build: (node, ctx) => {
      const flat = node.args.flatMap((a) => (isOp(a, 'add') && ctx.uses(a) === 1 ? a.args : [a]));
      return flat.length === node.args.length ? undefined : total(flat);
    },
    instance: (d) => {
      const [m, n] = [d.int(1, 4), d.int(1, 4)];
      const [a, b, c] = [d.tensor(m, n), d.tensor(m, n), d.tensor(n)];
      return d.pick(
        () => apply('add', [apply('add', [a, c]), b]),
        () => apply('add', [a, apply('add', [b, c])]),
      )();
    },
  },
  {
    name: 'scale-scale',
    law: 'c·(d·A) = (c·d)·A',
    numerics: 'reassociates',
    pattern: { op: 'scale', args: [{ op: 'scale' }] },
    build: (node) => scaled(node.attrs.by as Rational, node.args[0]!),
    instance: (d) => {
      const by = () => ({ num: BigInt(d.int(2, 9)), den: 7n });
      return apply('scale', [apply('scale', [d.tensor(d.int(1, 4))], { by: by() })], { by: by() });
    },
  },
  {
    name: 'diagblocks-linear',
    law: 'blocks(c·A) = c·blocks(A), blocks(A + B) = blocks(A) + blocks(B)',
    numerics: 'exact',
    pattern: { op: 'diagBlocks' },
    build: (node) => {
      const [a] = node.args as [Node];
      if (isOp(a, 'scale')) return scaled(a.attrs.by as Rational, apply('diagBlocks', a.args, node.attrs));
      // A broadcast summand is no matrix of its own.
      const isMatrix = (x: Node) => sameShape(x.type.shape, a.type.shape);
      if (isOp(a, 'add') && a.args.every(isMatrix))
        return total(a.args.map((x) => apply('diagBlocks', [x], node.attrs)));
      return undefined;
    },
    instance: (d) => {
      const { matrix, attrs } = square(d);
      const inner = d.pick(
        () => apply('scale', [matrix()], { by: { num: 3n, den: 2n } }),
        () => apply('add', [matrix(), matrix()]),
      )();
      return apply('diagBlocks', [inner], attrs);
    },
  },
  {
    name: 'diagblocks-blockdiag',
    law: 'blocks(diag(T)) = T',
    numerics: 'exact',
    pattern: { op: 'diagBlocks', args: [{ op: 'blockDiag' }] },
    build: (node) => {
      const inner = (node.args[0] as OpNode).args[0]!;
      return sameShape(node.type.shape, inner.type.shape) ? inner : undefined;
    },
    instance: (d) => {
      const { r, b, attrs } = square(d);
      return apply('diagBlocks', [apply('blockDiag', [d.tensor(r, b, b)])], attrs);
    },
  },
  {
    name: 'blockdiag-identity',
    law: 'diag(I, …, I) = I',
    numerics: 'exact',
    pattern: { op: 'blockDiag', args: [{ op: 'identity' }] },
    build: (node) => apply('identity', [], { shape: node.type.shape }),
    instance: (d) => {
      const [r, b] = [d.int(1, 3), d.int(1, 3)];
      return apply('blockDiag', [apply('identity', [], { shape: [r, b, b].map(dimConst) })]);
    },
  },
  {
    name: 'blockdiag-scale',
    law: 'diag(c·T) = c·diag(T)',
    numerics: 'exact',
    pattern: { op: 'blockDiag', args: [{ op: 'scale' }] },
    build: (node) => {
      const [s] = node.args as [OpNode];
      return scaled(s.attrs.by as Rational, apply('blockDiag', s.args));
    },
    instance: (d) =>
      apply('blockDiag', [
        apply('scale', [d.tensor(d.int(1, 3), d.int(1, 3), d.int(1, 3))], { by: { num: -5n, den: 2n } }),
      ]),
  },
);
