/** Functions and methods as authors call them: which arguments they take, and what they say of others. */
import { expect, it } from 'vitest';
import { dimVar } from '../../../compiler/dims/dims.ts';
import { input } from '../../../compiler/ir/build.ts';
import type { Node, OpNode } from '../../../compiler/ir/node.ts';
import { functions, methods } from '../../../compiler/ops/surface.ts';
import { dims, index, tensor } from './operands.ts';

const given = (name: string, ...shape: readonly string[]) =>
  input(name, 'input', { shape: shape.map(dimVar), dtype: 'f32' });
const [q, k, v, start] = [tensor(5, 4, 3), tensor(5, 2, 3), tensor(5, 2, 3), index(5)];
const p = input('p', 'frozen', index(3).type);
const doubled = methods.mul(tensor(3), 2);
const W = tensor(3, 3);

it.each<readonly [call: string, make: () => Node, message: string]>([
  ['shuffle([2, 3], 0)', () => functions.shuffle([2, 3], 0), 'shuffle needs a list of numbers'],
  ["shuffle([2, 3], [1, '0'])", () => functions.shuffle([2, 3], [1, '0']), 'shuffle needs a list of numbers'],
  ["scalar('2')", () => functions.scalar('2'), 'scalar needs a number, got string'],
  [
    "attention(…, { scale: '2' })",
    () => functions.attention(q, k, v, start, { scale: '2' }),
    'attention: scale is a number, not string',
  ],
  [
    "attention(…, { softCap: '2' })",
    () => functions.attention(q, k, v, start, { softCap: '2' }),
    'attention: softCap is a number, not string',
  ],
  [
    'attention(…, { softcap: 2 })',
    () => functions.attention(q, k, v, start, { softcap: 2 }),
    "attention has no option 'softcap'; it has scale and softCap. Did you mean 'softCap'?",
  ],
  [
    'cayleyNeumann(…, { order: 3 })',
    () => functions.cayleyNeumann(W, { order: 3 }),
    "cayleyNeumann has no option 'order'; it has terms and series",
  ],
  ['take(p, 2·T, 0)', () => functions.take(p, doubled, 0), 'write take(table, p, 0)'],
  [
    'take(reshape(p), x, 0)',
    () => functions.take(methods.reshape(p, 3, 1), given('x', 'n'), 0),
    'write take(x, indices, 0)',
  ],
  ['take(T, T, 0)', () => functions.take(doubled, doubled, 0), 'take needs an integer index tensor'],
  [
    'x.matmul(W)',
    () => methods.matmul(given('x', 'n'), W),
    "'x' has no tokens, which are an input's first dimension: declare x: input('tokens', 'n')",
  ],
])('%s is refused', (_, make, message) => {
  expect(make).toThrow(message);
});

it.each<readonly [what: string, vector: Node]>([
  ['a parameter', tensor(3)],
  ['computed', doubled],
  ['one number for each token', given('x', 'tokens')],
])('a vector that is %s has the advice of any other', (_, vector) => {
  expect(() => methods.matmul(vector, W)).toThrow(/^matmul needs a matrix/);
});

it('a matrix without tokens multiplies', () => {
  expect(methods.matmul(given('x', 'n', 'm'), given('y', 'm', 'n')).type.shape).toEqual(
    ['n', 'n'].map(dimVar),
  );
});

it('one argument may stand for a list of one', () => {
  expect(functions.shuffle(6, [0]).type.shape).toEqual(dims(6, 6));
  expect((functions.concat(W, 0) as OpNode).args).toEqual([W]);
});

it('an attention has the scale that it is given', () => {
  const scaleOf = (...options: readonly { scale: number }[]) =>
    (functions.attention(q, k, v, start, ...options) as OpNode).attrs;
  expect(scaleOf({ scale: 0.5 })).toEqual({ scale: { num: 1n, den: 2n } });
  expect(scaleOf()).toEqual({});
});
