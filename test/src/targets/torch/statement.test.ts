/** Primitives that are made by hand, each as one Python expression. */
import { expect, it } from 'vitest';
import {
  ax,
  axis,
  call,
  contraction,
  iload,
  int,
  load,
  map,
  reduce,
} from '../../../../compiler/primitives/build.ts';
import type { Expr, IntExpr } from '../../../../compiler/primitives/expr.ts';
import type { Axis, InputPrim, Prim } from '../../../../compiler/primitives/prim.ts';
import { expressionOf } from '../../../../src/targets/torch/statement.ts';
import { dim } from './functions.ts';

const EXTENTS = { t: 'tokens', i: 3, j: 4, k: 2, l: 5, u: 1, o: 0 } as const;
const axes = (names: string): Axis[] =>
  [...names].map((n) => axis(n, dim(EXTENTS[n as keyof typeof EXTENTS])));
const made = (...sizes: readonly (number | string)[]) => ({
  ...{ op: 'made', spans: [], type: { shape: sizes.map(dim), dtype: 'f32' } as const },
});
/** An input with a dimension for each letter. */
const given = (name: string, letters: string, dtype: 'f32' | 'i32' = 'f32'): InputPrim => ({
  ...{ kind: 'input', name, dtype, args: [], spans: [], label: name },
  shape: axes(letters).map((a) => a.extent),
});
const at = (arg: number, letters: string): Expr =>
  load(
    arg,
    [...letters].map((n) => ax(n)),
  );

const text = (p: Exclude<Prim, { kind: 'input' }>): string => {
  const name = (a: Prim) => (a.kind === 'input' ? a.name : '?');
  return expressionOf(p, { name, like: 'like', range: (_, after) => `range${after}` });
};
const shapeOf = (letters: string) => axes(letters).map((a) => EXTENTS[a.name as keyof typeof EXTENTS]);
const mapped = (letters: string, args: readonly Prim[], body: Expr) =>
  text(map(made(...shapeOf(letters)), axes(letters), args, body));

it('a tensor of tokens and a product are added in one call, in whichever order', () => {
  const args = ['x', 'y', 'z'].map((n) => given(n, 'tj'));
  const [x, y, z] = [at(0, 'tj'), at(1, 'tj'), at(2, 'tj')];
  expect(mapped('tj', args, call('add', x, call('mul', y, z)))).toBe('torch.addcmul(x, y, z)');
  expect(mapped('tj', args, call('add', call('mul', y, z), x))).toBe('torch.addcmul(x, y, z)');
  expect(mapped('tj', args, call('max', x, call('mul', y, z)))).toBe('torch.maximum(x, y * z)');
  expect(mapped('tj', args, call('sub', x, call('mul', y, z)))).toBe('x - y * z');
});

const reduced = (
  letters: string,
  over: string,
  args: readonly Prim[],
  body: Expr,
  combine: 'sum' | 'max' = 'sum',
) => text({ ...reduce(made(...shapeOf(letters)), axes(letters), axes(over), args, body), combine });
it.each<[string, string, string]>([
  ['nothing', reduced('i', '', [given('x', 'i')], call('exp', at(0, 'i'))), 'torch.exp(x)'],
  ['the last axis', reduced('i', 'j', [given('x', 'ij')], at(0, 'ij')), 'x.sum(-1)'],
  ['the first axis', reduced('j', 'i', [given('x', 'ij')], at(0, 'ij')), 'x.sum(0)'],
  ['an axis that is kept', reduced('iu', 'j', [given('x', 'ij')], at(0, 'ij')), 'x.sum(-1, keepdim=True)'],
  [
    'an axis before one of size 1',
    reduced('iu', 'j', [given('x', 'iuj')], at(0, 'iuj')),
    'x[:, 0][:, None].sum(-1)',
  ],
  ['two axes', reduced('i', 'jk', [given('x', 'ijk')], at(0, 'ijk')), 'x.sum((-2, -1))'],
  [
    'an axis of an outer product',
    reduced('i', 'j', [given('x', 'i'), given('y', 'j')], call('mul', at(0, 'i'), at(1, 'j'))),
    '(x[..., None] * y).sum(-1)',
  ],
  ['no elements', reduced('i', 'o', [given('x', 'io')], at(0, 'io')), 'like.new_zeros((3, 0)).sum(-1)'],
])('a sum over %s', (_, found, expected) => {
  expect(found).toBe(expected);
});

it('a sum that repeats what no other axis counts through', () => {
  expect(reduced('iu', 'jk', [given('x', 'ijk')], at(0, 'ijk'))).toMatch(/\.sum\(\(-2, -1\)\)$/);
  expect(reduced('ij', 'k', [given('x', 'ik')], at(0, 'ik'))).not.toContain('keepdim');
});

