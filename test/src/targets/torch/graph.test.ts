/** The assignments of a printed function: products that are added, numbers, and products whose columns are tokens. */
import { expect, it } from 'vitest';
import { rational } from '../../../../compiler/dims/rational.ts';
import { apply, input } from '../../../../compiler/ir/build.ts';
import { reshape } from '../../../../compiler/ops/indexing.ts';
import { slice } from '../../../../compiler/ops/parts.ts';
import {
  ax,
  axis,
  call,
  constant,
  contraction,
  idiv,
  imul,
  int,
  load,
  map,
  reduce,
} from '../../../../compiler/primitives/build.ts';
import type { InputPrim, Prim } from '../../../../compiler/primitives/prim.ts';
import { numberText } from '../../../../src/targets/torch/body.ts';
import { assignmentsOf } from '../../../../src/targets/torch/graph.ts';
import { expressionOf } from '../../../../src/targets/torch/statement.ts';
import {
  add,
  concat,
  cos,
  detach,
  dim,
  div,
  exp,
  filled,
  float,
  integer,
  matmul,
  max,
  mul,
  number,
  solve,
  statements,
  transpose,
} from './functions.ts';

const X = float('X', 3, 3);
const [A, B] = [float('A', 3, 2), float('B', 2, 3)];
const product = matmul(A, B);

it.each([
  ['after it', add(X, product), 'torch.addmm(X, A, B)'],
  ['before it', add(product, X), 'torch.addmm(X, A, B)'],
  ['with a factor', add(X, mul(number(2n), product)), 'torch.addmm(X, A, B, alpha=2)'],
  [
    'with two factors',
    add(X, apply('scale', [apply('scale', [product], { by: rational(3n) })], { by: rational(2n) })),
    'torch.addmm(X, A, B, alpha=6)',
  ],
])('a product and the matrix %s are added in one call', (_, y, call) => {
  expect(statements({ y })).toEqual([`t = ${call}`, 'return (t,)']);
});

const at = integer('at', 3);
/** The first two columns, each twice. */
const repeated = (of: typeof X) =>
  reshape(
    apply('expand', [reshape(slice(of, 1, dim(0), dim(2)), [dim(3), dim(2), dim(1)])], {
      shape: [dim(3), dim(2), dim(2)],
    }),
    [dim(3), dim(4)],
  );
it.each([
  ['a maximum', max(X, product), 'torch.maximum(X, t)'],
  ['a sum with itself', add(product, product), 't + t'],
  ['a sum with a multiple', add(mul(number(2n), X), product), '2.0 * X + t'],
  ['a sum with the transpose', add(transpose(X), product), 'X.t() + t'],
  ['a sum with rows', add(slice(float('X', 5, 3), 0, dim(0), dim(3)), product), 'X[:3] + t'],
  ['a sum with columns', add(slice(float('X', 3, 5), 1, dim(0), dim(3)), product), 'X[:, :3] + t'],
  ['a sum with a column', add(slice(X, 1, dim(0), dim(1)), product), 'X[:, 0][..., None] + t'],
  ['a sum with a vector', add(float('X', 3), product), 'X + t'],
  [
    'a sum with a vector for rows',
    add(reshape(float('X', 3), [dim(3), dim(1)]), product),
    'X[..., None] + t',
  ],
  ['a sum with a selection', add(apply('take', [X, at], { axis: 0 }), product), 'X[at.long()] + t'],
  ['a sum of the reciprocal', add(X, div(number(1n), product)), 'X + 1.0 / t'],
  ['a sum with two terms beside it', add(X, add(number(1n), product)), 'X + (1.0 + t)'],
])('%s is none in one call', (_, y, code) => {
  expect(statements({ y }).at(-2)).toMatch(/^t\d = /);
  expect(
    statements({ y })
      .at(-2)!
      .replace(/^t\d = /, ''),
  ).toBe(code);
  expect(statements({ y })[0]).toMatch(/^t = A @ B$/);
});

it('a sum of what is repeated along an axis is none in one call', () => {
  const y = add(repeated(float('X', 3, 4)), repeated(matmul(A, float('B', 2, 4))));
  expect(statements({ y })[0]).toBe('t = A @ B');
});

it('a product that is a result or read twice has a tensor of its own', () => {
  expect(statements({ y: add(X, product), z: product })).toEqual(['t = A @ B', 't2 = X + t', 'return t2, t']);
  expect(statements({ y: add(X, product), z: exp(product) })).toEqual([
    't = A @ B',
    't2 = X + t',
    't3 = torch.exp(t)',
    'return t2, t3',
  ]);
});

