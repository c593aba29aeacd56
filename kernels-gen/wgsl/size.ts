/** Prints sizes, which are polynomials in `tokens`, as WGSL and as Extents of a Plan. */
import { constantOf, type Dim, dimNames, isRuntimeName, printDim, tileOf } from '../../compiler/dims/dims.ts';
import type { Extent } from '../../runtime/plan.ts';
import { KernelError } from '../error.ts';

/** A size as Σ coef·Π names / den with integer coefficients. Throws KernelError for a name that a run does not know. */
function integerTerms(d: Dim): { terms: { coef: number; names: readonly string[] }[]; den: number } {
  const foreign = dimNames(d).filter((n) => !isRuntimeName(n));
  if (foreign.length > 0) {
    throw new KernelError(
      `size '${printDim(d)}' depends on '${foreign[0]}': bind every dimension but tokens`,
    );
  }
  let den = 1n;
  for (const t of d.terms) den *= t.coef.den / gcd(den, t.coef.den);
  const terms = d.terms.map((t) => ({
    coef: Number((t.coef.num * den) / t.coef.den),
    names: t.powers.flatMap(([n, power]) => Array<string>(Math.max(0, power)).fill(n)),
  }));
  if (d.terms.some((t) => t.powers.some(([, power]) => power < 0)))
    throw new KernelError(`size '${printDim(d)}' divides by tokens`);
  return { terms, den: Number(den) };
}

/** WGSL for a size that a run knows: `tokens`, or the number of tiles that hold them. */
function nameText(name: string): string {
  const by = tileOf(name);
  return by === undefined ? name : `((tokens + ${by - 1}) / ${by})`;
}

/** An Extent for a size that a run knows. */
function nameExtent(name: string): Extent {
  const by = tileOf(name);
  return by === undefined ? 'tokens' : ceildivExtent('tokens', by);
}

const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b));

/** A size as an i32 expression of the variable `tokens`. */
export function sizeText(d: Dim): string {
  const constant = constantOf(d);
  if (constant !== undefined && Number.isInteger(constant) && constant >= 0) return `${constant}`;
  const { terms, den } = integerTerms(d);
  const texts = terms.map(({ coef, names }) => {
    const factors = names.map(nameText);
    return (
      coef === 1 && factors.length > 0 ? factors : [coef < 0 ? `(${coef})` : `${coef}`, ...factors]
    ).join(' * ');
  });
  const sum = texts.length === 0 ? '0' : texts.join(' + ');
  const compound = texts.length > 1 || texts.some((t) => t.includes(' '));
  if (den === 1) return compound ? `(${sum})` : sum;
  return `((${sum}) / ${den})`;
}

export const addExtent = (a: Extent, b: Extent): Extent => {
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  if (a === 0) return b;
  if (b === 0) return a;
  const [[n, x], [m, y]] = [timesOf(a), timesOf(b)];
  return JSON.stringify(x) === JSON.stringify(y) ? mulExtent(n + m, x) : { op: 'add', a, b };
};
/** An Extent as a number times another Extent. */
const timesOf = (e: Extent): readonly [number, Extent] =>
  typeof e === 'object' && e.op === 'mul' && typeof e.a === 'number' ? [e.a, e.b] : [1, e];

export const mulExtent = (a: Extent, b: Extent): Extent => {
  if (typeof b === 'number') return typeof a === 'number' ? a * b : mulExtent(b, a);
  if (a === 0) return 0;
  if (a === 1) return b;
  if (typeof a !== 'number') return { op: 'mul', a, b };
  const [n, x] = timesOf(b);
  return { op: 'mul', a: a * n, b: x };
};
export const ceildivExtent = (a: Extent, by: number): Extent => {
  if (typeof a === 'number') return Math.ceil(a / by);
  return by === 1 ? a : { op: 'ceildiv', a, b: by };
};
export const maxExtent = (a: Extent, b: Extent): Extent => {
  if (typeof a === 'number' && typeof b === 'number') return Math.max(a, b);
  return JSON.stringify(a) === JSON.stringify(b) ? a : { op: 'max', a, b };
};
export const productExtent = (all: readonly Extent[]): Extent => all.reduce(mulExtent, 1);

/** A size as an Extent. It is exact, because a size is an integer wherever it is used. */
export function extentOf(d: Dim): Extent {
  const constant = constantOf(d);
  if (constant !== undefined && Number.isInteger(constant)) return constant;
  const { value, by } = fractionOf(d);
  return ceildivExtent(value, by);
}

/** A quotient as numerator and denominator. It is a size only where it is an integer of at least 0. */
export function fractionOf(d: Dim): { readonly value: Extent; readonly by: number } {
  const { terms, den } = integerTerms(d);
  const value = terms.reduce<Extent>(
    (s, { coef, names }) => addExtent(s, productExtent([coef, ...names.map(nameExtent)])),
    0,
  );
  return { value, by: den };
}

/** A number in a form that no driver takes for a constant, so that it unrolls no loop. `group` is never negative. */
export const unknown = (n: number | string): string => `${n} + (group >> 31)`;
