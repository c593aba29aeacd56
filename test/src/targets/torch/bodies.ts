/** Loop bodies over small axes and operands, for tests of how they are printed in Python. */
import { type Binding, type Dim, dimConst, parseDim } from '../../../../compiler/dims/dims.ts';
import {
  and,
  ax,
  axis,
  call,
  constant,
  extentOf,
  iadd,
  idiv,
  ieq,
  iload,
  ilt,
  imod,
  imul,
  int,
  iselect,
  isqrt,
  isub,
  load,
  not,
  or,
  select,
} from '../../../../compiler/primitives/build.ts';
import type { Expr, IntExpr } from '../../../../compiler/primitives/expr.ts';
import type { Axis } from '../../../../compiler/primitives/prim.ts';

/** The values of the sizes' names. */
export const SIZES: Binding = { n: 5, b: 2, r: 3, one: 1 };

const dim = (size: number | string): Dim => (typeof size === 'number' ? dimConst(size) : parseDim(size));

const EXTENTS = {
  i: 3,
  j: 4,
  k: 2,
  l: 4,
  u: 1,
  z: 0,
  row: 3,
  rank: 2,
  n: 'n',
  r: 'r',
  b: 'b',
  c: 'b',
} as const;
type Name = keyof typeof EXTENTS;

export const axesOf = (names: string): Axis[] =>
  names
    .split(' ')
    .filter((n) => n !== '')
    .map((n) => axis(n, dim(EXTENTS[n as Name])));

/** The operands, whose integers are positions below 3. */
export const OPERANDS = (
  [
    ['x', 3, 4],
    ['w', 12],
    ['y', 'n', 4],
    ['at', 3],
    ['s', 3, 3],
    ['m', 'r*b'],
    ['t', 'n', 1],
    ['d', 'r*b', 'r*b'],
    ['q', 3, 4, 2],
    ['e', 0],
    ['one', 1],
    ['at2', 3, 4],
    ['p', '2*b'],
  ] as const
).map(([text, ...sizes]) => ({ text, shape: sizes.map(dim), isInteger: text.startsWith('at') }));

const of = (name: string, ...index: readonly (IntExpr | string | number)[]): Expr =>
  load(placeOf(name), index.map(indexOf));
const at = (name: string, ...index: readonly (IntExpr | string | number)[]): IntExpr =>
  iload(placeOf(name), index.map(indexOf));
const placeOf = (name: string): number => OPERANDS.findIndex((o) => o.text === name);
const indexOf = (e: IntExpr | string | number): IntExpr =>
  typeof e === 'number' ? int(e) : typeof e === 'string' ? ax(e) : e;

const [i, j, k, l, n] = [ax('i'), ax('j'), ax('k'), ax('l'), ax('n')];
const [r, b, c, u] = [ax('r'), ax('b'), ax('c'), ax('u')];
const size = (text: string): IntExpr => extentOf(parseDim(text));
const x = of('x', i, j);
const [half, two, minus] = [constant(0.5), constant(2), constant(-2)];
const add = (p: Expr, q: Expr) => call('add', p, q);
const sub = (p: Expr, q: Expr) => call('sub', p, q);
const mul = (p: Expr, q: Expr) => call('mul', p, q);
const div = (p: Expr, q: Expr) => call('div', p, q);
const number = (a: IntExpr): Expr => ({ k: 'fromInt', a });

/** The axes of the result, and bodies over them. */
type Bodies = readonly (readonly [axes: string, ...bodies: Expr[]])[];

export const ARITHMETIC: Bodies = [
  ['i j', x, add(x, half), add(half, x), add(x, minus), add(minus, x), sub(x, minus), sub(minus, x)],
  ['i j', mul(constant(-1), x), add(constant(-1), x), mul(minus, x), div(x, minus), div(two, x)],
  ['i j', add(x, call('neg', x)), add(x, call('neg', call('neg', x))), call('neg', add(x, half))],
  ['i j', call('neg', mul(x, half)), mul(call('neg', x), half), sub(x, sub(x, half)), sub(sub(x, x), half)],
  [
    'i j',
    mul(add(x, half), x),
    mul(x, add(x, half)),
    mul(x, mul(x, two)),
    div(x, mul(x, x)),
    div(div(x, x), x),
  ],
  ['i j', call('max', x, half), call('max', half, x), call('min', x, half), call('min', half, x)],
  ['i j', call('max', x, mul(x, two)), call('min', mul(x, two), x), call('max', add(x, x), minus)],
  ['i j', call('abs', x), call('exp', minus), call('abs', minus), mul(call('exp', half), x), constant(1e16)],
  ['i j', constant(123456789), constant(0.1), constant(-0), call('neg', call('exp', half))],
];