it('a sum over tokens is no part of another tensor’s sum', () => {
  const [g, x] = [float('g', 'tokens', 3), float('x', 'tokens', 2)];
  expect(statements({ y: add(A, matmul(transpose(g), x)) })).toEqual([
    't = g.t() @ x',
    't2 = A + t',
    'return (t2,)',
  ]);
  expect(statements({ y: add(g, matmul(x, B)) })[0]).toBe('t = torch.addmm(g, x, B)');
});

it('a number is written where loops read it, and is a tensor for others', () => {
  const ones = filled(1n, 3, 3);
  expect(statements({ y: add(X, ones) })).toEqual(['t = X + 1.0', 'return (t,)']);
  expect(statements({ y: solve(X, ones), z: add(X, ones) })).toEqual([
    't = X.new_full((3, 3), 1.0)',
    't2 = oftc_torch.solve(X, t)',
    't3 = X + 1.0',
    'return t2, t3',
  ]);
});

it('a function without tensors of floats makes one to be like', () => {
  const y = add(filled(3n, 2), filled(1n, 2));
  expect(statements({ y })).toEqual([
    'like = torch.zeros(())',
    't = like.new_full((2,), 4.0)',
    'return (t,)',
  ]);
});

const x = float('x', 'tokens', 2);
/** A product (3, tokens). */
const columns = matmul(A, transpose(x));
it('a product whose columns are tokens has them as rows where loops alone read it', () => {
  expect(statements({ y: exp(transpose(columns)), z: cos(transpose(columns)) })).toEqual([
    't = x @ A.t()',
    't2 = torch.exp(t)',
    't3 = torch.cos(t)',
    'return t2, t3',
  ]);
  expect(statements({ y: exp(matmul(x, transpose(x))) })[0]).toBe('t = x @ x.t()');
});

it.each([
  ['a concatenation', concat(columns, columns), 'torch.cat((t, t), dim=0)'],
  ['a solution', solve(X, columns), 'oftc_torch.solve(X, t)'],
])('but not where %s reads it', (_, y, code) => {
  expect(statements({ y })).toEqual(['t = A @ x.t()', `t2 = ${code}`, 'return (t2,)']);
  expect(statements({ y, z: exp(transpose(columns)) })).toEqual([
    't = A @ x.t()',
    `t2 = ${code}`,
    't3 = torch.exp(t.t())',
    'return t2, t3',
  ]);
});

it('a copy keeps the dimensions of what it copies', () => {
  expect(statements({ y: exp(transpose(detach(transpose(x)))) }, { copies: true })).toEqual([
    't = x.t()',
    't2 = t.detach()',
    't3 = torch.exp(t2.t())',
    'return (t3,)',
  ]);
});

/** Primitives that are made by hand: a tensor of floats with the given shape. */
const made = (...shape: readonly (number | string)[]) => ({
  op: 'made',
  type: { shape: shape.map(dim), dtype: 'f32' } as const,
  spans: [],
});
const given = (name: string, ...shape: readonly (number | string)[]): InputPrim => ({
  ...{ kind: 'input', name, shape: shape.map(dim), dtype: 'f32', args: [], spans: [], label: name },
});
const expressions = (inputs: readonly InputPrim[], ...outputs: readonly Prim[]): string[] => {
  const program = { name: 'f', inputs, outputs: outputs.map((prim, n) => ({ name: `${n}`, prim })) };
  const all = assignmentsOf(program, () => false);
  const names = new Map<Prim, string>(inputs.map((i) => [i, i.name]));
  for (const [n, { tensor }] of all.entries()) names.set(tensor, `t${n}`);
  const frame = { name: (p: Prim) => names.get(p)!, like: 'x', range: () => 'index' };
  return all.map(({ computes }) => expressionOf(computes, frame));
};

it('a size is whole where a loop has it', () => {
  const w = given('w', 'r');
  const i = axis('i', dim('r'));
  const pairs = map(made('r'), [i], [w], call('exp', load(0, [idiv(ax('i'), 2)])));
  const k = axis('k', dim('r/2'));
  const even = reduce(made(), [], [k], [w], load(0, [imul(int(2), ax('k'))]));
  expect(expressions([w], pairs)).toEqual(['torch.exp(w[index // 2])']);
  expect(expressions([w], pairs, even)[0]).toBe(
    'torch.exp(w[:(r // 2)][..., None]).expand((r // 2, 2)).reshape(r)',
  );
});

