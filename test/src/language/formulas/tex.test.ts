/** Formulas in TeX: they have the names and the structure of the printed ones, and TeX accepts them. */
import { readdirSync, readFileSync } from 'node:fs';
import katex from 'katex';
import { describe, expect, it } from 'vitest';
import { fourierft } from '../../../../src/adapters/fourierft.ts';
import { gsoft } from '../../../../src/adapters/gsoft.ts';
import { dora } from '../../../../src/adapters/lora.ts';
import { oft } from '../../../../src/adapters/oft.ts';
import { randlora } from '../../../../src/adapters/randlora.ts';
import { texOf } from '../../../../src/language/formulas/tex.ts';
import { texName, texNumber } from '../../../../src/language/formulas/tex-spelling.ts';
import type { Traceable } from '../../../../src/language/load.ts';

const lines = (tex: string): string[] =>
  tex
    .split('\n')
    .slice(1, -1)
    .map((l) => l.replace(/ \\\\$/, ''));

it.each([
  [
    oft,
    [
      'y &= x\\, \\mathrm{diag}(I + 2\\,Q + 2\\,Q^{2} + 2\\,Q^{3} + Q^{4})\\, W^{\\top} && (\\mathrm{tokens},\\, \\mathrm{out})',
      'Q &= \\mathrm{skew}(\\mathit{v.0}) && (r,\\, b,\\, b)',
    ],
  ],
  [
    gsoft,
    [
      'y &= (x\\, \\mathrm{diag}(\\mathrm{cayley}(\\tfrac{1}{2}\\,(R - R^{\\top})))^{\\top}\\, P\\, \\mathrm{diag}(\\mathrm{cayley}(\\tfrac{1}{2}\\,(L - L^{\\top})))^{\\top}\\, P^{\\top}\\, W^{\\top}) \\odot s && (\\mathrm{tokens},\\, \\mathrm{out})',
      'P &= \\text{columns } (b, k) \\to (1, 0) && (\\mathrm{in},\\, \\mathrm{in})',
    ],
  ],
  [
    dora,
    [
      'y &= x\\, \\left((W + B\\, A) \\odot \\frac{m \\text{ as } (\\mathrm{out}, 1)}{\\mathrm{detach}\\left(\\sqrt{\\sum_{\\mathrm{in}} (W + B\\, A) \\odot (W + B\\, A)}\\right)}\\right)^{\\top} && (\\mathrm{tokens},\\, \\mathrm{out})',
    ],
  ],
])('the formula of %o', (layer: Traceable, expected) => {
  expect(lines(texOf(layer.trace()))).toEqual(expected);
});

it('a circle is 2π', () => {
  expect(texOf(fourierft.trace())).toContain('2\\pi\\,\\mathrm{take}(\\mathrm{phases}');
});

it('no name is defined by itself', () => {
  const [, definition] = lines(texOf(randlora.trace()));
  expect(definition).toMatch(/^S &= (?!.*S\^)/);
});

describe('names', () => {
  it.each([
    ['x', 'x'],
    ['Q₁₂ᵀ', 'Q_{12}^{\\top}'],
    ['lambda', '\\lambda'],
    ['grad.y', '\\mathit{grad.y}'],
    ['oft_R', '\\mathit{oft\\_R}'],
    ['R′', "R'"],
  ])('%s', (name, tex) => {
    expect(texName(name)).toBe(tex);
  });
});

describe('numbers', () => {
  it.each([
    [-0.5, '-\\tfrac{1}{2}'],
    [1e-8, '10^{-8}'],
    [2.5e-12, '2.5 \\cdot 10^{-12}'],
    [2 * Math.PI, '2\\pi'],
    [20, '20'],
  ])('%f', (value, tex) => {
    expect(texNumber(value)).toBe(tex);
  });
});

describe('the formulas of the library', () => {
  const folder = new URL('../../../../docs/adapters/', import.meta.url);
  const formulas = readdirSync(folder).flatMap((page) =>
    [...readFileSync(new URL(page, folder), 'utf8').matchAll(/^```math\n(.*?)\n```$/gms)].map((m) => m[1]!),
  );

  it('are TeX', () => {
    expect(formulas.length).toBeGreaterThan(70);
    for (const tex of formulas)
      expect(katex.renderToString(tex, { displayMode: true, strict: 'error' })).toContain('<math');
  });

  it('define each name once', () => {
    for (const tex of formulas) {
      const defined = lines(tex).map((l) => l.split(' &= ')[0]!);
      expect(defined).toEqual([...new Set(defined)]);
    }
  });
});
