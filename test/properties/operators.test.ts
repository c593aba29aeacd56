/** Conformance of every operator: types, gradients, transposes, structures and facts are right. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { constantOf, dimConst, dimNames } from '../../compiler/dims/dims.ts';
import { OftcError } from '../../compiler/errors/error.ts';
import { apply, input } from '../../compiler/ir/build.ts';
import type { InputNode, Node, OpNode } from '../../compiler/ir/node.ts';
import { factsOf, operator, operators, structureOf } from '../../compiler/ir/operator.ts';
import { scaled, total, transposed } from '../../compiler/ops/nodes.ts';
import type { PrimProgram } from '../../compiler/primitives/prim.ts';
import { productCost } from '../../compiler/rewrite/cost.ts';
import { Singular } from '../../compiler/semantics/domains/domain.ts';
import { drawFrom } from '../support/draw.ts';
import { eighth, expectSame, inField, inFloat64, lowered } from '../support/evaluate.ts';
import { INSTANCES, OF_EXPERTS } from '../support/operator-instances.ts';
import { runs } from '../support/runs.ts';

const names = operators()
  .map((o) => o.name)
  .filter((name) => !OF_EXPERTS.includes(name));

it('every operator has an instance', () => {
  const missing = names.filter((name) => !(name in INSTANCES));
  expect(missing, 'test/support/operator-instances.ts needs an instance of each').toEqual([]);
  const unknown = Object.keys(INSTANCES).filter((name) => !names.includes(name));
  expect(unknown, 'test/support/operator-instances.ts has instances of what is no operator').toEqual([]);
});

/** A node with one argument replaced. */
/** The operators whose gradient is another's than that of their value. */
const REDIRECTING: ReadonlySet<string> = new Set(['project', 'straightThrough']);

const withArgument = (node: OpNode, i: number, a: Node): OpNode =>
  apply(node.op, node.args.with(i, a), node.attrs);
/** An input of the same type as a node. */
const like = (name: string, n: Node): InputNode => input(name, 'input', n.type);
/** The sum of all elements of a ⊙ b. */
const inner = (a: Node, b: Node): Node => {
  const product = apply('mul', [a, b]);
  return apply('sumTo', [product], { shape: [] });
};

