/**
 * Symbolic dimensions: Laurent polynomials with rational coefficients over named sizes, in normal form,
 * so that two dimensions are equal exactly when they print the same. `tri(b)` is b(b−1)/2, the length of
 * the packed strict triangle of a b×b matrix.
 */
import { CodedError } from '../errors/coded.ts';
import { aboveLimit } from '../limit.ts';
import { entryOf } from '../records.ts';
import { dimensionLimits as limits } from './limits.ts';
import {
  addQ,
  eqQ,
  isNegativeQ,
  isZeroQ,
  mulQ,
  negQ,
  ONE,
  printQ,
  type Rational,
  rational,
  toNumber,
} from './rational.ts';

/** The product coef × Π name^power. Powers are non-zero integers and sorted by name. */
export interface Term {
  readonly coef: Rational;
  readonly powers: readonly (readonly [name: string, power: number])[];
}

/** A dimension in normal form: non-zero terms sorted by their monomial. The empty sum is 0. */
export interface Dim {
  readonly terms: readonly Term[];
}

/** Sizes of named dimensions. */
export type Binding = Readonly<Record<string, number>>;

/** The error for a text that is no dimension, and for a dimension that has no value. */
export class DimError extends CodedError<'OFT3003'> {
  constructor(message: string) {
    super('OFT3003', message);
  }
}

const monomial = (t: Term): string => t.powers.map(([n, p]) => (p === 1 ? n : `${n}^${p}`)).join('*');
const degree = (t: Term): number => t.powers.reduce((s, [, p]) => s + p, 0);

function normal(terms: readonly Term[]): Dim {
  if (terms.length < 2) return { terms: terms.filter((t) => !isZeroQ(t.coef)) };
  const byMonomial = new Map<string, Term>();
  for (const t of terms) {
    const key = monomial(t);
    const old = byMonomial.get(key);
    byMonomial.set(key, old ? { coef: addQ(old.coef, t.coef), powers: t.powers } : t);
  }
  const kept = [...byMonomial.entries()].filter(([, t]) => !isZeroQ(t.coef));
  kept.sort(([a, s], [b, t]) => degree(t) - degree(s) || (a < b ? -1 : a > b ? 1 : 0));
  return { terms: kept.map(([, t]) => t) };
}

export const dimConst = (n: number): Dim => normal([{ coef: rational(BigInt(n)), powers: [] }]);
const [UNIT, NOTHING] = [dimConst(1), dimConst(0)];
export const dimVar = (name: string): Dim => ({ terms: [{ coef: ONE, powers: [[name, 1]] }] });

export const addDim = (a: Dim, b: Dim): Dim =>
  a.terms.length === 0 ? b : b.terms.length === 0 ? a : normal([...a.terms, ...b.terms]);
export const negDim = (a: Dim): Dim => ({ terms: a.terms.map((t) => ({ ...t, coef: negQ(t.coef) })) });
export const subDim = (a: Dim, b: Dim): Dim => addDim(a, negDim(b));

function mulTerm(a: Term, b: Term): Term {
  const coef = mulQ(a.coef, b.coef);
  if (a.powers.length === 0) return { coef, powers: b.powers };
  if (b.powers.length === 0) return { coef, powers: a.powers };
  const powers = new Map(a.powers);
  for (const [n, p] of b.powers) {
    const power = (powers.get(n) ?? 0) + p;
    const { most } = limits.dimensionPower;
    if (Math.abs(power) > most)
      throw new DimError(`'${n}': ${aboveLimit(Math.abs(power), limits.dimensionPower)}`);
    powers.set(n, power);
  }
  const kept = [...powers].filter(([, p]) => p !== 0).sort(([m], [n]) => (m < n ? -1 : 1));
  return { coef, powers: kept };
}

export function mulDim(a: Dim, b: Dim): Dim {
  if (a.terms.length === 1 && b.terms.length === 1) return { terms: [mulTerm(a.terms[0]!, b.terms[0]!)] };
  const products = a.terms.length * b.terms.length;
  // Equal products become one term. So there may be more products here than a sum may have terms.
  if (products > 16 * limits.dimensionTerms.most)
    throw new DimError(`a product of sums: ${aboveLimit(products, limits.dimensionTerms)}`);
  return withinTerms(normal(a.terms.flatMap((x) => b.terms.map((y) => mulTerm(x, y)))));
}

/** Returns the dimension. Throws DimError where it has too many terms. */
function withinTerms(d: Dim): Dim {
  if (d.terms.length > limits.dimensionTerms.most)
    throw new DimError(`a sum: ${aboveLimit(d.terms.length, limits.dimensionTerms)}`);
  return d;
}
export const productDim = (ds: readonly Dim[]): Dim => (ds.length === 0 ? UNIT : ds.reduce(mulDim));
export const sumDim = (ds: readonly Dim[]): Dim => ds.reduce(addDim, NOTHING);

