/** Prints dimensions and index polynomials as Python. */
import type { Dim } from '../../../compiler/dims/dims.ts';
import type { IntTerm, Poly } from '../../../compiler/primitives/affine.ts';
import { pythonName } from './python-text.ts';

/** A dimension as a Python expression; parentheses stand around a sum and a quotient. */
export function dimText({ terms }: Dim): string {
  const den = terms.reduce((d, { coef }) => (d * coef.den) / gcd(d, coef.den), 1n);
  const whole = terms.map(({ coef, powers }) => {
    const factors = powers.flatMap(([name, power]) => Array.from({ length: power }, () => pythonName(name)));
    const number = (coef.num * den) / coef.den;
    return number === 1n && factors.length > 0 ? factors.join(' * ') : [`${number}`, ...factors].join(' * ');
  });
  if (whole.length === 0) return '0';
  const sum = whole.join(' + ').replaceAll('+ -', '- ');
  if (den !== 1n) return `(${whole.length > 1 ? `(${sum})` : sum} // ${den})`;
  return whole.length > 1 ? `(${sum})` : sum;
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
