/** Small expressions for tests of the exact forms that rules produce. */
import { dimConst, dimVar } from '../../compiler/dims/dims.ts';
import { rational } from '../../compiler/dims/rational.ts';
import { apply, input } from '../../compiler/ir/build.ts';
import type { Node } from '../../compiler/ir/node.ts';
import { printNode } from '../../compiler/ir/print.ts';
import { rewrite } from '../../compiler/rewrite/engine.ts';
import type { Rule } from '../../compiler/rewrite/rule.ts';
import { programOf } from '../support/evaluate.ts';
import '../../compiler/pipeline.ts';

type Size = number | 'tokens';
export const dim = (n: Size) => (n === 'tokens' ? dimVar(n) : dimConst(n));
export const tensor = (name: string, ...shape: readonly Size[]): Node =>
  input(name, 'trainable', { shape: shape.map(dim), dtype: 'f32' });
export const times = (...args: readonly Node[]): Node => apply('matmul', args);
export const plus = (...args: readonly Node[]): Node => apply('add', args);
export const mul = (a: Node, b: Node): Node => apply('mul', [a, b]);
export const div = (a: Node, b: Node): Node => apply('div', [a, b]);
export const t = (a: Node): Node => apply('transpose', [a]);
export const half = (a: Node): Node => apply('scale', [a], { by: rational(1n, 2n) });
export const diag = (v: Node): Node => apply('diag', [v]);
export const blocks = (a: Node): Node => apply('blockDiag', [a]);
export const solve = (a: Node, b: Node): Node => apply('solve', [a, b]);
export const detach = (a: Node): Node => apply('detach', [a]);
export const cayley = (a: Node): Node => apply('cayley', [a]);
export const reshape = (a: Node, ...shape: readonly number[]): Node =>
  apply('reshape', [a], { shape: shape.map(dimConst) });
export const inner = (a: Node, b: Node, ...axes: readonly number[]): Node =>
  apply('sum', [mul(a, b)], { axes });
export const identity = (...shape: readonly number[]): Node =>
  apply('identity', [], { shape: [...shape, shape.at(-1)!].map(dimConst) });
export const diagBlocks = (a: Node): Node =>
  apply('diagBlocks', [a], { blocks: dimConst(2), rows: dimConst(3), cols: dimConst(3) });

export const rewritten = (rules: readonly Rule[], ...outputs: readonly Node[]): readonly Node[] =>
  rewrite(programOf(Object.fromEntries(outputs.map((o, i) => [`y${i}`, o]))), rules).program.outputs.map(
    (o) => o.node,
  );
export const printed = (rules: readonly Rule[], ...outputs: readonly Node[]): string =>
  rewritten(rules, ...outputs)
    .map((o) => printNode(o))
    .join('; ');

export const I = identity(6);
export const [A, B, C, D] = ['A', 'B', 'C', 'D'].map((n) => tensor(n, 6, 6)) as [Node, Node, Node, Node];
export const [x, X] = [tensor('x', 'tokens', 6), tensor('X', 6, 'tokens')];
/** A column c, a row r, a vector v; below, scalars of rank 0 and of rank 2. */
export const [c, r, v] = [tensor('c', 6, 1), tensor('r', 1, 6), tensor('v', 6)];
export const [s, s2] = [tensor('s'), tensor('s2', 1, 1)];
export const M = times(A, B);
export const [T, S] = [tensor('T', 2, 3, 3), tensor('S', 2, 3, 3)];
export const [K, L] = [tensor('K', 3, 2, 2), tensor('L', 3, 2, 2)];
/** A 6 × 6 matrix of rank 1. */
export const low = times(tensor('u', 6, 1), tensor('w', 1, 6));
export const rotation = (name: string, ...packed: readonly number[]) =>
  cayley(apply('skew', [tensor(name, ...packed)]));
export const [R, Q] = [rotation('a', 15), rotation('b', 15)];

/** The given rules without those for few or for many tokens only. */
export const always = (rules: readonly Rule[]) => rules.filter((rule) => rule.tokens === undefined);

export type Case = readonly [law: string, before: Node | readonly Node[], after: string];
export const outputsOf = (before: Node | readonly Node[]): readonly Node[] =>
  'kind' in before ? [before] : before;

/** Square matrices C0, C1, …, and the text of their product. */
export const chainOf = (n: number): Node[] => Array.from({ length: n }, (_, i) => tensor(`C${i}`, 6, 6));
export const chainText = (n: number): string => Array.from({ length: n }, (_, i) => `C${i}`).join('·');
