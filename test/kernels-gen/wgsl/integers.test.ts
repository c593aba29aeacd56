/** Integers that are printed as the smaller one of two. */
import { describe, expect, it } from 'vitest';
import { ax, iadd, ieq, ilt, int, iselect, isub } from '../../../compiler/primitives/build.ts';
import type { IntExpr } from '../../../compiler/primitives/expr.ts';
import { isLeast } from '../../../kernels-gen/wgsl/integers.ts';

const [a, b] = [iadd(ax('i'), int(4)), ax('n')];
const chosen = (cond: Parameters<typeof iselect>[0], then: IntExpr, otherwise: IntExpr) => {
  const e = iselect(cond, then, otherwise);
  return e.k === 'iselect' && isLeast(e, new Map());
};

describe('a selection is the smaller one', () => {
  it('of a and b, or of a and b − 1, where a < b', () => {
    expect(chosen(ilt(a, b), a, b)).toBe(true);
    expect(chosen(ilt(a, b), iadd(int(4), ax('i')), isub(b, int(1)))).toBe(true);
    expect(chosen(ilt(ax('i'), int(10)), ax('i'), int(9))).toBe(true);
  });
  it('and of nothing else', () => {
    expect(chosen(ilt(a, b), b, a)).toBe(false);
    expect(chosen(ilt(a, b), a, isub(b, int(2)))).toBe(false);
    expect(chosen(ilt(a, b), a, iadd(b, int(1)))).toBe(false);
    expect(chosen(ilt(a, b), ax('i'), b)).toBe(false);
    expect(chosen(ieq(a, b), a, b)).toBe(false);
  });
});