describe.each(Object.keys(INSTANCES))('%s', (name) => {
  const { claims, draw, above, once = false } = INSTANCES[name]!;
  const claimOf = (i: number) => claims[Math.min(i, claims.length - 1)]!;
  const element = (unit: number) => (above === undefined ? eighth(unit) : above + unit);

  it('has the gradient that central differences have, in each argument', () => {
    fc.assert(
      fc.property(fc.gen(), fc.nat(), (g, seed) => {
        const node = draw(drawFrom(g));
        const cotangent = like('g', node);
        if (once) {
          const refused = expect.objectContaining({ code: 'OFT9021' });
          expect(() => operator(name).vjp(node, cotangent)).toThrow(refused);
          return;
        }
        const parts = operator(name).vjp(node, cotangent);
        const outputs = node.args.flatMap((a, i): [string, Node][] => {
          if (REDIRECTING.has(name) || parts[i] === undefined) return [];
          expect(parts[i].type).toEqual(a.type);
          const u = like(`u${i}`, a);
          const h = { num: 1n, den: 2n ** 17n };
          const moved = (by: typeof h) => inner(cotangent, withArgument(node, i, total([a, scaled(by, u)])));
          return [
            [`derived${i}`, inner(parts[i], u)],
            [`up${i}`, moved(h)],
            [`down${i}`, moved({ ...h, num: -1n })],
          ];
        });
        if (outputs.length === 0) return;
        const [v] = inFloat64([lowered(Object.fromEntries(outputs))], seed, 0, element);
        for (const i of node.args.keys()) {
          if (!v![`derived${i}`]) continue;
          const [derived, up, down] = ['derived', 'up', 'down'].map((o) => v![`${o}${i}`]!.values[0]!);
          const measured = (up! - down!) * 2 ** 16;
          expect(Math.abs(derived! - measured), `argument ${i}`).toBeLessThan(
            1e-6 * (1 + Math.abs(measured)),
          );
        }
      }),
      runs(300, 3000),
    );
  });

  it('is linear where it says so, with the adjoint it gives', () => {
    fc.assert(
      fc.property(fc.gen(), fc.nat(), (g, seed) => {
        const node = draw(drawFrom(g));
        const w = like('w', node);
        if (once) return;
        const parts = operator(name).vjp(node, w);
        const outputs = node.args.flatMap((a, i): [string, Node][] => {
          const claim = claimOf(i);
          switch (claim) {
            case 'linear': {
              const [u, v] = [like(`u${i}`, a), like(`v${i}`, a)];
              const rest = node.args.map((b, k) => (name === 'add' && k !== i ? scaled(0, b) : b));
              const at = (x: Node) => apply(name, rest.with(i, x), node.attrs);
              return [
                [`Juw${i}`, inner(at(u), w)],
                [`uJtw${i}`, inner(u, parts[i]!)],
                [`sum${i}`, at(total([u, scaled(3, v)]))],
                [`parts${i}`, total([at(u), scaled(3, at(v))])],
              ];
            }
            case 'smooth':
              return [];
            case 'constant':
              if (!REDIRECTING.has(name)) expect(parts[i]).toBeUndefined();
              return [];
            default:
              throw new TypeError(`unknown claim ${claim satisfies never}`);
          }
        });
        if (outputs.length === 0) return;
        const [o] = inField([lowered(Object.fromEntries(outputs))], seed, 0);
        for (const i of node.args.keys()) {
          if (!o![`sum${i}`]) continue;
          expectSame(o![`Juw${i}`]!, o![`uJtw${i}`]!, `argument ${i}`);
          expectSame(o![`sum${i}`]!, o![`parts${i}`]!, `argument ${i}`);
        }
      }),
      runs(300, 3000),
    );
  });

  it('has a transpose of the transposed type, whose transpose is the operator again', () => {
    fc.assert(
      fc.property(fc.gen(), fc.nat(), (g, seed) => {
        const node = draw(drawFrom(g));
        if (node.type.shape.length < 2) return;
        const view = apply('transpose', [node]);
        const pushed = operator(name).transpose?.(node) ?? view;
        expect(pushed.type).toEqual(view.type);
        const twice =
          pushed.kind === 'op'
            ? (operator(pushed.op).transpose?.(pushed) ?? transposed(pushed))
            : transposed(pushed);
        expect(twice.type).toEqual(node.type);
        const [v] = inField([lowered({ node, view, pushed, twice })], seed, 0);
        expectSame(v!.pushed!, v!.view!);
        expectSame(v!.twice!, v!.node!);
      }),
      runs(100, 1000),
    );
  });

  it('means the same dense and multiplied as a structure', () => {
    fc.assert(
      fc.property(fc.gen(), fc.nat(), (g, seed) => {
        const d = drawFrom(g);
        const node = draw(d);
        if (node.type.shape.length < 2) {
          const [dense, structured] = inField([lowered({ node }, false), lowered({ node })], seed, 0);
          expectSame(structured!.node!, dense!.node!);
          return;
        }
        const [rows, cols] = node.type.shape.slice(-2).map((n) => constantOf(n)!) as [number, number];
        const batch =
          node.type.shape.length > 2 ? [] : Array.from({ length: d.int(0, 1) }, () => d.int(1, 3));
        const other = draw(d);
        const meets =
          other.type.shape.length === 2 &&
          node.type.shape.length === 2 &&
          constantOf(other.type.shape[0]!) === cols;
        const products: Record<string, OpNode> = {
          right: apply('matmul', [d.tensor(...batch, d.int(1, 3), rows), node]),
          left: apply('matmul', [node, d.tensor(...batch, cols, d.int(1, 3))]),
          ...(meets ? { composed: apply('matmul', [node, other]) } : {}),
        };
        const [dense, structured] = inField([lowered(products, false), lowered(products)], seed, 0);
        for (const [key, product] of Object.entries(products)) {
          expectSame(structured![key]!, dense![key]!);
          const cost = productCost(product);
          for (const count of [cost.ops, cost.bytes, cost.memory]) {
            expect(dimNames(count)).toEqual([]);
            expect(constantOf(count)).toBeGreaterThanOrEqual(0);
          }
        }
        const s = structureOf(node);
        if (s) expect(constantOf(s.elements(node))).toBeLessThanOrEqual(rows * cols);
        if (s) expect(constantOf(s.ops(node, dimConst(3)))).toBeLessThanOrEqual(6 * rows * cols);
      }),
      runs(100, 1000),
    );
  });

  it('infers only facts that are true', () => {
    fc.assert(
      fc.property(fc.gen(), fc.nat(), (g, seed) => {
        const d = drawFrom(g);
        for (const node of factual(name, d, draw)) {
          const facts = factsOf(node);
          if (Object.keys(facts).length === 0) continue;
          const t = apply('transpose', [node]);
          const outputs = { node, t, minus: scaled(-1, node), gram: apply('matmul', [t, node]) };
          const eye = apply('identity', [], { shape: outputs.gram.type.shape });
          const v = evaluated(lowered({ ...outputs, eye }), seed);
          if (!v) continue;
          if (facts.symmetric) expectSame(v.t!, v.node!);
          if (facts.skewSymmetric) expectSame(v.t!, v.minus!);
          if (facts.orthogonal?.kind === 'exact') expectSame(v.gram!, v.eye!);
        }
      }),
      runs(100, 1000),
    );
  });
});

