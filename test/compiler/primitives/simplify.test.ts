import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dimConst, evalReal } from '../../../compiler/dims/dims.ts';
import { keyOf, rangesOf } from '../../../compiler/primitives/affine.ts';
import type { BoolExpr, IntExpr } from '../../../compiler/primitives/expr.ts';
import { simplifyInt } from '../../../compiler/primitives/simplify.ts';
import { add, div, iselect, less, mod, mul, sub } from '../../kernels-gen/build.ts';

const AXES = [
  ['a', 1],
  ['b', 4],
  ['c', 5],
  ['d', 12],
] as const;
const ranges = rangesOf(AXES.map(([name, n]) => ({ name, extent: dimConst(n) })));
type At = Record<string, number>;

/** The value of an index expression; NaN where a division or a root of a negative number leaves it undefined. */
function evaluate(e: IntExpr, at: At): number {
  const v = (x: IntExpr) => evaluate(x, at);
  switch (e.k) {
    case 'axis':
      return at[e.name]!;
    case 'int':
      return e.value;
    case 'extent':
      return evalReal(e.dim, at);
    case 'iadd':
      return v(e.a) + v(e.b);
    case 'isub':
      return v(e.a) - v(e.b);
    case 'imul':
      return v(e.a) * v(e.b);
    case 'idiv':
      return v(e.a) < 0 ? Number.NaN : Math.floor(v(e.a) / e.by);
    case 'imod':
      return v(e.a) < 0 ? Number.NaN : v(e.a) % e.by;
    case 'isqrt':
      return v(e.a) < 0 ? Number.NaN : Math.floor(Math.sqrt(v(e.a)));
    case 'iselect':
      return holds(e.cond, at) ? v(e.then) : v(e.else);
    case 'iload':
      throw new TypeError('no tensors here');
    default:
      return e satisfies never;
  }
}
function holds(e: BoolExpr, at: At): boolean {
  switch (e.k) {
    case 'ilt':
      return evaluate(e.a, at) < evaluate(e.b, at);
    case 'ieq':
      return evaluate(e.a, at) === evaluate(e.b, at);
    case 'and':
      return holds(e.a, at) && holds(e.b, at);
    case 'or':
      return holds(e.a, at) || holds(e.b, at);
    case 'not':
      return !holds(e.a, at);
    case 'flt':
      throw new TypeError('no floats here');
    default:
      return e satisfies never;
  }
}

const { int } = fc.letrec<{ int: IntExpr; bool: BoolExpr }>((tie) => ({
  int: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.constantFrom(...AXES.map(([name]): IntExpr => ({ k: 'axis', name }))),
    fc.integer({ min: 0, max: 20 }).map((value): IntExpr => ({ k: 'int', value })),
    fc
      .tuple(fc.constantFrom('iadd', 'isub', 'imul'), tie('int'), tie('int'))
      .map(([k, a, b]): IntExpr => ({ k, a, b })),
    fc
      .tuple(fc.constantFrom('idiv', 'imod'), tie('int'), fc.constantFrom(1, 2, 3, 4, 5, 8, 12, 20))
      .map(([k, a, by]): IntExpr => ({ k, a, by })),
    fc
      .tuple(fc.constantFrom('idiv', 'imod'), tie('int'), fc.constantFrom(4, 5, 12))
      .map(([k, a, by]): IntExpr => ({ k, a, by })),
    tie('int').map((a): IntExpr => ({ k: 'isqrt', a })),
    fc
      .tuple(tie('bool'), tie('int'), tie('int'))
      .map(([cond, then, other]): IntExpr => ({ k: 'iselect', cond, then, else: other })),
  ),
  bool: fc.oneof(
    { maxDepth: 2 },
    fc
      .tuple(fc.constantFrom('ilt', 'ieq'), tie('int'), tie('int'))
      .map(([k, a, b]): BoolExpr => ({ k, a, b })),
    fc
      .tuple(fc.constantFrom('and', 'or'), tie('bool'), tie('bool'))
      .map(([k, a, b]): BoolExpr => ({ k, a, b })),
    tie('bool').map((a): BoolExpr => ({ k: 'not', a })),
  ),
}));

function points(): At[] {
  let all: At[] = [{}];
  for (const [name, n] of AXES)
    all = all.flatMap((at) => [...Array(n).keys()].map((i) => ({ ...at, [name]: i })));
  return all;
}
const ALL = points();

test('simplified ≡ original wherever the original is defined, and simplifying again changes nothing', () => {
  fc.assert(
    fc.property(int, (e) => {
      const s = simplifyInt(e, ranges);
      for (const at of ALL) {
        const value = evaluate(e, at);
        if (!Number.isNaN(value)) expect(evaluate(s, at) + 0).toBe(value + 0);
      }
      expect(keyOf(simplifyInt(s, ranges))).toBe(keyOf(s));
    }),
    { numRuns: 1500, seed: 3 },
  );
});

describe('digits', () => {
  // The ranges are b < 4, c < 5 and d < 12.
  test.each([
    [div(add(mul('d', 8), 'b', mul('c', 32)), 16), add('c', 'c', div('d', 2))],
    [mod(add(mul('d', 8), 'b'), 16), add(mul(mod('d', 2), 8), 'b')],
    [div(add(mul('d', 8), 'b', 4), 16), div('d', 2)],
  ])('%# are those of the sum', (e, expected) => {
    expect(keyOf(simplifyInt(e, ranges))).toBe(keyOf(simplifyInt(expected, ranges)));
  });
  test('that are too wide stay', () => {
    const wide = div(add(mul('d', 4), 'c'), 16);
    expect(keyOf(simplifyInt(wide, ranges))).toContain('idiv(');
    expect(keyOf(simplifyInt(wide, ranges))).toContain('c');
  });
});

describe('blocks', () => {
  const text = (e: IntExpr) => keyOf(simplifyInt(e, ranges));
  const unknown = { k: 'axis', name: 't' } as const;
  test.each([
    [div(add(mul('d', 5), 'c'), 5), 'd'],
    [mod(add(mul('d', 5), 'c'), 5), 'c'],
    [div(add(mul(unknown, 4), 'b'), 4), 't'],
    [mod(add(mul(unknown, 4), 'b', 8), 4), 'b'],
    [mod(div(add(mul(unknown, 20), mul('b', 5), 'c'), 5), 4), 'b'],
    [add(mul(div(unknown, 7), 7), mod(unknown, 7)), 't'],
    [add(mul(div(unknown, 20), 20), mul(mod(div(unknown, 5), 4), 5), mod(unknown, 5)), 't'],
    [div(div(unknown, 3), 4), 'idiv(t,12)'],
    [add('a', sub('b', 'b')), '0'],
  ])('%j', (e, expected) => expect(text(e)).toBe(expected));
  test('conditions are decided by ranges', () => {
    const pick = (cond: BoolExpr) => text(iselect(cond, 'b', 'c'));
    expect(pick(less('b', 4))).toBe('b');
    expect(pick(less(11, 'd'))).toBe('c');
    expect(pick({ k: 'ieq', a: add('d', 12), b: mul(1, 'c') })).toBe('c');
  });
});
