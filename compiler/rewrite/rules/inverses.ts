/** Inverses that need no elimination, or a smaller one. */
import { apply, Identity, sameShape } from '../../ir/build.ts';
import { dimConst } from '../../ir/dims.ts';
import type { Node, OpNode } from '../../ir/node.ts';
import { reshape } from '../../ops/indexing.ts';
import { isOp, product, transposed } from '../../ops/nodes.ts';
import { factsOf } from '../../ops/operator.ts';
import { identityLike } from '../../ops/polynomial.ts';
import { transposeOf } from '../chains.ts';
import { type Draw, defineRules } from '../rule.ts';

/** An exactly orthogonal matrix. */
function rotation(d: Draw): Node {
  const b = d.int(2, 4);
  return apply('cayley', [apply('skew', [d.tensor((b * (b - 1)) / 2)])]);
}

const solve = (a: Node, b: Node): Node => apply('solve', [a, b]);

defineRules(
  {
    name: 'orthogonal-cancel',
    law: 'R·Rᵀ = I when RᵀR = I exactly',
    numerics: 'reassociates',
    pattern: { op: 'matmul' },
    build: (node) => {
      const identity = new Identity();
      const at = node.args.findIndex((a, i) => {
        const next = node.args[i + 1];
        if (!next || factsOf(a).orthogonal?.kind !== 'exact') return false;
        return (
          identity.of(transposeOf(a)) === identity.of(next) ||
          identity.of(a) === identity.of(transposeOf(next))
        );
      });
      if (at < 0) return undefined;
      const rest = [...node.args.slice(0, at), ...node.args.slice(at + 2)];
      const result = rest.length > 0 ? product(rest) : apply('identity', [], { shape: node.type.shape });
      return sameShape(result.type.shape, node.type.shape) ? result : undefined;
    },
    instance: (d) => {
      const r = rotation(d);
      const b = r.type.shape.at(-1)!;
      const x = d.tensor(d.int(1, 3), Number(b.terms[0]!.coef.num));
      return apply('matmul', [x, ...d.pick([r, transposed(r)], [transposed(r), r])]);
    },
  },
  {
    name: 'solve-orthogonal',
    law: 'R⁻¹·B = Rᵀ·B when RᵀR = I exactly',
    numerics: 'reassociates',
    pattern: { op: 'solve' },
    build: (node) => {
      const [a, b] = node.args as [Node, Node];
      return factsOf(a).orthogonal?.kind === 'exact' ? apply('matmul', [transposed(a), b]) : undefined;
    },
    instance: (d) => {
      const r = rotation(d);
      return solve(r, d.pick(identityLike(r), d.tensor(Number(r.type.shape[0]!.terms[0]!.coef.num), 2)));
    },
  },
  {
    name: 'solve-blockdiag',
    law: 'diag(T)⁻¹·B = diag(T⁻¹)·B',
    numerics: 'reassociates',
    pattern: { op: 'solve', args: [{ op: 'blockDiag' }, 'any'] },
    build: (node) => {
      const [a, b] = node.args as [OpNode, Node];
      const [blocks] = a.args as [Node];
      const inverse = apply('blockDiag', [solve(blocks, identityLike(blocks))]);
      return isOp(b, 'identity') ? inverse : apply('matmul', [inverse, b]);
    },
    instance: (d) => {
      const [r, n] = [d.int(1, 3), d.int(1, 3)];
      const a = apply('blockDiag', [d.tensor(r, n, n)]);
      return solve(a, d.pick(identityLike(a), d.tensor(r * n, d.int(1, 3))));
    },
  },
  {
    name: 'solve-diag',
    law: 'diag(v)⁻¹·B = B / v, row by row',
    numerics: 'reassociates',
    pattern: { op: 'solve', args: [{ op: 'diag' }, 'any'] },
    build: (node) => {
      const [a, b] = node.args as [OpNode, Node];
      return apply('div', [b, reshape(a.args[0]!, [a.type.shape[0]!, dimConst(1)])]);
    },
    instance: (d) => {
      const n = d.int(1, 4);
      return solve(apply('diag', [d.tensor(n)]), d.tensor(n, d.int(1, 3)));
    },
  },
  {
    name: 'solve-product',
    law: '(A·B)⁻¹·C = B⁻¹·(A⁻¹·C) for square A and B',
    numerics: 'reassociates',
    pattern: { op: 'solve', args: [{ op: 'matmul' }, 'any'] },
    build: (node) => {
      const [a, c] = node.args as [OpNode, Node];
      const structured = a.args.some((f) => isOp(f, 'blockDiag') || factsOf(f).orthogonal?.kind === 'exact');
      if (!structured || !a.args.every((f) => sameShape(f.type.shape, a.type.shape))) return undefined;
      return a.args.reduce((x, f) => solve(f, x), c);
    },
    instance: (d) => {
      const r = rotation(d);
      const b = Number(r.type.shape[0]!.terms[0]!.coef.num);
      const [a, c] = [d.tensor(b, b), d.tensor(b, d.int(1, 2))];
      return solve(apply('matmul', d.pick([r, a], [a, r])), c);
    },
  },
);
