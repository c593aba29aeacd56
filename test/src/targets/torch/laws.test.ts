/** The nodes beside which a printed layer tells a law. */
import { expect, it } from 'vitest';
import type { Node, OpNode, Program } from '../../../../compiler/ir/node.ts';
import { lawsOf } from '../../../../src/targets/torch/laws.ts';
import { programOf } from '../../../support/evaluate.ts';
import { add, cos, exp, float, mul } from './functions.ts';

const x = float('x', 3);

/** The laws of a program in which one rule made a node out of another; `bound` is the program at its sizes. */
const lawsIn = (symbolic: Program, before: Node, after: Node, bound = symbolic) => {
  const fired = [{ rule: 'r', law: 'a law', before, after, spans: [] }];
  const primitives = { name: '', inputs: [], outputs: [] };
  const variant = { minTokens: 0, maxTokens: null, symbolic, program: bound, primitives };
  return lawsOf({ passes: [{ pass: 'rewrite', program: symbolic, fired }] }, variant);
};

it('a node that a rule made has its law, though another node is equal to one of its arguments', () => {
  const [one, other] = [exp(x), exp(x)];
  const y = mul(one, other);
  expect([...lawsIn(programOf({ y }), add(x, x), y)]).toEqual([[y, ['a law']]]);
  const z = cos(y) as OpNode;
  expect([...lawsIn(programOf({ z }), y, z)]).toEqual([[z, ['a law']]]);
});

it('parts have the law where the whole is rewritten later, and inputs have none', () => {
  const y = exp(x);
  expect([...lawsIn(programOf({ y }), float('w', 3), cos(y))]).toEqual([[y, ['a law']]]);
  expect([...lawsIn(programOf({ y }), float('w', 3), cos(x))]).toEqual([]);
});

it('no law is told where binding the sizes made another program', () => {
  const y = cos(exp(x));
  expect(lawsIn(programOf({ y }), x, y, programOf({ y: cos(x) })).size).toBe(0);
});