export const NUMBERS: Bodies = [
  [
    'i j',
    number(i),
    number(j),
    number(int(-3)),
    number(size('n')),
    number(size('2*n')),
    number(size('n + b')),
  ],
  [
    'i j',
    number(iadd(i, j)),
    number(iadd(i, int(-1))),
    number(isub(i, iadd(j, int(1)))),
    number(imul(i, int(4))),
  ],
  [
    'i j',
    number(idiv(iadd(i, j), 2)),
    number(imod(iadd(i, j), 3)),
    number(isqrt(j)),
    number(isqrt(size('n'))),
  ],
  ['i j', number(imul(iadd(i, j), size('n + b'))), number(iadd(imul(i, int(4)), j)), number(at('at', i))],
  ['i j', number(iselect(ilt(i, j), i, int(7))), number(iselect(ieq(at('at', i), j), i, j)), number(int(0))],
  ['j i', number(i), number(j), number(at('at', i))],
  ['i', number(i), number(at('at', iselect(ilt(i, int(1)), i, int(2))))],
  ['i j k', number(i), number(j), number(k)],
  ['n j', number(n), number(isub(size('n'), n))],
];

const eye = (a: IntExpr, q: IntExpr, one = 1, zero = 0): Expr =>
  select(ieq(a, q), constant(one), constant(zero));
export const CHOICES: Bodies = [
  [
    'i row',
    eye(i, ax('row')),
    eye(ax('row'), i),
    eye(i, ax('row'), 2),
    eye(i, ax('row'), 1, 3),
    eye(i, ax('row'), 0, 1),
  ],
  ['i row', eye(i, int(1)), eye(int(1), i), eye(iadd(i, int(1)), ax('row')), eye(i, i)],
  ['i row j', eye(i, ax('row')), eye(ax('row'), i), eye(i, j)],
  ['i j k', eye(i, j), eye(j, k), eye(i, k), eye(k, j)],
  ['i row j k', eye(ax('row'), i)],
  ['i r', eye(i, r)],
  ['b c', eye(b, c)],
  ['i j', select(ilt(i, j), x, half), select(ilt(i, j), half, x), select(ilt(i, j), half, two)],
  ['i j', select(ilt(i, j), constant(1), constant(0)), select(ilt(j, i), constant(0), constant(1))],
  ['i j', select(ieq(i, j), x, mul(x, two)), select(not(ieq(i, j)), x, half)],
  [
    'i j',
    select(and(ilt(i, int(2)), ilt(int(0), j)), x, half),
    select(or(ilt(i, int(1)), ieq(j, int(3))), x, half),
  ],
  [
    'i j',
    select(not(and(ilt(i, j), ilt(j, int(3)))), x, half),
    select(and(ilt(i, j), not(ieq(j, int(3)))), x, half),
  ],
  [
    'i j',
    select({ k: 'flt', a: x, b: half }, x, half),
    select({ k: 'flt', a: half, b: add(x, x) }, two, half),
  ],
  ['i j', select(ilt(int(1), size('n')), x, half), select(ilt(int(1), size('n')), two, half)],
  ['i j', select(ilt(size('n'), int(2)), two, x), mul(select(ilt(int(1), size('n')), two, half), x)],
  [
    'i j',
    call('max', select(ilt(int(1), size('n')), two, half), x),
    call('abs', select(ilt(int(1), size('n')), two, half)),
    call('abs', select(ilt(int(1), size('n')), x, half)),
    call('abs', select(ilt(size('n'), int(1)), half, x)),
  ],
];

/** Loads that lie outside their operand in the branch that is not taken. */
export const GUARDED: Bodies = [
  [
    'i j',
    select(ilt(i, int(2)), of('x', iadd(i, int(1)), j), half),
    select(ilt(int(0), i), of('x', isub(i, int(1)), j), half),
  ],
  [
    'i j',
    select(ilt(i, int(2)), of('x', iadd(i, int(1)), j), x),
    select(ilt(i, int(2)), of('x', idiv(i, 2), imod(iadd(i, j), 4)), half),
  ],
  [
    'i j',
    add(select(ilt(i, int(2)), of('x', iadd(i, int(1)), j), half), of('x', imod(iadd(i, int(1)), 3), j)),
  ],
  [
    'i j',
    select(ilt(i, int(2)), select(ilt(j, int(3)), of('x', iadd(i, int(1)), iadd(j, int(1))), two), half),
  ],
  [
    'i j',
    select(ilt(i, int(2)), of('w', imul(iadd(i, int(1)), iadd(j, int(1)))), half),
    select(ilt(i, int(5)), of('w', imul(i, j)), half),
  ],
  [
    'n j',
    select(ilt(int(0), n), of('y', isub(n, int(1)), j), half),
    select(ilt(int(0), n), of('y', imod(n, 2), j), half),
  ],
];

