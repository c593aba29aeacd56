/** Positions of a matrix: what operators that read them take, and which inputs are checked for them. */
import { expect, it } from 'vitest';
import { parseDim, printDim } from '../../../compiler/dims/dims.ts';
import { apply, input } from '../../../compiler/ir/build.ts';
import type { DType, Node } from '../../../compiler/ir/node.ts';
import { positionRules } from '../../../compiler/ops/position-rules.ts';
import { UnfitBroadcast } from '../../../compiler/ops/shapes.ts';
import { functions, methods } from '../../../compiler/ops/surface.ts';
import { programOf } from '../../support/evaluate.ts';
import { tensor } from './operands.ts';

const typed = (name: string, shape: string, dtype: DType = 'f32') =>
  input(name, 'frozen', { shape: shape === '' ? [] : shape.split(' ').map(parseDim), dtype });
const [v, p] = [typed('v', 'k'), typed('p', '2 k', 'i32')];
const sparse = (
  values: Node,
  positions: Node,
  [rows, columns]: readonly [string | number, string | number],
) => functions.sparse(values, positions, rows, columns);

it.each(['2 k 1', '2 tokens', '4 k', '1 k', 'n k'])('positions are not of shape %s', (shape) => {
  expect(() => sparse(v, typed('p', shape, 'i32'), [3, 4])).toThrow(
    expect.objectContaining({
      code: 'OFT2003',
      message: expect.stringMatching(/^sparse: positions are \(2, k\)/),
    }),
  );
});

it('positions are not a vector, and are integers', () => {
  expect(() => sparse(v, typed('p', '2', 'i32'), [3, 4])).toThrow(
    expect.objectContaining({ code: 'OFT2003' }),
  );
  expect(() => sparse(v, typed('p', '2 k'), [3, 4])).toThrow(expect.objectContaining({ code: 'OFT2005' }));
});

it.each([
  [
    'each position has one value',
    typed('v', 'k 1'),
    p,
    [3, 4],
    'OFT2002',
    /^sparse: \(k, 1\) are not one value for each of the 'k'/,
  ],
  [
    'each position has its value',
    typed('v', 'm'),
    p,
    [3, 4],
    'OFT2002',
    /^sparse: \(m\) are not one value for each of the 'k'/,
  ],
  ['rows are no tokens', v, p, ['tokens', 4], 'OFT2003', /the size \(tokens, 4\) depends on tokens/],
  ['columns are no tokens', v, p, [3, 'tokens'], 'OFT2003', /the size \(3, tokens\) depends on tokens/],
  [
    'positions are distinct',
    typed('v', '13'),
    typed('p', '2 13', 'i32'),
    [3, 4],
    'OFT2003',
    /a matrix of 3×4 has no 13 positions: choose at most 12/,
  ],
] as const)('%s', (_, values, positions, size, code, message) => {
  expect(() => sparse(values, positions, size)).toThrow(
    expect.objectContaining({ code, message: expect.stringMatching(message) }),
  );
});

it.each([
  [v, p, [3, 4]],
  [v, typed('p', '3 k', 'i32'), [3, 4]],
  [v, p, [0, 4]],
  [typed('v', '12'), typed('p', '2 12', 'i32'), [3, 4]],
] as const)(
  'a matrix has as many positions as elements, or a number that is not known: %#',
  (values, positions, size) => {
    expect(sparse(values, positions, size).type.shape.map(printDim)).toEqual(size.map(String));
  },
);

it('an input that an operator reads positions in is checked, and nothing else', () => {
  const read = sparse(v, p, [3, 4]);
  const rules = (node: Node) =>
    positionRules(programOf({ y: node })).map(({ input, reader }) => [input, reader]);
  expect(rules(read)).toEqual([['p', 'sparse']]);
  expect(rules(sparse(typed('w', '2'), methods.slice(typed('q', '2 5', 'i32'), 1, 0, 2), [3, 4]))).toEqual(
    [],
  );
  expect(rules(apply('matmul', [tensor(2, 3), tensor(3, 3)]))).toEqual([]);
});

it('shapes that do not broadcast keep their remedy where the error is placed', () => {
  expect(new UnfitBroadcast('they differ', [], ': reshape one').at([]).message).toBe(
    'they differ: reshape one',
  );
});
