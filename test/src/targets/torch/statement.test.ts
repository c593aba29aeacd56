/** Single primitives as Python. */
import { expect, it } from 'vitest';
import type { Expr, IntExpr } from '../../../../compiler/primitives/expr.ts';
import type { Prim } from '../../../../compiler/primitives/prim.ts';
import { expressionOf, matrixFactors } from '../../../../src/targets/torch/statement.ts';
import {
  type Axes,
  call,
  contraction,
  input,
  load,
  map,
  mod,
  add as plus,
  reduce,
  type Size,
  solve,
} from '../../../kernels-gen/build.ts';

const frame = { name: (p: Prim) => p.label, like: 'x', range: () => 'range' };
const textOf = (p: Exclude<Prim, { kind: 'input' }>): string => expressionOf(p, frame);

const [i, j, k, l, u]: Axes = [
  ['i', 3],
  ['j', 4],
  ['k', 2],
  ['l', 5],
  ['u', 1],
];
const t = ['t', 'tokens'] as const;
const exp = (e: Expr) => call('exp', e);

const summed = (shape: readonly Size[], axes: Axes, over: Axes, ...index: readonly string[]) =>
  textOf(reduce('y', [input('x', shape)], axes, over, load(0, ...index)));

it('a sum names its axes, counted from where they are fewer', () => {
  expect(summed([3, 4], [i!], [j!], 'i', 'j')).toBe('x.sum(-1)');
  expect(summed([4, 3], [i!], [j!], 'j', 'i')).toBe('x.sum(0)');
  expect(summed([4], [], [j!], 'j')).toBe('x.sum(-1)');
  expect(summed([3], [i!], [], 'i')).toBe('x');
  expect(summed([3, 0], [i!], [['z', 0]], 'i', 'z')).toBe('x.new_zeros((3, 0)).sum(-1)');
});

it('a sum keeps an axis of size 1 that nothing counts through', () => {
  expect(summed([3, 4], [i!, u!], [j!], 'i', 'j')).toBe('x.sum(-1, keepdim=True)');
  expect(summed([3, 1, 4], [i!, u!], [j!], 'i', 'u', 'j')).toBe('x[:, 0][:, None].sum(-1)');
  expect(summed([3, 2], [i!, j!], [k!], 'i', 'k')).toBe('x[:, None].expand((3, 4, 2)).sum(-1)');
  expect(summed([3, 4, 2], [i!, u!], [j!, k!], 'i', 'j', 'k')).toBe('x[:, None].sum((-2, -1))');
});

it('of two texts of one length a sum has the one with its own axes first', () => {
  const body = call('add', load(0, 'i', 'k'), load(1, 'k', 'i'));
  const args = [input('x', [3, 2]), input('w', [2, 3])];
  expect(textOf(reduce('y', args, [i!], [k!], body))).toBe('(x + w.t()).sum(-1)');
});

it('a maximum is one of its axes', () => {
  const p = reduce('y', [input('x', [3, 4])], [i!], [j!], load(0, 'i', 'j'), 'max');
  expect(textOf(p)).toBe('x.amax(-1)');
});

it('a tensor of integers is read as an index', () => {
  const at = { k: 'iload', arg: 1, index: [{ k: 'axis', name: 'i' }] } as const;
  const p = map('y', [input('x', [5]), input('at', [3], 'i32')], [i!], load(0, at));
  expect(textOf(p)).toBe('x[at.long()]');
});

const wide = (body: Expr) =>
  textOf(
    map(
      'y',
      ['x', 'a', 'b'].map((n) => input(n, ['tokens', 3])),
      [t, i!],
      body,
    ),
  );
const [x, a, b] = [0, 1, 2].map((n) => load(n, 't', 'i')) as [Expr, Expr, Expr];

it('the sum of a tensor of tokens and a product is one call, whichever comes first', () => {
  expect(wide(call('add', x, call('mul', a, b)))).toBe('torch.addcmul(x, a, b)');
  expect(wide(call('add', call('mul', a, b), x))).toBe('torch.addcmul(x, a, b)');
  expect(wide(call('sub', x, call('mul', a, b)))).toBe('x - a * b');
  expect(wide(call('add', x, call('max', a, b)))).toBe('x + torch.maximum(a, b)');
});