const digits = (slow: IntExpr, by: number | IntExpr, fast: IntExpr): IntExpr =>
  iadd(imul(slow, typeof by === 'number' ? int(by) : by), fast);
export const VIEWS: Bodies = [
  [
    'i j',
    of('x', i, j),
    of('x', 1, j),
    of('x', i, 2),
    of('x', 2, 3),
    of('w', digits(i, 4, j)),
    of('w', iadd(i, j)),
  ],
  ['j i', of('x', i, j), of('x', 1, j), of('w', digits(i, 4, j)), of('w', iadd(digits(i, 4, j), int(0)))],
  [
    'i',
    of('x', i, 0),
    of('x', i, i),
    of('w', i),
    of('w', iadd(i, int(2))),
    of('w', imul(i, int(4))),
    of('w', iadd(imul(i, int(4)), int(3))),
  ],
  [
    'i',
    of('w', imul(i, int(2))),
    of('w', isub(int(2), i)),
    of('w', iadd(imul(i, int(3)), int(5))),
    of('s', i, i),
    of('s', 0, i),
    of('s', i, 1),
  ],
  [
    'i row',
    of('s', i, 'row'),
    of('s', 'row', i),
    of('x', i, i),
    of('s', imod(iadd(i, ax('row')), 3), i),
    of('s', at('at', i), 'row'),
  ],
  [
    'i row',
    of('s', at('at', i), i),
    of('s', at('at', i), at('at', 'row')),
    of('s', imod(iadd(i, ax('row')), 3), 'row'),
    of('s', at('at', 0), i),
  ],
  [
    'i j k',
    of('q', i, j, k),
    of('q', i, 1, k),
    of('q', 0, j, 1),
    of('x', i, j),
    of('x', i, digits(imod(j, 2), 2, k)),
  ],
  ['k i j', of('q', i, j, k), of('q', i, 3, k)],
  ['j k i', of('q', i, j, k), of('x', i, j)],
  ['i k j', of('q', i, j, k), of('x', i, j), of('w', digits(i, 4, j))],
  ['k i l', of('q', i, l, k), of('x', i, l), of('w', digits(i, 4, l))],
  [
    'i k',
    of('w', digits(i, 4, k)),
    of('w', iadd(digits(i, 4, k), int(2))),
    of('w', iadd(digits(i, 4, k), int(1))),
    of('w', digits(k, 6, i)),
  ],
  [
    'i k',
    of('w', iadd(digits(k, 6, i), int(3))),
    of('w', iadd(digits(k, 6, i), int(2))),
    of('w', digits(k, 5, i)),
    of('w', digits(i, 2, k)),
  ],
  ['i', of('one', imul(i, int(0)))],
  [
    'r b',
    of('m', digits(r, size('b'), b)),
    of('m', digits(b, size('r'), r)),
    of('d', digits(r, size('b'), b), digits(r, size('b'), b)),
  ],
  ['r b c', of('d', digits(r, size('b'), b), digits(r, size('b'), c)), of('m', digits(r, size('b'), c))],
  [
    'r',
    of('m', imul(r, size('b'))),
    of('m', iadd(imul(r, size('b')), int(1))),
    of('m', r),
    of('d', r, imul(r, size('b'))),
  ],
  [
    'b',
    of('p', b),
    of('p', iadd(b, size('b'))),
    of('p', imul(b, int(2))),
    of('p', iadd(imul(b, int(2)), int(1))),
  ],
  [
    'n j',
    of('y', n, j),
    of('y', isub(isub(size('n'), n), int(1)), j),
    of('y', 0, j),
    of('y', n, isub(int(3), j)),
  ],
  [
    'n k',
    of('y', n, k),
    of('y', n, iadd(k, int(2))),
    of('y', n, imul(k, int(2))),
    of('t', n, 0),
    of('y', n, digits(k, 2, int(1))),
  ],
  ['n u', of('t', n, 0), of('t', n, u), of('y', n, u)],
  ['i u', of('x', i, u), of('at', i), of('w', i)],
  ['z i', of('e', ax('z')), of('w', i)],
  ['', of('one', 0), of('w', 11), of('x', 2, 3)],
  ['i rank row', of('s', i, 'row'), of('x', i, 'rank'), of('x', 'row', 'rank')],
];

/** All bodies, by topic. */
export const ALL: Readonly<Record<string, Bodies>> = { ARITHMETIC, NUMBERS, CHOICES, GUARDED, VIEWS };