it('an integer of an axis stays a tensor of its own', () => {
  const i = axis('i', dim(4));
  const v = given('v', 4);
  const numbers = map(made(4), [i], [], { k: 'fromInt', a: ax('i') });
  const y = map(made(4), [i], [v, numbers], call('mul', load(0, [ax('i')]), load(1, [ax('i')])));
  expect(expressions([v], y)).toEqual(['index.to(x.dtype)', 'v * t0']);
});

it('a number whose axes a reader’s index does not tell is a tensor of its own', () => {
  const ones = map(made('a*b'), [axis('p', dim('a')), axis('q', dim('b'))], [], constant(1));
  const v = given('v', '2*a*b');
  const k = axis('k', dim('a*b'));
  const y = map(
    made('a*b'),
    [k],
    [v, ones],
    call('mul', load(0, [imul(int(2), ax('k'))]), load(1, [ax('k')])),
  );
  expect(expressions([v], y)).toEqual(['x.new_full((a, b), 1.0).reshape(a * b)', 'v[::2] * t0']);
});

it('columns are exchanged with rows where axes count through them alone', () => {
  const z = given('z', 'tokens', 2, 3);
  const [i, j, t] = [axis('i', dim(2)), axis('j', dim(3)), axis('t', dim('tokens'))];
  const [at, element] = [[ax('t'), ax('i'), ax('j')], (n: number) => load(n, [ax('a'), ax('b')])];
  const view = map(made(2, '3*tokens'), [i, j, t], [z], load(0, at));
  const [a, b] = [axis('a', dim(2)), axis('b', dim('3*tokens'))];
  const y = map(made(2, '3*tokens'), [a, b], [view], call('exp', element(0)));
  expect(expressions([z], y)).toEqual(['z.permute(1, 2, 0).reshape(2, 3 * tokens)', 'torch.exp(t0)']);
  const [u, s] = [given('u', 2, 2), axis('s', dim('tokens'))];
  const pairs = contraction(
    made(2, 'tokens*tokens'),
    [i, t, s],
    [axis('k', dim(2))],
    [u, given('p', 2, 'tokens', 'tokens')],
    load(0, [ax('i'), ax('k')]),
    load(1, [ax('k'), ax('t'), ax('s')]),
  );
  const c = axis('c', dim('tokens*tokens'));
  const read = map(made(2, 'tokens*tokens'), [a, c], [pairs], call('exp', load(0, [ax('a'), ax('c')])));
  expect(expressions([u, pairs.args[1] as InputPrim], read)).toEqual([
    'torch.einsum("ik,kts->tsi", u, p).reshape(tokens * tokens, 2)',
    'torch.exp(t0.t())',
  ]);
});

it('an input that a selection reads is no view', () => {
  const gathered = apply('take', [X, input('at', 'frozen', { shape: [dim(3)], dtype: 'i32' })], { axis: 0 });
  expect(statements({ y: matmul(X, gathered) })).toEqual(['t = X[at.long()]', 't2 = X @ t', 'return (t2,)']);
});

it('a sum into places of a tensor reads its values by their indices', () => {
  const turned = reshape(
    apply('permuteAxes', [reshape(float('u', 12), [dim(2), dim(2), dim(3)])], { order: [1, 0, 2] }),
    [dim(4), dim(3)],
  );
  const y = apply('put', [turned, integer('at', 4)], { axis: 0, size: dim(5) });
  expect(statements({ y }).join(' ')).toContain(
    '(5, 3), (at[..., None].long(), column), u[column + row // 2 * 3 + row % 2 * 6]',
  );
});

it('outputs that another output reads are computed once, as they are returned', () => {
  const y = exp(float('x', 'tokens', 4));
  expect(statements({ y, z: add(y, float('x', 'tokens', 4)) })).toEqual([
    't = torch.exp(x)',
    't2 = t + x',
    'return t, t2',
  ]);
  const columns = matmul(float('w', 3, 4), float('X', 4, 'tokens'));
  const sum = add(columns, float('b', 3, 'tokens'));
  expect(statements({ columns, sum })).toEqual(['t = w @ X', 't2 = t + b', 'return t, t2']);
  expect(statements({ sum })).toEqual(['t = X.t() @ w.t()', 't2 = t.t() + b', 'return (t2,)']);
});

it('a batch of products is added in a call of its own', () => {
  const y = add(float('X', 2, 3, 3), matmul(float('A', 2, 3, 4), float('B', 2, 4, 3)));
  expect(statements({ y })).toEqual(['t = A @ B', 't2 = X + t', 'return (t2,)']);
});

it.each([
  [0.5, '0.5'],
  [3, '3.0'],
  [6e15, '6000000000000000.0'],
  [1e21, '1e+21'],
])('%d is the float %s', (x, text) => {
  expect(numberText(x)).toBe(text);
});