/** The quotient a/b. Throws DimError unless b is a monomial: other divisions are not exact. */
export function divDim(a: Dim, b: Dim): Dim {
  const t = b.terms[0];
  if (t === undefined || b.terms.length !== 1) {
    throw new DimError(
      `cannot divide '${printDim(a)}' by '${printDim(b)}': the divisor must be a single product`,
    );
  }
  const inverse: Term = {
    coef: rational(t.coef.den, t.coef.num),
    powers: t.powers.map(([n, p]) => [n, -p] as const),
  };
  return normal(a.terms.map((s) => mulTerm(s, inverse)));
}

/** The dimension b(b−1)/2, the length of a packed strict triangle. */
export const tri = (b: Dim): Dim =>
  mulDim(mulDim(b, subDim(b, dimConst(1))), { terms: [{ coef: rational(1n, 2n), powers: [] }] });

/** Whether a dimension is above 0 at all sizes: names stand for 1 or more, and `tokens` for 0 or more. */
export const isPositive = ({ terms }: Dim): boolean =>
  terms.every((t) => !isNegativeQ(t.coef)) && terms.some((t) => t.powers.every(([n]) => !isRuntimeName(n)));

const equalTerm = (a: Term, b: Term): boolean =>
  eqQ(a.coef, b.coef) &&
  a.powers.length === b.powers.length &&
  a.powers.every(([n, p], i) => n === b.powers[i]![0] && p === b.powers[i]![1]);

export const equalDim = (a: Dim, b: Dim): boolean =>
  a === b || (a.terms.length === b.terms.length && a.terms.every((t, i) => equalTerm(t, b.terms[i]!)));

/** The names that a dimension depends on, sorted. */
export function dimNames(d: Dim): string[] {
  const names: string[] = [];
  for (const { powers } of d.terms) for (const [n] of powers) if (!names.includes(n)) names.push(n);
  return names.length < 2 ? names : names.sort();
}

/** The sizes as constant dimensions, for substitution. */
export const sizeDims = (sizes: Binding): Record<string, Dim> =>
  Object.fromEntries(Object.entries(sizes).map(([n, v]) => [n, dimConst(v)]));

/** The one dimension that stays a run-time value. */
export const RUNTIME_DIM = 'tokens';

/** The size ⌈tokens/by⌉: the number of tiles of `by` rows that hold the tokens. It is a name of its own in dimensions. */
export const tilesOfTokens = (by: number): Dim =>
  dimVar(by === 1 ? RUNTIME_DIM : `ceil(${RUNTIME_DIM}/${by})`);

/** The number by which the name of a size ⌈tokens/by⌉ divides; undefined for any other name. */
export function tileOf(name: string): number | undefined {
  const by = /^ceil\(tokens\/(\d+)\)$/.exec(name);
  return by ? Number(by[1]) : undefined;
}

/** Whether a name stands for a size that is known only when a program runs. */
export const isRuntimeName = (name: string): boolean => name === RUNTIME_DIM || tileOf(name) !== undefined;

/** Whether a dimension is known only when a program runs. */
export const ofTokens = (d: Dim): boolean => d.terms.some((t) => t.powers.some(([n]) => isRuntimeName(n)));

/** The value of a constant dimension, or undefined. */
export function constantOf(d: Dim): number | undefined {
  if (d.terms.length === 0) return 0;
  const t = d.terms[0]!;
  return d.terms.length === 1 && t.powers.length === 0 ? toNumber(t.coef) : undefined;
}

/** Replaces names by dimensions. A name with a negative power needs a monomial replacement. */
export function substituteDim(d: Dim, by: Readonly<Record<string, Dim>>): Dim {
  if (!dimNames(d).some((n) => Object.hasOwn(by, n))) return d;
  return sumDim(
    d.terms.map((t) => {
      let product: Dim = { terms: [{ coef: t.coef, powers: [] }] };
      for (const [n, p] of t.powers) {
        const base = Object.hasOwn(by, n) ? by[n]! : dimVar(n);
        for (let i = 0; i < Math.abs(p); i++) product = p > 0 ? mulDim(product, base) : divDim(product, base);
      }
      return product;
    }),
  );
}

/** Gives another name to the only name in a dimension. */
export const renameDim = (d: Dim, name: string): Dim => ({
  terms: d.terms.map(({ coef, powers }) => ({ coef, powers: powers.map(([, p]) => [name, p] as const) })),
});

/**
 * The size of a dimension under a binding. Throws DimError when a name is unbound or when the size is not a
 * non-negative integer (a quotient that does not divide).
 */
export function evalDim(d: Dim, binding: Binding): number {
  const { num, den } = exactValue(d, binding);
  if (den !== 0n && num >= 0n && num % den === 0n && num / den <= Number.MAX_SAFE_INTEGER)
    return Number(num / den);
  const at = dimNames(d).map((n) => `${n} = ${binding[n]}`);
  throw new DimError(
    `'${printDim(d)}' is ${evalReal(d, binding)} at ${at.join(', ')}: not a whole number of elements`,
  );
}

/** A dimension's value as a real number, exact until it is rounded. Costs use it, where fractions are meaningful. */
export function evalReal(d: Dim, binding: Binding): number {
  const constant = constantOf(d);
  if (constant !== undefined) return constant;
  const { num, den } = exactValue(d, binding);
  return den === 0n ? Number(num) / 0 : toNumber(rational(num, den));
}

