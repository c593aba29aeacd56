/** How single operators are printed, and what they give for the values of a program. */
import { expect, it } from 'vitest';
import { valuesOnly } from '../../../compiler/autodiff/values-only.ts';
import { apply } from '../../../compiler/ir/build.ts';
import type { Attrs, Node, OpNode } from '../../../compiler/ir/node.ts';
import { type LayerPrinter, operator } from '../../../compiler/ir/operator.ts';
import { tensor as read } from '../../../compiler/ops/arguments.ts';
import { builtIn } from '../../../compiler/rewrite/rules/index.ts';
import { programOf } from '../../support/evaluate.ts';
import { A, axis, B, index, tensor } from './operands.ts';

const made = (op: string, args: readonly Node[], attrs: Attrs = {}) => apply(op, args, attrs) as OpNode;

it.each([
  [['a'], 'torch.cat((a,), dim=1)'],
  [['a', 'b'], 'torch.cat((a, b), dim=1)'],
] as const)('tensors %o are concatenated in PyTorch as %s', (names, text) => {
  const node = made(
    'concat',
    names.map(() => tensor(2, 3)),
    axis(1),
  );
  expect(operator('concat').torch!(names, node, String)).toBe(text);
});

const names = ['q', 'k', 'v', 'start'];
const [q, k, v] = [1, 2, 3].map(() => tensor(5, 1, 4)) as [Node, Node, Node];
const start = index(5);
const printer: LayerPrinter = {
  text: (node) => names[[q, k, v, start].indexOf(node)]!,
  operand: () => '',
  dim: String,
  number: ({ num, den }) => `${num}/${den}`,
  call: (name, args) => `${name}(${args.join(', ')})`,
};
it.each([
  [{}, 'attention(q, k, v, start)'],
  [{ softCap: { num: 30n, den: 1n } }, 'attention(q, k, v, start, { softCap: 30/1 })'],
  [
    { scale: { num: 1n, den: 2n }, softCap: { num: 30n, den: 1n } },
    'attention(q, k, v, start, { scale: 1/2, softCap: 30/1 })',
  ],
])('attention with the options %o prints them in order', (attrs, text) => {
  const print = operator('attention').print;
  expect(typeof print === 'function' && print(made('attention', [q, k, start, v], attrs), printer)).toBe(
    text,
  );
});

it('an object that is neither an input nor an operation is no tensor', () => {
  expect(read(A, 'here')).toBe(A);
  for (const other of [{ kind: 'scope' }, { name: 'A' }])
    expect(() => read(other, 'here')).toThrow(expect.objectContaining({ code: 'OFT1020' }));
});

it.each([
  ['detach', [A], 0],
  ['project', [A, B], 1],
  ['straightThrough', [A, B], 0],
] as const)('%s has the value of one of its arguments', (op, args, which) => {
  const { outputs } = valuesOnly(programOf({ y: made(op, args) }));
  expect(outputs[0]!.node).toBe(args[which]);
});

it('the rules of transposes come in the order of their operators’ names', () => {
  const own = builtIn.map((r) => r.name).filter((name) => /^transpose-[a-z]+$/.test(name));
  expect(own.length).toBeGreaterThan(10);
  expect(own).toEqual([...own].sort());
});