it('a maximum is no sum', () => {
  expect(reduced('i', 'j', [given('x', 'ij')], at(0, 'ij'), 'max')).toBe('x.amax(-1)');
});

const product = (
  letters: string,
  over: string,
  args: readonly Prim[],
  a: Expr,
  b: Expr,
  ...shape: number[]
) =>
  text(
    contraction(
      made(...(shape.length > 0 ? shape : shapeOf(letters))),
      axes(letters),
      axes(over),
      args,
      a,
      b,
    ),
  );
/** The product of inputs a and b whose dimensions have these letters. */
const plain = (letters: string, over: string, a: string, b: string, ...shape: number[]) =>
  product(letters, over, [given('a', a), given('b', b)], at(0, a), at(1, b), ...shape);

it.each([
  ['matrices', plain('ij', 'k', 'ik', 'kj'), 'a @ b'],
  ['matrices in the other order', plain('ij', 'k', 'kj', 'ik'), 'b @ a'],
  ['a transpose', plain('ij', 'k', 'ki', 'jk'), 'a.t() @ b.t()'],
  ['batches', plain('lij', 'k', 'lik', 'lkj'), 'a @ b'],
  ['a batch with one matrix', plain('lij', 'k', 'lik', 'kj'), 'a @ b'],
  ['a vector', plain('i', 'k', 'ik', 'k'), 'torch.einsum("ik,k->i", a, b)'],
  ['rows one by one', plain('ij', 'k', 'ik', 'ij'), 'torch.einsum("ik,ij->ij", a, b)'],
  ['columns one by one', plain('ij', 'k', 'ij', 'kj'), 'torch.einsum("ij,kj->ij", a, b)'],
  ['three axes', plain('ij', 'k', 'ijk', 'kj'), 'torch.einsum("ijk,kj->ij", a, b)'],
  ['two sums', plain('ij', 'kl', 'ikl', 'klj'), 'torch.einsum("ikl,klj->ij", a, b)'],
  ['no sum', plain('ij', '', 'i', 'j'), 'torch.einsum("i,j->ij", a, b)'],
  ['repeated terms', plain('ij', 'kl', 'ik', 'kj'), 'torch.einsum("ik,kj->ij", a, b) * 5'],
  ['a repeated result', plain('ijl', 'k', 'ik', 'kj'), '(a @ b)[..., None].expand((3, 4, 5))'],
])('a product with %s', (_, found, expected) => {
  expect(found).toBe(expected);
});

it.each([
  ['rows and blocks', plain('ijk', 'l', 'ijl', 'jlk', 3, 8), 'oftc_torch.block_matmul(a, b)'],
  ['blocks and rows', plain('ijk', 'l', 'jlk', 'ijl', 3, 8), 'oftc_torch.block_matmul(b, a)'],
  [
    'results that are not side by side',
    plain('ijk', 'l', 'ijl', 'jlk'),
    'torch.einsum("ijl,jlk->ijk", a, b)',
  ],
  [
    'rows that are counted together',
    plain('ijk', 'l', 'ijl', 'jlk', 12, 2),
    'torch.einsum("ijl,jlk->ijk", a, b).reshape(12, 2)',
  ],
  ['a matrix for each row', plain('ijk', 'l', 'ijl', 'ilk', 3, 8), '(a @ b).reshape(3, 8)'],
  ['no sum', plain('ijk', '', 'ij', 'jk', 3, 8), 'torch.einsum("ij,jk->ijk", a, b).reshape(3, 8)'],
  [
    'two sums',
    plain('ijk', 'lt', 'ijlt', 'jltk', 3, 8),
    'torch.einsum("ijlt,jltk->ijk", a, b).reshape(3, 8)',
  ],
])('a product of blocks with %s', (_, found, expected) => {
  expect(found).toBe(expected);
});

it('operands of a product may be functions and selections', () => {
  const [x, y] = [given('x', 'ik'), given('y', 'kj')];
  expect(product('ij', 'k', [x, y], call('exp', at(0, 'ik')), at(1, 'kj'))).toBe('torch.exp(x) @ y');
  const [p, q] = [given('p', 'i', 'i32'), given('q', 'k', 'i32')];
  const selected = (...index: readonly IntExpr[]) => load(0, index);
  const table = given('x', 'll');
  const of = (a: Expr) => product('ij', 'k', [table, y, p, q], a, at(1, 'kj'));
  expect(of(selected(iload(2, [ax('i')]), ax('k')))).toBe('x[p.long(), :2] @ y');
  expect(of(selected(iload(2, [ax('i')]), iload(3, [ax('k')])))).toBe('x[p[..., None].long(), q.long()] @ y');
  expect(of(selected(iload(2, [int(0)]), ax('k')))).toContain('x[p[0].long(), range0]');
});