it('the sum of a small tensor and a product is written out', () => {
  const small = ['x', 'a', 'b'].map((n) => input(n, [3]));
  const [x, a, b] = [0, 1, 2].map((n) => load(n, 'i')) as [Expr, Expr, Expr];
  expect(textOf(map('y', small, [i!], call('add', x, call('mul', a, b))))).toBe('x + a * b');
});

/** A product of x by w, of these shapes. */
const product = (
  [left, right]: readonly [readonly Size[], readonly Size[]],
  axes: Axes,
  over: Axes,
  [of, by]: readonly [Expr, Expr],
  shape?: readonly Size[],
) =>
  contraction('y', [input('x', left), input('w', right), input('at', [3], 'i32')], axes, over, of, by, {
    ...(shape ? { shape } : {}),
  });

const matrices = [load(0, 'i', 'k'), load(1, 'k', 'j')] as const;
const TWO = [
  [3, 2],
  [2, 4],
] as const;

it('a product of matrices has its factors in the order of the result', () => {
  expect(textOf(product(TWO, [i!, j!], [k!], matrices))).toBe('x @ w');
  expect(textOf(product(TWO, [j!, i!], [k!], matrices))).toBe('w.t() @ x.t()');
  expect(textOf(product(TWO, [i!, j!], [k!], [load(1, 'k', 'j'), load(0, 'i', 'k')]))).toBe('x @ w');
  expect(textOf(product(TWO, [i!, j!], [k!], matrices, [12]))).toBe('(x @ w).reshape(12)');
});

it('a product over an axis that neither factor has is a multiple', () => {
  expect(textOf(product(TWO, [i!, j!], [k!, l!], matrices))).toBe('torch.einsum("ik,kj->ij", x, w) * 5');
  expect(textOf(product(TWO, [i!, j!], [k!, l!], matrices, [12]))).toBe(
    '(torch.einsum("ik,kj->ij", x, w) * 5).reshape(12)',
  );
  expect(textOf(product(TWO, [i!, j!], [k!, u!], matrices))).toBe('torch.einsum("ik,kj->ij", x, w)');
});

it('a product over an axis of one factor, or over none, is no product of matrices', () => {
  const outer = [load(0, 'i'), load(1, 'j')] as const;
  expect(textOf(product([[3], [4]], [i!, j!], [], outer))).toBe('torch.einsum("i,j->ij", x, w)');
  const one = [load(0, 'i', 'k'), load(1, 'j')] as const;
  expect(textOf(product([[3, 2], [4]], [i!, j!], [k!], one))).toBe('torch.einsum("ik,j->ij", x, w)');
  const other = [load(0, 'i'), load(1, 'k', 'j')] as const;
  expect(textOf(product([[3], [2, 4]], [i!, j!], [k!], other))).toBe('torch.einsum("i,kj->ij", x, w)');
});

it('a factor that has an axis of the other’s is no matrix', () => {
  const each = [load(0, 'i', 'k', 'j'), load(1, 'k', 'j')] as const;
  expect(
    textOf(
      product(
        [
          [3, 2, 4],
          [2, 4],
        ],
        [i!, j!],
        [k!],
        each,
      ),
    ),
  ).toBe('torch.einsum("ikj,kj->ij", x, w)');
  const both = [load(0, 'i', 'k'), load(1, 'i', 'k', 'j')] as const;
  expect(
    textOf(
      product(
        [
          [3, 2],
          [3, 2, 4],
        ],
        [i!, j!],
        [k!],
        both,
      ),
    ),
  ).toBe('torch.einsum("ik,ikj->ij", x, w)');
});

it('a factor is a view, gathered, or computed before', () => {
  const by = load(1, 'k', 'j');
  const first = { k: 'iload', arg: 2, index: [{ k: 'int', value: 0 }] } as const;
  expect(textOf(product(TWO, [i!, j!], [k!], [exp(load(0, 'i', 'k')), by]))).toBe('torch.exp(x) @ w');
  expect(textOf(product(TWO, [i!, j!], [k!], [load(0, mod(plus('i', 'k'), 3), 'k'), by]))).toBe(
    'x[(range + range) % 3, range] @ w',
  );
  expect(textOf(product(TWO, [j!], [k!], [load(0, first, 'k'), by]))).toBe(
    'torch.einsum("k,kj->j", x[at[0].long(), range], w)',
  );
});