/**
 * A dimension's value, not in lowest terms; den is 0 where the dimension divides by 0. Throws DimError for an unbound
 * name.
 */
function exactValue(d: Dim, binding: Binding): Rational {
  let [num, den] = [0n, 1n];
  for (const t of d.terms) {
    let [up, down] = [t.coef.num, t.coef.den];
    for (const [n, p] of t.powers) {
      const v = entryOf(binding, n) ?? tiles(n, binding);
      if (v === undefined) throw new DimError(`dimension '${n}' is unbound`);
      if (p > 0) up *= BigInt(v) ** BigInt(p);
      else down *= BigInt(v) ** BigInt(-p);
    }
    [num, den] = down === den ? [num + up, den] : [num * down + up * den, den * down];
  }
  return { num, den };
}

/** The value of a size ⌈tokens/by⌉; undefined for another name, and while the number of tokens is unknown. */
function tiles(name: string, binding: Binding): number | undefined {
  const [by, tokens] = [tileOf(name), entryOf(binding, RUNTIME_DIM)];
  return by && tokens !== undefined ? Math.ceil(tokens / by) : undefined;
}

/** The text of a dimension in normal form, in which b(b−1)/2 is `tri(b)`. */
export function printDim(d: Dim): string {
  if (d.terms.length === 0) return '0';
  const [{ coef: first, powers }] = d.terms as [Term];
  if (d.terms.length === 1 && powers.length === 0 && first.den === 1n) return first.num.toString();
  const names = dimNames(d);
  if (names.length === 1 && d.terms.length === 2 && equalDim(d, tri(dimVar(names[0]!))))
    return `tri(${names[0]})`;
  return d.terms
    .map((t, i) => {
      const negative = isNegativeQ(t.coef);
      const coef = negative ? negQ(t.coef) : t.coef;
      const up = t.powers.filter(([, p]) => p > 0).flatMap(([n, p]) => Array<string>(p).fill(n));
      const down = t.powers.filter(([, p]) => p < 0).flatMap(([n, p]) => Array<string>(-p).fill(n));
      const head = coef.num === 1n && up.length > 0 ? up : [printQ({ num: coef.num, den: 1n }), ...up];
      const tail = coef.den === 1n ? down : [...down, coef.den.toString()];
      const text = [head.join('*'), ...tail].join('/');
      return i === 0 ? (negative ? `-${text}` : text) : negative ? ` - ${text}` : ` + ${text}`;
    })
    .join('');
}

/**
 * Parses `name`, `3`, `a*b`, `a+b`, `a-b`, `-a`, `in/2`, `tri(b)` and parentheses. Throws DimError with the
 * position of what it could not read.
 */
export function parseDim(source: string): Dim {
  if (source.length > limits.dimensionText.most)
    throw new DimError(`cannot read a dimension: ${aboveLimit(source.length, limits.dimensionText)}`);
  let at = 0;
  const fail = (what: string): never => {
    throw new DimError(`cannot read dimension '${source}' at position ${at + 1}: ${what}`);
  };
  const space = () => {
    while (source[at] === ' ') at++;
  };
  const eat = (c: string): boolean => {
    space();
    if (source[at] !== c) return false;
    at++;
    return true;
  };
  const token = (re: RegExp): string | undefined => {
    space();
    const m = re.exec(source.slice(at));
    if (m) at += m[0].length;
    return m?.[0];
  };
  const factor = (): Dim => {
    const number = token(/^\d+/);
    if (number !== undefined) {
      if (Number(number) > limits.dimension.most) fail(aboveLimit(Number(number), limits.dimension));
      return dimConst(Number(number));
    }
    const tile = token(/^ceil\(tokens\/\d+\)/);
    if (tile !== undefined) return dimVar(tile);
    const name = token(/^[A-Za-z_]\w*/);
    if (name !== undefined) {
      if (!eat('(')) return dimVar(name);
      if (name !== 'tri') fail(`unknown function '${name}'; only tri(b) = b(b-1)/2 is known`);
      return tri(untilClosed());
    }
    if (eat('-')) return negDim(factor());
    if (eat('(')) return untilClosed();
    return fail(
      at < source.length ? `unexpected '${source[at]}'` : 'unexpected end; a name or a number is missing',
    );
  };
  const chained = (operand: () => Dim, operators: Readonly<Record<string, typeof addDim>>): Dim => {
    let d = operand();
    for (;;) {
      const sign = Object.keys(operators).find(eat);
      if (sign === undefined) return d;
      d = operators[sign]!(d, operand());
    }
  };
  const product = () => chained(factor, { '*': mulDim, '/': divDim });
  const sum = () => chained(product, { '+': addDim, '-': subDim });
  const untilClosed = (): Dim => {
    const inner = sum();
    if (!eat(')')) fail("expected ')'");
    return inner;
  };
  const d = sum();
  space();
  if (at < source.length) fail(`unexpected '${source[at]}'`);
  return d;
}
