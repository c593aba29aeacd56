/** Finds sizes by name from the values of some dimensions. Codes OFT30xx. */
import { OftcError } from '../errors/error.ts';
import { emptyRecord } from '../records.ts';
import { type Binding, type Dim, dimNames, equalDim, evalReal, printDim } from './dims.ts';

export interface Equation {
  readonly dim: Dim;
  readonly value: number;
  /** The origin of the value, for messages. */
  readonly from: string;
}

/**
 * The sizes of all names that the equations determine, and of those that `where` computes from them. Throws OFT3002,
 * with advice, for a contradiction and OFT3003 for a quotient that does not divide.
 */
export function solveEquations(
  equations: readonly Equation[],
  where: Readonly<Record<string, Dim>>,
  advice: (contradicted: Dim) => string = () => '',
): Record<string, number> {
  const known = emptyRecord<number>();
  const because = emptyRecord<string>();
  for (let progress = true; progress; ) {
    progress = false;
    for (const e of equations) {
      const open = dimNames(e.dim).filter((n) => !(n in known));
      if (open.length !== 1) continue;
      known[open[0]!] = solve(e, open[0]!, known, because);
      const others = dimNames(e.dim).filter((n) => n !== open[0]);
      because[open[0]!] = [e.from, ...others.map((n) => `${n} = ${known[n]}`)].join(', ');
      progress = true;
    }
  }
  for (const e of equations) {
    if (dimNames(e.dim).some((n) => !(n in known))) continue;
    const size = evalReal(e.dim, known);
    if (size !== e.value) {
      const why = dimNames(e.dim).map((n) => sourced(n, known, because));
      const other =
        why.length > 0
          ? `'${printDim(e.dim)}' is ${size} with ${why.join(', ')}`
          : `the layer with its settings makes it ${size}`;
      throw new OftcError('OFT3002', `${e.from}, but ${other}${advice(e.dim)}`);
    }
  }
  for (const [name, dim] of Object.entries(where)) {
    if (!dimNames(dim).every((n) => n in known)) {
      const given = equations.find((e) => equalDim(e.dim, dim));
      if (given) known[name] = given.value;
      continue;
    }
    const size = evalReal(dim, known);
    if (!Number.isSafeInteger(size) || size < 0) {
      const why = dimNames(dim).map((n) => sourced(n, known, because));
      throw new OftcError(
        'OFT3003',
        `'${name}' is '${printDim(dim)}', which is ${size} with ${why.join(', ')}: not a whole number of elements; choose sizes that divide`,
      );
    }
    known[name] = size;
  }
  return { ...known };
}

/** A size with its origin in parentheses, which is left out where it only repeats the size. */
function sourced(name: string, known: Binding, because: Readonly<Record<string, string>>): string {
  const size = `${name} = ${known[name]}`;
  return because[name] === size ? size : `${size} (${because[name]})`;
}

/** The advice for x·y = value with y known: the nearest y below and above that divide. */
function dividing({ dim, value }: Equation, open: string, known: Binding): string {
  const [name, ...more] = dimNames(dim).filter((n) => n !== open);
  const product = dim.terms.length === 1 && dim.terms[0]!.powers.every(([, p]) => p === 1);
  if (name === undefined || more.length > 0 || !product || value < 1) return '';
  const scale = evalReal(dim, { [open]: 1, [name]: 1 });
  const fits = (y: number) => Number.isInteger(value / (scale * y));
  const given = known[name]!;
  const [below, above] = [-1, 1].map((step) => {
    for (let y = given + step; y >= 1 && y <= Math.min(value, given + 4096); y += step) if (fits(y)) return y;
    return undefined;
  });
  const found = [below, above].filter((y) => y !== undefined).map((y) => `${name} = ${y}`);
  return found.length === 0 ? '' : `: ${found.join(' or ')} does`;
}

/** The integer x ≥ 0 with dim(x) = value, the other names known. Throws OFT3003 when there is none. */
function solve(e: Equation, name: string, known: Binding, because: Readonly<Record<string, string>>): number {
  const at = (x: number) => evalReal(e.dim, { ...known, [name]: x });
  const fail = (): never => {
    const others = dimNames(e.dim)
      .filter((n) => n !== name)
      .map((n) => sourced(n, known, because));
    throw new OftcError(
      'OFT3003',
      `${e.from}, and '${printDim(e.dim)}' must equal it, but no whole '${name}' does${others.length ? ` with ${others.join(', ')}` : ''}; choose sizes that divide${dividing(e, name, known)}`,
    );
  };
  const [t] = e.dim.terms;
  if (e.dim.terms.length === 1 && t!.powers.some(([n, p]) => n === name && p === -1)) {
    const x = at(1) / e.value;
    return Number.isSafeInteger(x) && at(x) === e.value ? x : fail();
  }
  let [lo, hi] = [1, 1];
  while (at(hi) < e.value && hi < 2 ** 40) hi *= 2;
  while (lo < hi) {
    const mid = Math.floor((lo + hi) / 2);
    if (at(mid) < e.value) lo = mid + 1;
    else hi = mid;
  }
  if (at(lo) === e.value) return lo; // 1 is taken before 0: tri(b) = 0 has both roots
  return at(0) === e.value ? 0 : fail();
}
