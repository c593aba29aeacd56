/** The frozen linear layer, the bias and the parts that PEFT needs, and layers that have none. */
import { expect, it } from 'vitest';
import { input } from '../../../../compiler/ir/build.ts';
import type { Init } from '../../../../compiler/ir/init.ts';
import type { InputNode, Node, Program, Role } from '../../../../compiler/ir/node.ts';
import { adaptationOf } from '../../../../src/targets/torch/peft/adaptation.ts';
import { add, detach, dim, exp, matmul, mul, transpose } from './functions.ts';

interface More {
  readonly init?: Init;
  readonly stored?: string;
  readonly dtype?: 'f32' | 'i32';
}
const tensor = (role: Role, name: string, sizes: readonly string[], more: More = {}): InputNode => {
  const { dtype = 'f32', ...rest } = more;
  const node = input(name, role, { shape: sizes.map(dim), dtype });
  return { ...node, ...rest };
};
const x = tensor('input', 'x', ['tokens', 'in']);
const W = tensor('frozen', 'W', ['out', 'in']);
const bias = tensor('frozen', 'bias', ['out']);
const v = tensor('trainable', 'v', ['in'], { init: 'ones' });
const base = matmul(x, transpose(W));

const programOf = (inputs: readonly InputNode[], ...outputs: readonly Node[]): Program => ({
  ...{ name: 'mine', inputs, where: {} },
  outputs: outputs.map((node, n) => ({ name: `y${n}`, node })),
});
/** A layer that computes x·Wᵀ, with more inputs. */
const adapted = (...more: readonly InputNode[]) => adaptationOf(programOf([x, W, ...more], base));

it('a layer has its weight, its bias and its parts', () => {
  const {
    weight,
    bias: own,
    before,
    after,
    ...flags
  } = adaptationOf(programOf([x, W, bias, v], add(matmul(mul(x, v), transpose(W)), bias)));
  expect([weight, own, before !== undefined, after]).toEqual([W, bias, true, undefined]);
  expect(flags).toMatchObject({ callsBase: true, mixesBias: false, isLinear: true });
  expect(adapted()).toMatchObject({ bias: undefined, mixesBias: false });
});

it('a bias that is not added last is mixed', () => {
  const mixes = (y: Node) => adaptationOf(programOf([x, W, bias, v], y)).mixesBias;
  expect(mixes(add(base, bias))).toBe(false);
  expect(mixes(mul(base, bias))).toBe(true);
  expect(mixes(add(base, bias, bias))).toBe(true);
  expect(mixes(add(exp(add(base, bias)), bias))).toBe(true);
  expect(mixes(exp(base))).toBe(true);
});

it('a layer without a single product with the weight computes y from it', () => {
  const y = matmul(x, transpose(mul(W, W)));
  const { after, callsBase } = adaptationOf(programOf([x, W], y));
  expect(callsBase).toBe(false);
  expect(after?.outputs.map((o) => o.name)).toEqual(['y0']);
});

it('a layer is linear where the gradient of x is the same for all x', () => {
  const linear = (y: Node) => adaptationOf(programOf([x, W, v], y)).isLinear;
  const scaled = (by: Node) => matmul(mul(x, by), transpose(W));
  expect(linear(scaled(v))).toBe(true);
  expect(linear(scaled(detach(v)))).toBe(true);
  expect(linear(scaled(x))).toBe(false);
  expect(linear(add(base, detach(base)))).toBe(false);
});

it('the bias is known by its name in checkpoints, or else by its own', () => {
  const b = tensor('frozen', 'b', ['out'], { stored: 'bias' });
  expect(adapted(b).bias).toBe(b);
  expect(adapted(bias).bias).toBe(bias);
  const trained = tensor('trainable', 'bias', ['out'], { init: 'zeros' });
  expect(adapted(trained).bias).toBeUndefined();
});

it('tensors with a start are no weight', () => {
  const U = tensor('frozen', 'U', ['out', 'in'], { init: 'zeros' });
  expect(adapted(U).weight).toBe(W);
});

const NOTHING = (name: string) => `nothing gives the frozen tensor '${name}'`;
const ROWS = 'PEFT takes one result with a row for each token';
const one = (name: string, sizes: readonly string[], more: More = {}) => tensor('frozen', name, sizes, more);
it.each<[string, () => Program, string]>([
  ['no result', () => programOf([x, W]), ROWS],
  ['two results', () => programOf([x, W], base, x), ROWS],
  ['a result of one row', () => programOf([x, W], bias), ROWS],
  ['a result without tokens', () => programOf([x, W], W), ROWS],
  ['no activation', () => programOf([W], base), 'and it takes none'],
  ['two activations', () => programOf([x, { ...x, name: 'z' }, W], base), 'and it takes several'],
  [
    'integers as its activation',
    () => programOf([tensor('input', 'x', ['tokens', 'in'], { dtype: 'i32' }), W], base),
    "'x' is not a matrix of floats",
  ],
  [
    'an activation of three dimensions',
    () => programOf([tensor('input', 'x', ['tokens', 'h', 'in']), W], base),
    "'x' is not a matrix of floats",
  ],
  [
    'an activation without tokens',
    () => programOf([tensor('input', 'x', ['n', 'in']), W], base),
    "'x' is not a matrix of floats",
  ],
  ['no weight', () => programOf([x, bias], base), 'declares no frozen weight'],
  [
    'two weights',
    () => programOf([x, W, one('U', ['out', 'in'])], base),
    "'W' and 'U' could each be the frozen weight",
  ],
  [
    'a weight with other rows',
    () => programOf([x, one('W', ['in', 'in'])], base),
    "'W' has shape (in, in), and a linear layer from in to out stores (out, in)",
  ],
  [
    'a weight with other columns',
    () => programOf([x, one('W', ['out', 'out'])], base),
    "'W' has shape (out, out)",
  ],
  [
    'another matrix beside the stored weight',
    () => programOf([x, one('U', ['out', 'in']), { ...W, stored: 'weight' }], base),
    NOTHING('U'),
  ],
  [
    'two stored weights',
    () => programOf([x, one('U', ['out', 'in'], { stored: 'weight' }), { ...W, stored: 'weight' }], base),
    NOTHING('W'),
  ],
  [
    'integers beside the weight',
    () => programOf([x, W, one('at', ['out', 'in'], { dtype: 'i32' })], base),
    NOTHING('at'),
  ],
  ['a vector of another name', () => programOf([x, W, one('c', ['out'])], base), NOTHING('c')],
  ['a bias of another length', () => programOf([x, W, one('bias', ['in'])], base), NOTHING('bias')],
  [
    'a bias with columns',
    () => programOf([x, { ...W, stored: 'weight' }, one('bias', ['out', 'in'])], base),
    NOTHING('bias'),
  ],
  [
    'two biases',
    () =>
      programOf([x, W, one('a', ['out'], { stored: 'bias' }), one('b', ['out'], { stored: 'bias' })], base),
    NOTHING('b'),
  ],
  [
    'a parameter without a start',
    () => programOf([x, W, tensor('trainable', 'v', ['in'])], base),
    "'v' declares no init",
  ],
])('a layer with %s is refused', (_, program, reason) => {
  expect(() => adaptationOf(program())).toThrow(reason);
});
