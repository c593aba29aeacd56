/** Rules for reshapes around products: the batch axes of a left factor fold into its rows. */
import { dimConst, ofTokens, productDim } from '../../dims/dims.ts';
import { apply } from '../../ir/build.ts';
import type { Node, OpNode } from '../../ir/node.ts';
import { canReshape, permuteAxes, reshape } from '../../ops/indexing.ts';
import { defineRules } from '../rule.ts';

/** The order of axes that puts the axis of the tokens first, so that no stride depends on `tokens`. */
function tokensFirst(a: Node): number[] {
  const axes = a.type.shape.map((_, n) => n);
  const at = a.type.shape.findIndex(ofTokens);
  return at <= 0 ? axes : [at, ...axes.filter((n) => n !== at)];
}

defineRules(
  {
    name: 'fold-batch',
    law: 'X·A for a batch X of matrices is their rows, one under the other, times A',
    numerics: 'exact',
    pattern: { op: 'matmul' },
    build: (node) => {
      const [x, ...rest] = node.args as [Node, ...Node[]];
      const rank = x.type.shape.length;
      if (rank <= 2 || rest.some((a) => a.type.shape.length !== 2)) return undefined;
      const order = tokensFirst(x);
      // Two axes that depend on `tokens` cannot become one.
      if (order.at(-1) !== rank - 1 || x.type.shape.slice(0, -1).filter(ofTokens).length > 1)
        return undefined;
      const moved = permuteAxes(x, order);
      const rows = reshape(moved, [productDim(moved.type.shape.slice(0, -1)), x.type.shape.at(-1)!]);
      const y = apply('matmul', [rows, ...rest]);
      return permuteAxes(
        reshape(y, [...moved.type.shape.slice(0, -1), y.type.shape.at(-1)!]),
        order.map((_, n) => order.indexOf(n)),
      );
    },
    instance: (d) => {
      const [k, m, n] = [d.int(1, 3), d.int(1, 3), d.int(1, 3)];
      const x = d.pick([k, m, n], [2, k, m, n]);
      return apply('matmul', [d.tensor(...x), d.tensor(n, d.int(1, 3))]);
    },
  },
  {
    name: 'reshape-reshape',
    law: 'reshaping twice is reshaping to the last shape',
    numerics: 'exact',
    pattern: { op: 'reshape', args: [{ op: 'reshape' }] },
    build: (node) => {
      const [a] = (node.args[0] as OpNode).args as [Node];
      // Two reshapes may lower one after the other but not as one, where an axis of tokens stands between.
      return canReshape(a.type.shape, node.type.shape) ? reshape(a, node.type.shape) : undefined;
    },
    instance: (d) => {
      const [m, n] = [d.int(1, 4), d.int(2, 4)];
      const outer = d.pick([m, n], [n, m], [1, m * n]);
      const split = apply('reshape', [d.tensor(m, n)], { shape: [m * n].map(dimConst) });
      return apply('reshape', [split], { shape: outer.map(dimConst) });
    },
  },
);
