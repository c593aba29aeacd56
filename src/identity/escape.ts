/**
 * Bounds the probability with which a wrong identity passes over the prime field. By Schwartz and Zippel, a polynomial of
 * degree d that is not 0 is 0 at a random point with probability at most d/p. The degree of written − derived, brought to
 * one denominator, is found by running both programs over degrees.
 */
import type { Program } from '../../compiler/ir/node.ts';
import { getOrMake } from '../../compiler/keyed.ts';
import type { PrimProgram } from '../../compiler/primitives/prim.ts';
import {
  count,
  type Domain,
  numberStorage,
  type TensorValue,
  tensor,
} from '../../compiler/semantics/domains/domain.ts';
import { P } from '../../compiler/semantics/domains/field.ts';
import { interpret } from '../../compiler/semantics/interpret.ts';
import { random } from '../start/random.ts';
import { fieldValues } from './values.ts';

/** A quotient of polynomials: the degree of its numerator, and its divisors, each with its power. */
interface Quotient {
  readonly degree: number;
  readonly divisors: ReadonlyMap<number, number>;
}

/** The largest number of operations over degrees that are run. More would take longer than the trials. */
const MOST_OPERATIONS = 2e6;

/** The reason why no probability is known. */
class NoBound extends Error {}

const [ZERO, CONSTANT, VARIABLE] = [0, 1, 2];

/** Arithmetic over quotients. Its elements are indices into a table of quotients. */
function degrees() {
  const table: Quotient[] = [0, 0, 1].map((degree) => ({ degree, divisors: new Map() }));
  const known = new Map<string, number>();
  /** The degree of each divisor. Two divisions never count as the same divisor, though their values may be equal. */
  const divisors: number[] = [];
  let operations = 0;
  const step = (n: number) => {
    operations += n;
    if (operations > MOST_OPERATIONS) throw new NoBound('the program is too large to find its degree');
  };
  const made = (degree: number, of: ReadonlyMap<number, number>): number => {
    if (degree <= 1 && of.size === 0) return degree === 0 ? CONSTANT : VARIABLE;
    const key = `${degree}:${[...of].sort(([a], [b]) => a - b)}`;
    const index = getOrMake(known, key, () => table.push({ degree, divisors: of }) - 1);
    step(of.size);
    return index;
  };
  const degreeOf = (of: ReadonlyMap<number, number>) =>
    [...of].reduce((s, [divisor, power]) => s + power * divisors[divisor]!, 0);
  const merged = (all: readonly Quotient[], join: (a: number, b: number) => number) => {
    const out = new Map<number, number>();
    for (const q of all) for (const [d, power] of q.divisors) out.set(d, join(out.get(d) ?? 0, power));
    return out;
  };
  /** A bound of each element and of their sum: the largest numerator over one denominator. */
  const joined = (all: Iterable<number>): number => {
    const distinct = [...new Set(all)].filter((x) => x !== ZERO);
    if (distinct.length <= 1) return distinct[0] ?? ZERO;
    const quotients = distinct.map((x) => table[x]!);
    const common = merged(quotients, Math.max);
    const whole = degreeOf(common);
    return made(Math.max(...quotients.map((q) => q.degree + whole - degreeOf(q.divisors))), common);
  };
  const add = (a: number, b: number) => {
    step(1);
    return a === b || b === ZERO ? a : a === ZERO ? b : joined([a, b]);
  };
  const mul = (a: number, b: number) => {
    step(1);
    if (a === ZERO || b === ZERO) return ZERO;
    const both = [table[a]!, table[b]!];
    return made(
      both[0]!.degree + both[1]!.degree,
      merged(both, (x, y) => x + y),
    );
  };
  const divided = (degree: number): ReadonlyMap<number, number> => new Map([[divisors.push(degree) - 1, 1]]);
  const div = (a: number, b: number) => {
    const { degree, divisors: below } = table[b]!;
    return mul(a, made(degreeOf(below), degree === 0 ? new Map() : divided(degree)));
  };
  const unknown = (name: string) => (): never => {
    throw new NoBound(`${name} is an unknown function there`);
  };
  const ordered = (name: string) => (): never => {
    throw new NoBound(`${name} compares by an order that is drawn`);
  };
  const domain: Domain<number> = {
    ...numberStorage,
    constant: (q) => (q.num === 0n ? ZERO : CONSTANT)!,
    fromInt: (n) => (n === 0 ? ZERO : CONSTANT)!,
    add: add as Domain<number>['add'],
    sub: add as Domain<number>['sub'],
    mul: mul as Domain<number>['mul'],
    div: div as Domain<number>['div'],
    neg: (a) => a,
    less: ordered('<'),
    max: ordered('max'),
    min: ordered('min'),
    abs: ordered('abs'),
    logSumExp: ordered('logSumExp'),
    sqrt: unknown('sqrt'),
    exp: unknown('exp'),
    log: unknown('log'),
    sin: unknown('sin'),
    cos: unknown('cos'),
    tanh: unknown('tanh'),
    erf: unknown('erf'),
    matmul: (a, b) => {
      const lines = (t: TensorValue<number>) =>
        Array.from({ length: t.shape[0]! }, (_, i) =>
          joined(t.values.subarray(i * t.shape[1]!, (i + 1) * t.shape[1]!)),
        );
      step(a.values.length + b.values.length);
      const [rows, columns] = [lines(a), lines(b)];
      return tensor(
        [rows.length, columns.length],
        rows.flatMap((r) => columns.map((c) => mul(r, c)!)),
      );
    },
    // With A = A′/l, A⁻¹·B = l·adj(A′)·B/det(A′), and det(A′) has n times the degree of A′.
    solve: (a, b) => {
      const [n, all] = [a.shape[0]!, table[joined(a.values)]!];
      const adjugate = made((n - 1) * all.degree + degreeOf(all.divisors), divided(n * all.degree));
      step(count(b.shape));
      return tensor(b.shape, new Float64Array(count(b.shape)).fill(mul(adjugate, joined(b.values))!));
    },
  };
  return { domain, table, degreeOf, divided: () => divisors.reduce((s, d) => s + d, 0) };
}

/**
 * Log₁₀ of the probability that two different programs have equal results at one random point, or the reason why there
 * is no bound.
 */
export type Escape = { readonly degree: number; readonly log10: number } | { readonly unbounded: string };

/**
 * Bounds the probability that two different programs have equal results in one trial. No divisor of either program is
 * 0 in a trial, since points with such a divisor are drawn again.
 */
export function escapeOf(
  program: Program,
  sides: readonly [PrimProgram, PrimProgram],
  tokens: number,
): Escape {
  const { domain, table, degreeOf, divided } = degrees();
  const drawn = fieldValues(program, tokens, random(1));
  for (const i of program.inputs) if (i.type.dtype !== 'i32') drawn[i.name]!.values.fill(VARIABLE!);
  try {
    const [written, derived] = sides.map((side) => interpret(side, domain, drawn, tokens));
    let degree = 0;
    for (const [name, { values }] of Object.entries(written!))
      for (const [i, w] of values.entries()) {
        const [a, b] = [table[w]!, table[derived![name]!.values[i]!]!];
        degree = Math.max(degree, a.degree + degreeOf(b.divisors), b.degree + degreeOf(a.divisors));
      }
    const probability = degree / (P - divided());
    return probability > 0 && probability < 1
      ? { degree, log10: Math.log10(probability) }
      : { unbounded: `degree ${degree} is above p` };
  } catch (e) {
    if (e instanceof NoBound) return { unbounded: e.message };
    throw e;
  }
}
