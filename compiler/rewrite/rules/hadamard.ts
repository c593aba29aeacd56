/** Rules for the Walsh–Hadamard matrix, which is symmetric and, up to its order, its own inverse. */
import { dimConst } from '../../dims/dims.ts';
import { apply } from '../../ir/build.ts';
import type { Node, OpNode } from '../../ir/node.ts';
import { isOp, product } from '../../ops/nodes.ts';
import { identityLike } from '../../ops/polynomial.ts';
import { type Draw, defineRules } from '../rule.ts';

const hadamard = (n: number) => apply('hadamard', [], { size: dimConst(n) }) as OpNode;
const order = (d: Draw): number => 2 ** d.int(0, 3);
const orderOf = (h: OpNode): Node => apply('size', [], { dim: h.attrs.size! });

defineRules(
  {
    name: 'hadamard-square',
    law: 'H·H = n·I',
    numerics: 'reassociates',
    pattern: { op: 'matmul', some: { op: 'hadamard' } },
    build: (node) => {
      const at = node.args.findIndex((a, i) => isOp(a, 'hadamard') && a === node.args[i + 1]);
      if (at < 0) return undefined;
      const h = node.args[at] as OpNode;
      const rest = node.args.toSpliced(at, 2);
      return apply('mul', [rest.length > 0 ? product(rest) : identityLike(h), orderOf(h)]);
    },
    instance: (d) => {
      const n = order(d);
      const h = hadamard(n);
      return apply('matmul', d.pick([d.tensor(d.int(1, 3), n), h, h], [h, h], [h, h, h]));
    },
  },
  {
    name: 'solve-hadamard',
    law: 'H⁻¹·B = H·B/n',
    numerics: 'reassociates',
    pattern: { op: 'solve', args: [{ op: 'hadamard' }, 'any'] },
    build: (node) => {
      const [h, b] = node.args as [OpNode, Node];
      return apply('div', [apply('matmul', [h, b]), orderOf(h)]);
    },
    instance: (d) => {
      const n = order(d);
      return apply('solve', [hadamard(n), d.tensor(n, d.int(1, 3))]);
    },
  },
);
