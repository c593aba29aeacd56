/** Prints dimensions and index polynomials as Python. */
import { constantOf, type Dim, dimConst, mulDim } from '../../../compiler/dims/dims.ts';
import { rational } from '../../../compiler/dims/rational.ts';
import type { IntTerm, Poly } from '../../../compiler/primitives/affine.ts';
import { pythonName } from './python-text.ts';

/** A dimension as a Python expression; parentheses stand around a sum and a quotient. */
export function dimText(d: Dim): string {
  const { dividend, divisor } = quotientOf(d);
  const whole = dividend.terms.map(({ coef, powers }) => {
    const factors = powers.flatMap(([name, power]) => Array.from({ length: power }, () => pythonName(name)));
    if (factors.length > 0 && (coef.num === 1n || coef.num === -1n))
      return `${coef.num < 0n ? '-' : ''}${factors.join(' * ')}`;
    return [`${coef.num}`, ...factors].join(' * ');
  });
  if (whole.length === 0) return '0';
  const sum = whole.join(' + ').replaceAll('+ -', '- ');
  const by = constantOf(divisor) ?? dimText(divisor);
  if (by !== 1)
    return `(${whole.length > 1 ? `(${sum})` : sum} // ${/[^\w(]/.test(`${by}`) ? `(${by})` : by})`;
  return whole.length > 1 ? `(${sum})` : sum;
}

/** A dimension as a quotient of a sum with whole coefficients and a product: in/a is in divided by a. */
export function quotientOf(d: Dim): { readonly dividend: Dim; readonly divisor: Dim } {
  const den = d.terms.reduce((all, { coef }) => (all * coef.den) / gcd(all, coef.den), 1n);
  const least = new Map<string, number>();
  for (const { powers } of d.terms)
    for (const [name, power] of powers) if (power < 0) least.set(name, Math.min(least.get(name) ?? 0, power));
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
  const factors = atoms.map((a) => (a.k === 'extent' ? dimText(a.dim) : ''));
  return coef === 1 && factors.length > 0 ? factors.join(' * ') : [`${coef}`, ...factors].join(' * ');
}
