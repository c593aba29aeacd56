/** Prints dimensions and index polynomials as Python. */
import {
  constantOf,
  type Dim,
  dimConst,
  divDim,
  mulDim,
  RUNTIME_DIM,
  tileOf,
} from '../../../compiler/dims/dims.ts';
import { isNegativeQ, rational } from '../../../compiler/dims/rational.ts';
import type { IntTerm, Poly } from '../../../compiler/primitives/affine.ts';
import { pythonName } from './python-text.ts';

/** A dimension as a Python expression, such as b * (b - 1) // 2. */
export const dimText = (d: Dim): string => expressionOf(d).text;

/** The condition that a dimension is a whole number of at least 0. */
export function wholeText(d: Dim): string {
  const { dividend, divisor } = quotientOf(d);
  const [value, by] = [dimText(dividend), constantOf(divisor) ?? dimText(divisor)];
  const isWhole = by === 1 ? [] : [`${factorText(dividend)} % ${by} == 0`];
  const isLarge = dividend.terms.some((t) => isNegativeQ(t.coef)) ? [`${value} >= 0`] : [];
  return [...isWhole, ...isLarge].join(' and ');
}

/** A dimension as a factor of a product: parentheses stand around a sum and a quotient. */
export function factorText(d: Dim): string {
  const { text, isProduct } = expressionOf(d);
  return isProduct ? text : `(${text})`;
}

function expressionOf(d: Dim): { readonly text: string; readonly isProduct: boolean } {
  const { dividend, divisor } = quotientOf(d);
  const { common, rest } = factored(dividend);
  const terms = rest.terms.map(({ coef, powers }) => {
    const factors = namesIn(powers);
    if (factors.length > 0 && (coef.num === 1n || coef.num === -1n))
      return `${isNegativeQ(coef) ? '-' : ''}${factors.join(' * ')}`;
    return [`${coef.num}`, ...factors].join(' * ');
  });
  if (terms.length === 0) return { text: '0', isProduct: true };
  const sum = terms.join(' + ').replaceAll('+ -', '- ');
  const isSum = terms.length > 1;
  const by = constantOf(divisor) ?? dimText(divisor);
  if (by === 1 && common.length === 0) return { text: sum, isProduct: !isSum };
  const product = [...common, isSum ? `(${sum})` : sum].join(' * ');
  if (by === 1) return { text: product, isProduct: true };
  return { text: `${product} // ${/\W/.test(`${by}`) ? `(${by})` : by}`, isProduct: false };
}

const namesIn = (powers: Dim['terms'][number]['powers']): string[] =>
  powers.flatMap(([name, power]) => Array.from({ length: power }, () => sizeName(name)));

/** A name in Python; the number of tiles that hold the tokens is a division that rounds up. */
function sizeName(name: string): string {
  const by = tileOf(name);
  return by === undefined ? pythonName(name) : `((${RUNTIME_DIM} + ${by - 1}) // ${by})`;
}

/** A sum as the names that all its terms have, and the rest; a single term is all rest. */
function factored(sum: Dim): { readonly common: readonly string[]; readonly rest: Dim } {
  const [first, ...others] = sum.terms;
  if (first === undefined || others.length === 0) return { common: [], rest: sum };
  const powers = first.powers.flatMap(([name, power]) => {
    const least = Math.min(power, ...others.map((t) => t.powers.find(([n]) => n === name)?.[1] ?? 0));
    return least > 0 ? [[name, least] as const] : [];
  });
  return { common: namesIn(powers), rest: divDim(sum, { terms: [{ coef: rational(1n), powers }] }) };
}

/** A dimension as a quotient of a sum with whole coefficients and a product: in/a is in divided by a. */
export function quotientOf(d: Dim): { readonly dividend: Dim; readonly divisor: Dim } {
  const den = d.terms.reduce((all, { coef }) => (all * coef.den) / gcd(all, coef.den), 1n);
  const least = new Map<string, number>();
  for (const { powers } of d.terms)
    for (const [name, power] of powers)
      if (power < 0) least.set(name, Math.min(least.get(name) ?? power, power));
  const powers = [...least].map(([name, power]) => [name, -power] as const);
  const divisor = mulDim(dimConst(Number(den)), { terms: [{ coef: rational(1n), powers }] });
  return { dividend: mulDim(d, divisor), divisor };
}

const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b));

/** A polynomial of sizes as a Python expression. */
export function polyText(p: Poly): string {
  const terms = p.map((t) => termText(t));
  return terms.length === 0 ? '0' : terms.join(' + ').replaceAll('+ -', '- ');
}

function termText({ coef, atoms }: IntTerm): string {
  const factors = atoms.map((a) => (a.k === 'extent' ? factorText(a.dim) : ''));
  return coef === 1 && factors.length > 0 ? factors.join(' * ') : [`${coef}`, ...factors].join(' * ');
}
