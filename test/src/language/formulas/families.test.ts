/** Families of formulas, such as Pᵢ for i = 0…3: unfolding a family gives exactly the texts of its members. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { families, familyLine, foldSum, subscript } from '../../../../src/language/formulas/families.ts';
import { runs } from '../../../support/runs.ts';
import { expectUnfolds } from './unfold.ts';

/** Draws one number for each of `n` texts, mostly numbers that count, double or halve. */
const numbers = (n: number) =>
  fc.oneof(
    fc.nat(40).map((a) => Array<number>(n).fill(a)),
    fc
      .tuple(fc.nat(20), fc.integer({ min: 1, max: 3 }))
      .map(([a, b]) => Array.from({ length: n }, (_, i) => a + b * i)),
    fc
      .tuple(fc.nat(20), fc.integer({ min: 1, max: 3 }))
      .map(([a, b]) => Array.from({ length: n }, (_, i) => a + b * (n - i))),
    fc
      .tuple(fc.nat(9), fc.integer({ min: 1, max: 5 }))
      .map(([a, b]) => Array.from({ length: n }, (_, i) => a + b * 2 ** i)),
    fc
      .integer({ min: 1, max: 5 })
      .map((b) => Array.from({ length: n }, (_, i) => 2 ** n * b - b * 2 ** (n - i))),
    fc.array(fc.nat(40), { minLength: n, maxLength: n }),
  );

const texts = fc.integer({ min: 1, max: 6 }).chain((n) => {
  const column = fc.oneof(
    fc
      .constantFrom(
        'x',
        'W',
        'ᵀ',
        '·',
        ' + ',
        ' − ',
        '(',
        ')',
        '[',
        ']',
        ', ',
        ':',
        '/',
        'b/2',
        'grad.y',
        '0.5',
        '2e-7',
      )
      .map((t) => Array<string>(n).fill(t)),
    numbers(n).map((all) => all.map(String)),
    numbers(n).map((all) => all.map((k) => `Q${subscript(k)}`)),
    fc.array(fc.constantFrom('R', 'L', 'x2'), { minLength: n, maxLength: n }),
  );
  return fc
    .tuple(fc.nat(3), fc.array(column, { minLength: 1, maxLength: 8 }))
    .map(([from, columns]) =>
      Array.from({ length: n }, (_, i) =>
        `D${subscript(from + i)} = ${columns.map((c) => c[i]).join('|')}`.replaceAll('|', ' '),
      ),
    );
});

it('families of any texts unfold to these texts', () => {
  fc.assert(
    fc.property(texts, fc.boolean(), (all, reversed) => {
      const given = reversed ? all.toReversed() : all;
      expectUnfolds(given, families(given));
    }),
    runs(2000, 20_000),
  );
});

describe('what reads as a family', () => {
  const lines = (...given: string[]) => families(given).map(familyLine);

  it('numbers that count, double and halve', () => {
    expect(lines('R₀ = S[0]', 'R₁ = S[1]', 'R₂ = S[2]')).toEqual(['Rᵢ = S[i]  (i = 0…2)']);
    expect(lines('P₀ = (r, 2, 1, b/2)', 'P₁ = (r/2, 2, 2, b/2)', 'P₂ = (r/4, 2, 4, b/2)')).toEqual([
      'Pᵢ = (r/2ⁱ, 2, 2ⁱ, b/2)  (i = 0…2)',
    ]);
    expect(lines('h₁ = h₀·R₂', 'h₂ = h₁·R₁', 'h₃ = h₂·R₀')).toEqual(['hᵢ = hᵢ₋₁·R₃₋ᵢ  (i = 1…3)']);
  });

  it('less than a power', () => {
    expect(lines('P₂ = (3, 4)', 'P₃ = (1, 3)', 'P₄ = (0, 2)')).toEqual([
      'Pᵢ = (16/2ⁱ − 1, 6 − i)  (i = 2…4)',
    ]);
    expect(lines('P₀ = 0·x', 'P₁ = 1·x', 'P₂ = 3·x')).toEqual(['Pᵢ = (2ⁱ − 1)·x  (i = 0…2)']);
  });

  it('words that correspond', () => {
    expect(lines('C₀ = cayley(R − Rᵀ)', 'C₁ = cayley(L − Lᵀ)')).toEqual([
      'Cᵢ = cayley(• − •ᵀ)  (i = 0, 1; • = R, L)',
    ]);
  });

  it('not two points of any line, nor a function’s name, nor a number in a name', () => {
    expect(lines('P₀ = x[3]', 'P₁ = x[5]')).toHaveLength(2);
    expect(lines('S₀ = cos(x)', 'S₁ = sin(x)')).toHaveLength(2);
    expect(lines('S₀ = a1', 'S₁ = a2', 'S₂ = a3')).toEqual(['Sᵢ = •  (i = 0…2; • = a1, a2, a3)']);
    expect(lines('S₀ = i + 0', 'S₁ = i + 1', 'S₂ = i + 2')).toHaveLength(3);
  });

  it('a sum from four terms on, after what is not alike', () => {
    expect(foldSum(['D₁', 'X', 'D₀', 'D₂', 'D₃'])).toEqual(['X', 'Σᵢ₌₀…₃ Dᵢ']);
    expect(foldSum(['D₀', 'D₁', 'D₂'])).toEqual(['D₀', 'D₁', 'D₂']);
  });
});
