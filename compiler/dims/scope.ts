/**
 * The meaning of a dimension's name where it is written: the layer's `where` equalities say it or, inside a called
 * layer, the caller's dimensions that the names were matched with.
 */
import { OftcError } from '../errors/error.ts';
import { emptyRecord } from '../records.ts';
import { type Dim, DimError, dimNames, divDim, equalDim, parseDim, printDim, substituteDim } from './dims.ts';
import { triangleSide } from './triangle.ts';

export type DimScope = Readonly<Record<string, Dim>>;

let scope: DimScope = {};

export function withDims<T>(inner: DimScope, f: () => T): T {
  const outer = scope;
  scope = inner;
  try {
    return f();
  } finally {
    scope = outer;
  }
}

/** A written dimension in normal form under the current scope. Throws OFT1010 where it cannot be read. */
export function resolveDim(written: string | number): Dim {
  try {
    return substituteDim(parseDim(String(written)), scope);
  } catch (e) {
    if (e instanceof DimError) throw new OftcError('OFT1010', `${e.message}${remedy(String(written))}`);
    throw e;
  }
}

/** The advice for a dimension that is written with another language's operators. */
function remedy(written: string): string {
  if (written.includes('//')) return '; dimensions divide exactly, with one /';
  if (/\*\*|\^/.test(written)) return '; write a product, as in b*b';
  if (written.includes(',')) return '; write dimensions one after another, each in its own quotes';
  return '';
}

/**
 * The substitution in normal form that `where: { in: 'r*b' }` states. Throws OFT1011 when an equality refers to
 * itself, directly or through others.
 */
export function whereScope(where: Readonly<Record<string, string>>): DimScope {
  const written = Object.fromEntries(
    Object.entries(where).map(([name, text]) => [name, withDims({}, () => resolveDim(text))]),
  );
  const substituted = (name: string, d: Dim): Dim => {
    try {
      return substituteDim(d, written);
    } catch (e) {
      if (e instanceof DimError) throw new OftcError('OFT1011', `where: '${name}': ${e.message}`);
      throw e;
    }
  };
  let resolved = written;
  for (let round = 0; round <= Object.keys(where).length; round++) {
    const next = Object.fromEntries(Object.entries(resolved).map(([n, d]) => [n, substituted(n, d)]));
    if (Object.entries(next).every(([n, d]) => equalDim(d, resolved[n]!))) return resolved;
    resolved = next;
  }
  const cyclic = Object.keys(where).find((n) => dimNames(resolved[n]!).some((m) => Object.hasOwn(where, m)));
  throw new OftcError(
    'OFT1011',
    `where: '${cyclic}' is defined through itself; each equality must reduce to other dimensions`,
  );
}

/**
 * Expresses the dimension names of a called layer in its caller's dimensions, by declared and actual shapes. Throws
 * OFT2009 where a declared dimension cannot equal the actual one.
 */
export function matchDims(
  declared: readonly { readonly name: string; readonly shape: readonly Dim[] }[],
  actual: readonly (readonly Dim[])[],
  where: DimScope,
): DimScope {
  const bound = emptyRecord<Dim>();
  const pairs = declared.flatMap(({ name, shape }, i) => {
    if (shape.length !== actual[i]!.length) {
      throw new OftcError(
        'OFT2009',
        `'${name}' has rank ${actual[i]!.length} where the layer declares rank ${shape.length}`,
      );
    }
    return shape.map((d, axis) => ({ name, axis, declared: d, actual: actual[i]![axis]! }));
  });
  for (let progress = true; progress; ) {
    progress = false;
    for (const p of pairs) {
      const open = dimNames(p.declared).filter((n) => !Object.hasOwn(bound, n));
      if (open.length !== 1) continue;
      const solved = solveFor(open[0]!, substituteDim(p.declared, bound), p.actual);
      if (!solved) continue;
      bound[open[0]!] = solved;
      progress = true;
    }
  }
  for (const p of pairs) {
    const got = substituteDim(p.declared, bound);
    if (!equalDim(got, p.actual)) {
      throw new OftcError(
        'OFT2009',
        `axis ${p.axis} of '${p.name}' is '${printDim(p.actual)}' where the layer declares '${printDim(p.declared)}'${equalDim(got, p.declared) ? '' : `, which is '${printDim(got)}' by the other tensors`}`,
      );
    }
  }
  return {
    ...bound,
    ...Object.fromEntries(Object.entries(where).map(([n, d]) => [n, substituteDim(d, bound)])),
  };
}

/** Solves d(x) = target for x, where d is x, c·x, c/x or tri(x). */
function solveFor(name: string, d: Dim, target: Dim): Dim | undefined {
  const [t] = d.terms;
  const power = t?.powers.find(([n]) => n === name)?.[1];
  if (d.terms.length === 1 && power === 1) {
    return divDim(target, divDim(d, { terms: [{ coef: { num: 1n, den: 1n }, powers: [[name, 1]] }] }));
  }
  if (printDim(d) === `tri(${name})`) return triangleSide(target);
  return undefined;
}