/** Evaluates a program over the prime field. Undefined where a matrix is singular for every draw. */
function evaluated(program: PrimProgram, seed: number) {
  try {
    return inField([program], seed, 0)[0];
  } catch (e) {
    if (e instanceof Singular) return undefined;
    throw e;
  }
}

/** An instance of an operator, and the operator applied to arguments with facts, where its type takes them. */
function factual(
  name: string,
  d: ReturnType<typeof drawFrom>,
  draw: (d: ReturnType<typeof drawFrom>) => OpNode,
): OpNode[] {
  const instance = draw(d);
  const n = d.int(1, 3);
  const skew = () => apply('skew', [d.tensor((n * (n - 1)) / 2)]);
  const with_: (() => Node)[] = [
    skew,
    () => apply('cayley', [skew()]),
    () => apply('identity', [], { shape: [dimConst(n), dimConst(n)] }),
  ];
  const made = instance.args.map(() => d.pick(...with_)());
  const attrs =
    name === 'expand' ? { shape: [2, d.pick(n, n, 3), d.pick(n, 3)].map(dimConst) } : instance.attrs;
  const blocks = made.map((a) => apply('expand', [a], { shape: [2, n, n].map(dimConst) }));
  return [
    instance,
    ...[made, blocks].flatMap((args) => {
      try {
        return [apply(name, args, attrs)];
      } catch (e) {
        if (!(e instanceof OftcError)) throw e;
        return []; // the operator's type refuses these arguments
      }
    }),
  ];
}

it('project has the value of the projection and the gradient of the stored value', () => {
  const v = input('v', 'trainable', { shape: [dimConst(3)], dtype: 'f32' });
  const node = apply('project', [v, apply('tanh', [v])]);
  const g = like('g', node);
  const [first, second] = operator('project').vjp(node, g);
  expect(first).toBe(g);
  expect(second).toBeUndefined();
  const [o] = inFloat64([lowered({ node, projected: node.args[1]! })], 1, 0);
  expectSame(o!.node!, o!.projected!);
});

it('straightThrough has the value of its first tensor and passes the gradient to its second', () => {
  const [v, u] = ['v', 'u'].map((name) => input(name, 'trainable', { shape: [dimConst(3)], dtype: 'f32' }));
  const node = apply('straightThrough', [v!, u!]);
  const g = like('g', node);
  expect(operator('straightThrough').vjp(node, g)).toEqual([undefined, g]);
  const [o] = inFloat64([lowered({ v: v!, u: u!, node })], 1, 0);
  expectSame(o!.node!, o!.v!);
});

it('detach keeps the value', () => {
  const v = input('v', 'trainable', { shape: [dimConst(3)], dtype: 'f32' });
  const [o] = inFloat64([lowered({ v, node: apply('detach', [v]) })], 1, 0);
  expectSame(o!.node!, o!.v!);
});
