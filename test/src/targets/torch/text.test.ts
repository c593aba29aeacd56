/** The text of printed Python: broken lines, chains of calls, and views of tensors without elements. */
import { expect, it } from 'vitest';
import { type Dim, dimConst, parseDim } from '../../../../compiler/dims/dims.ts';
import { rational } from '../../../../compiler/dims/rational.ts';
import type { Expr, IntExpr } from '../../../../compiler/primitives/expr.ts';
import { Body } from '../../../../src/targets/torch/body.ts';
import { dimText, factorText } from '../../../../src/targets/torch/dims.ts';
import { isAttribute, line, tensorName, wrapped } from '../../../../src/targets/torch/python-text.ts';
import { chained, renamed, type Statement } from '../../../../src/targets/torch/statements.ts';
import { viewOf } from '../../../../src/targets/torch/views.ts';

it('a long line is broken at commas, but not within a string', () => {
  const long = `${'a'.repeat(50)}.unflatten(1, (4, 32))`;
  const lines = line('', `G = torch.einsum("kia,kb->iab", ${long}, ${long})`);
  expect(lines).toEqual(['G = torch.einsum(', '    "kia,kb->iab",', `    ${long},`, `    ${long},`, ')']);
});

it('an expression in brackets of its own is no tuple, however long it is', () => {
  const long = `${'a'.repeat(60)} if ${'b'.repeat(60)} else c`;
  expect(line('', `x = (${long})`).join('\n')).not.toMatch(/,/);
  expect(line('', `x = (${long})`)).toEqual(['x = (', `    ${long}`, ')']);
  expect(line('', `x = f((${long}), y)`).filter((l) => l.endsWith(','))).toEqual([
    expect.stringMatching(/^ {4}\),$/),
    '    y,',
  ]);
});

it('a line of 100 characters is not broken', () => {
  const call = `f(${'a'.repeat(97)})`;
  expect(line('', call)).toEqual([call]);
  expect(line('', call, 'said')).toEqual(['# said', call]);
  expect(line('', 'a'.repeat(92), 'said')).toEqual([`${'a'.repeat(92)}  # said`]);
});

it('a word that is longer than a line stands alone', () => {
  const long = 'a'.repeat(120);
  expect(wrapped('# ', `${long} b`)).toEqual([`# ${long}`, '# b']);
});

it('a long call is broken within brackets that hold something', () => {
  const long = 'a'.repeat(110);
  expect(line('', `${long}()`)).toEqual([`${long}()`]);
  expect(line('', `f(${long})`)).toEqual(['f(', `    ${long},`, ')']);
  expect(line('', `f(b,${long},)`)).toEqual(['f(', '    b,', `    ${long},`, ')']);
});

it('an expression in brackets is broken within, where it is too long too', () => {
  const [a, b] = ['a'.repeat(60), 'b'.repeat(60)];
  expect(line('', `x = (${a} + f(${b}, c))`)).toEqual([
    'x = (',
    `    ${a} + f(`,
    `        ${b}, c`,
    '    )',
    ')',
  ]);
});

it('a keyword is no attribute, and no tensor has the name of the number of tokens', () => {
  expect(['weight', 'lambda', '1st', 'a.b'].map(isAttribute)).toEqual([true, false, false, false]);
  expect(['tokens', 'v.0', 'lambda', 'x'].map(tensorName)).toEqual(['tokens_', 'v_0', 'lambda_', 'x']);
});

it('a function of a number is one of Python', () => {
  const axes = [{ name: 'i', extent: dimConst(3) }];
  const body = new Body({
    axes,
    args: [{ text: 'x', shape: [dimConst(3)] }],
    like: 'x',
    range: () => 'index',
  });
  const number: Expr = { k: 'const', value: rational(-2n) };
  const load: Expr = { k: 'load', arg: 0, index: [{ k: 'axis', name: 'i' }] };
  const of = (fn: 'abs' | 'exp', a: Expr): Expr => ({ k: 'call', fn, args: [a] });
  const texts = [of('abs', number), of('exp', number), of('abs', load), of('exp', load)].map(
    (e) => body.print(e).text,
  );
  expect(texts).toEqual(['abs(-2.0)', 'math.exp(-2.0)', 'torch.abs(x)', 'torch.exp(x)']);
});