/** Rows (T, 3, 2) by blocks (3, 2, 4), as one tensor (T, 12). */
const blocks = (
  axes: Axes = [t, i!, j!],
  over: Axes = [k!],
  shape: readonly Size[] = ['tokens', 12],
  by = ['i', 'k', 'j'],
) => {
  const sizes = new Map([i!, j!, k!].map(([n, size]) => [n, size]));
  const shapes = [['tokens', 3, 2], by.map((n) => sizes.get(n)!)] as const;
  return product(shapes, axes, over, [load(0, 't', 'i', 'k'), load(1, ...by)], shape);
};

it('rows by the blocks of a matrix are one call', () => {
  expect(textOf(blocks())).toBe('oftc_torch.block_matmul(x, w)');
  expect(textOf(blocks(undefined, undefined, undefined, ['i', 'j', 'k']))).toBe(
    'oftc_torch.block_matmul(x, w.transpose(-2, -1))',
  );
});

it.each<[string, ReturnType<typeof blocks>, string]>([
  [
    'in a tensor of its own axes',
    blocks(undefined, undefined, ['tokens', 3, 4]),
    'torch.einsum("tik,ikj->tij", x, w)',
  ],
  [
    'in a tensor of other rows',
    blocks(undefined, undefined, ['3*tokens', 4]),
    'torch.einsum("tik,ikj->tij", x, w).reshape(3 * tokens, 4)',
  ],
  [
    'over another axis',
    blocks(undefined, [k!, l!]),
    '(torch.einsum("tik,ikj->tij", x, w) * 5).reshape(tokens, 12)',
  ],
  [
    'along another axis',
    blocks([t, i!, j!, l!], undefined, ['tokens', 60]),
    'torch.einsum("tik,ikj->tij", x, w)[..., None].expand((tokens, 3, 4, 5)).reshape(tokens, 60)',
  ],
  [
    'of blocks in another order',
    blocks(undefined, undefined, undefined, ['k', 'i', 'j']),
    'torch.einsum("tik,kij->tij", x, w).reshape(tokens, 12)',
  ],
  ['of one block', blocks(undefined, undefined, undefined, ['k', 'j']), '(x @ w).reshape(tokens, 12)'],
])('rows by blocks %s are none', (_, p, text) => {
  expect(textOf(p)).toBe(text);
});

it('only a product with the shape of a matrix has factors', () => {
  expect(matrixFactors(product(TWO, [i!, j!], [k!], matrices), frame)).toEqual(['x', 'w']);
  expect(matrixFactors(product(TWO, [i!, j!], [k!], matrices, [12]), frame)).toBeUndefined();
});

it('a solve has whole tensors, or those that its operands are', () => {
  const plain = solve('y', input('A', [3, 3]), input('B', [3, 4]));
  expect(textOf(plain)).toBe('oftc_torch.solve(A, B)');
  const turned = { ...plain, a: load(0, 'k', 'i0'), b: call('add', plain.b, plain.b) };
  expect(textOf(turned)).toBe('oftc_torch.solve(A.t(), B + B)');
  // B is one column, repeated, and then the first rows of a tensor.
  const vector = solve('y', input('A', [3, 3]), input('B', [3, 4]));
  expect(textOf({ ...vector, args: [vector.args[0]!, input('B', [3])], b: load(1, 'i0') })).toBe(
    'oftc_torch.solve(A, B[..., None].expand((3, 4)))',
  );
  expect(textOf({ ...vector, args: [vector.args[0]!, input('B', [5, 4])] })).toBe(
    'oftc_torch.solve(A, B[:3])',
  );
});

it('a solve of each expert has operands of one shape', () => {
  // A is the same for two tiles of an expert, and B is another one in each tile.
  const own = solve('y', input('A', [2, 3, 3]), input('B', [5, 3, 4]));
  const args = [...own.args, input('of', [5], 'i32')];
  const expert: IntExpr = { k: 'iload', arg: 2, index: [{ k: 'axis', name: 'i0' }] };
  const lifted = { ...own, args, a: load(0, expert, 'i1', 'k') };
  expect(textOf(lifted)).toBe('oftc_torch.solve(A[of.long()], B)');
});