it('a dimension is a sum over what divides it, with what its terms share before it', () => {
  const dims = [
    'in/a',
    '3*in/a',
    'in/(a*b)',
    'tri(b)',
    'r/2',
    'in/a + 1',
    'b - in',
    'a*b',
    'a*b + b',
    '2*a*b + 4*b',
    'r/2 + n/3',
    'in/(a*a) + in/a',
    'n/(a*a) + b/a',
    'b/(a*a) + n/a',
    'b/(z*z) + 1/z',
    'a - a',
  ];
  const texts = (text: (d: Dim) => string) => dims.map((d) => text(parseDim(d)));
  expect(texts(dimText)).toEqual([
    'in_ // a',
    '3 * in_ // a',
    'in_ // (a * b)',
    'b * (b - 1) // 2',
    'r // 2',
    '(a + in_) // a',
    'b - in_',
    'a * b',
    'b * (a + 1)',
    'b * (2 * a + 4)',
    '(2 * n + 3 * r) // 6',
    'in_ * (a + 1) // (a * a)',
    '(a * b + n) // (a * a)',
    '(a * n + b) // (a * a)',
    '(b + z) // (z * z)',
    '0',
  ]);
  expect(texts(factorText)).toEqual([
    '(in_ // a)',
    '(3 * in_ // a)',
    '(in_ // (a * b))',
    '(b * (b - 1) // 2)',
    '(r // 2)',
    '((a + in_) // a)',
    '(b - in_)',
    'a * b',
    'b * (a + 1)',
    'b * (2 * a + 4)',
    '((2 * n + 3 * r) // 6)',
    '(in_ * (a + 1) // (a * a))',
    '((a * b + n) // (a * a))',
    '((a * n + b) // (a * a))',
    '((b + z) // (z * z))',
    '0',
  ]);
});

it('an element of a dimension without elements has no view', () => {
  const axes = [
    { name: 'i', extent: dimConst(5) },
    { name: 'j', extent: dimConst(0) },
  ];
  const index: IntExpr[] = [
    { k: 'int', value: 0 },
    { k: 'axis', name: 'i' },
  ];
  expect(viewOf({ text: 'x', shape: [dimConst(0), dimConst(5)] }, index, axes)).toBeUndefined();
});

const statement = (code: string, needs: readonly string[] = []): Statement => ({
  ...{
    code,
    needs,
    name: code.split(' ')[0]!,
    letter: code[0]!,
    comment: undefined,
    isWide: true,
    isMatrix: true,
  },
});
it('a view of a result that nothing else reads follows its call', () => {
  const cat = statement('h = torch.cat((a, b), dim=1)');
  const codes = (all: readonly Statement[], kept: readonly string[] = []) =>
    chained(all, kept).map((s) => s.code);
  const view = statement('g = h.reshape(4, 6)');
  expect(codes([cat, view])).toEqual(['g = torch.cat((a, b), dim=1).reshape(4, 6)']);
  expect(codes([cat, view, statement('f = h + g')])).toHaveLength(3);
  expect(codes([cat, view], ['h'])).toHaveLength(2);
  expect(codes([cat, statement('g = h.reshape(4, 6)', ['x'])])).toHaveLength(2);
  expect(codes([statement('h = a + b'), view])).toHaveLength(2);
  expect(codes([cat, statement('g = h.reshape(h.shape)')])).toHaveLength(2);
});

it('a call and a view of it make one statement of at most 90 characters', () => {
  const call = (length: number) => `torch.${'f'.repeat(length - '.view(4)'.length - 'torch.h(a)'.length)}(a)`;
  const joined = (length: number) =>
    chained([statement(`h = ${call(length)}`), statement('g = h.view(4)')], []).length;
  expect([joined(90), joined(91)]).toEqual([1, 2]);
});

it('a call and its view have at most 90 characters together', () => {
  const [call, view] = ['torch.cat((a, b), dim=1)', 'h.reshape(4, 6)'];
  const long = (more: number) => `torch.cat((${'a'.repeat(more)}, b), dim=1)`;
  const most = 90 - call.length - view.length;
  const joined = (more: number) =>
    chained([statement(`h = ${long(more)}`), statement(`g = ${view}`)], []).length === 1;
  expect([most, most + 1, most + 2].map(joined)).toEqual([true, true, false]);
});

it('names that are given, or read by an expression at the end, are of one tensor each', () => {
  const given = [
    { ...statement('y = a * b'), letter: undefined },
    statement('y1 = y + a'),
    statement('y3 = y1 + a'),
    statement('y4 = y3 + y3'),
  ];
  const { statements } = renamed(given, ['y', 'y1.t()'], ['a', 'b']);
  expect(statements.map((s) => s.code)).toEqual(['y = a * b', 'y2 = y + a', 'y3 = y2 + a', 'y3 = y3 + y3']);
});

it('a name is used again once nothing reads its tensor, and memory of tokens is freed', () => {
  const given = [
    statement('g = a * b'),
    statement('g2 = g.T'),
    { ...statement('S = torch.einsum("g,h->gh", g2, c)'), isWide: false },
    statement('g3 = a + S'),
    statement('g4 = g3 + g3'),
  ];
  const { statements, names } = renamed(given, ['g4', 'S'], ['a', 'b', 'c']);
  expect(statements.map((s) => s.code)).toEqual([
    'g = a * b',
    'g = g.T',
    'S = torch.einsum("g,h->gh", g, c)',
    'g = a + S',
    'g = g + g',
  ]);
  expect(statements.map((s) => s.frees)).toEqual([[], [], ['g'], [], []]);
  expect([names.get('g4'), names.get('S')]).toEqual(['g', 'S']);
});
