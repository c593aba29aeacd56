/**
 * Resolves the names of dimensions. In the layer that is compiled, its `where` equalities define a name. In a layer
 * that it calls, a name stands for the caller's dimension that it was matched with.
 */
import { OftcError } from '../errors/error.ts';
import { emptyRecord } from '../records.ts';
import {
  constantOf,
  type Dim,
  DimError,
  dimNames,
  dimVar,
  divDim,
  equalDim,
  ofTokens,
  parseDim,
  printDim,
  substituteDim,
} from './dims.ts';
import { triangleSide } from './triangle.ts';

export type DimScope = Readonly<Record<string, Dim>>;

let scope: DimScope = {};
/** The `where` of the layer that is compiled, also within the layers that it calls. */
let stated: DimScope = {};
/** The dimensions of each tensor that this layer declares, as they are written. */
let declared: readonly (readonly string[])[] = [];

/** Runs `f` in a scope; `where` and `tensors` are given for the layer that is compiled, not for one that it calls. */
export function withDims<T>(inner: DimScope, f: () => T, where = stated, tensors = declared): T {
  const outer = { scope, stated, declared };
  [scope, stated, declared] = [inner, where, tensors];
  try {
    return f();
  } finally {
    ({ scope, stated, declared } = outer);
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
  if (written.includes('='))
    return "; each equality of where has a name on the left, as in { where: { in: 'r*c', s: 'in/e' } }";
  if (written.includes('//')) return '; dimensions divide exactly, with one /';
  if (/\*\*|\^/.test(written)) return '; write a product, as in b*b';
  if (/^\d+[A-Za-z]\w*$/.test(written)) return `; write '${written.replace(/\d+/, '$&*')}'`;
  if (/\b(?!tri\b)[A-Za-z_]\w*\(/.test(written))
    return '; leave out of where a size that is no such formula, and give it when compiling, as in `oftc explain --dims k=8`';
  if (written.includes(',')) return '; write dimensions one after another, each in its own quotes';
  return '';
}

/**
 * Solves `product` = `other` for a name in `product`, and returns an equality of `where`. Undefined where `product`
 * is a sum, or each of its names is taken.
 */
function solved(product: Dim, other: Dim): Record<string, string> | undefined {
  const [term, ...more] = product.terms;
  if (term === undefined || more.length > 0) return undefined;
  const taken = [...Object.entries(stated).flatMap(([n, d]) => [n, ...dimNames(d)]), ...dimNames(other)];
  const name = term.powers.filter(([n, p]) => p === 1 && !taken.includes(n)).at(-1)?.[0];
  return name === undefined ? undefined : { [name]: printDim(divDim(other, divDim(product, dimVar(name)))) };
}

const NAME = /^[A-Za-z_]\w*$/;
/** Whether a dimension is a plain name. */
export const isName = (d: Dim): boolean => NAME.test(printDim(d));

/**
 * The equality to add to those of `where` so that two dimensions are one. It refers to a dimension by the name that
 * `where` gives it: s: 'in/e' after in: 'c*r'. Undefined for two plain names: one was probably written for the other.
 */
function equality(a: Dim, b: Dim): Record<string, string> | undefined {
  if (isName(a) && isName(b)) return undefined;
  const [name, value] = named(a) ?? named(b) ?? [];
  if (name !== undefined && value !== undefined) return solved(equalDim(value, a) ? b : a, dimVar(name));
  const [one, other] = isName(a) ? [a, b] : [b, a];
  return solved(one, other) ?? solved(other, one);
}

/** The equality of `where` that gives a compound dimension its name. */
const named = (d: Dim) => Object.entries(stated).find(([, value]) => !isName(value) && equalDim(value, d));

/**
 * The corrected equality of `where` that makes two dimensions equal: r: 'in/b' in place of r: 'in*b'. The author turned
 * the equality around, or missed a factor.
 */
function corrected(a: Dim, b: Dim): Record<string, string> | undefined {
  for (const [d, other] of [
    [a, b],
    [b, a],
  ] as const)
    for (const [name, value] of Object.entries(stated)) {
      if (d.terms.length !== 1 || other.terms.length !== 1 || value.terms.length !== 1) continue;
      const rest = divDim(d, value);
      if (rest.terms[0]!.powers.every(([, p]) => p > 0)) return { [name]: printDim(divDim(other, rest)) };
    }
  return undefined;
}

/**
 * The equality that keeps what `where` says now of a name that gets another value: r: 'in/b' for in: 'r*b'. Undefined
 * where the new value is made of the same sizes, because it then says more of them.
 */
function displaced(right: Readonly<Record<string, string>>): Record<string, string> | undefined {
  const [name, text] = Object.entries(right)[0] ?? [];
  const value = name === undefined ? undefined : stated[name];
  if (name === undefined || text === undefined || !value || isName(value)) return undefined;
  const names = dimNames(parseDim(text));
  if (dimNames(value).some((n) => names.includes(n))) return undefined;
  const rest = { ...stated };
  delete rest[name];
  return withDims(scope, () => solved(value, dimVar(name)), rest);
}

const printWhere = (where: Readonly<Record<string, string>>): string =>
  `{ where: { ${printEqualities(where)} } }`;

/** The `where` of the layer with an equality changed or added. */
const printStating = (equalities: Readonly<Record<string, string>>): string =>
  printWhere({
    ...Object.fromEntries(Object.entries(stated).map(([name, d]) => [name, printDim(d)])),
    ...equalities,
  });

const printEqualities = (where: Readonly<Record<string, string>>): string =>
  Object.entries(where)
    .map(([name, text]) => `${name}: '${text}'`)
    .join(', ');

/**
 * The `where` that states these equalities, with a name on the left of each; undefined where one cannot be solved for a
 * name.
 */
export function statedByName(
  written: readonly (readonly [left: string, right: string])[],
): string | undefined {
  const where = emptyRecord<string>();
  for (const [left, right] of written) {
    if (NAME.test(left) && !Object.hasOwn(where, left)) {
      where[left] = right;
      continue;
    }
    const scope = whereScope(where);
    const added = withDims(scope, () => equality(resolveDim(left), resolveDim(right)), scope);
    if (added === undefined) return undefined;
    for (const [name, text] of Object.entries(added)) where[name] ??= text;
  }
  return printWhere(where);
}

/** The name of a dimension in the layer: a lone name is its own, and `where` may name an expression. */
const nameFor = (d: Dim): string | undefined => (isName(d) ? printDim(d) : named(d)?.[0]);

export const hasName = (d: Dim): boolean => nameFor(d) !== undefined;

/** A dimension in print, by the name that `where` gives it if there is one. */
export const shortDim = (d: Dim): string => nameFor(d) ?? printDim(d);

/** A dimension as the argument of a declaration: a name in quotes, or a number. */
export const quotedDim = (d: Dim): string => (constantOf(d) === undefined ? `'${shortDim(d)}'` : printDim(d));

/** Whether one tensor has both names, as W (out, in) has. Its author then means two sizes, even if they are equal. */
const together = (one: string, other: string): boolean =>
  declared.some((dims) => dims.includes(one) && dims.includes(other));

/** Advice for a number and a name that ought to be one size; none for 1, which is no size that a name stands for. */
const orNumber = (number: string, name: string): string =>
  number === '1'
    ? ''
    : `where they are the same size, write '${name}' for ${number}, or ${number} for '${name}'`;

/** Advice for two dimensions that ought to be equal: to give both one name, or to state an equality. */
export function sameSize(a: Dim, b: Dim): string {
  if (ofTokens(a) || ofTokens(b)) return '';
  const [one, other] = [a, b].map(nameFor);
  if (one !== undefined && other !== undefined) {
    if (isName(a) && isName(b))
      return together(one, other)
        ? ''
        : `where '${one}' and '${other}' are the same size, give both one name`;
    const by = [a, b].filter((d) => !isName(d)).map((d) => `'${printDim(d)}' is '${nameFor(d)}'`);
    if (by.length === 2) return `${by.join(' and ')} by where: each goes where the size is its own`;
    const [plain, compound] = isName(a) ? [one, b] : [other, a];
    const where = { ...stated };
    delete where[nameFor(compound)!];
    const stating = withDims(scope, () => printStating({ [plain]: printDim(compound) }), where);
    return `${by[0]} by where: use it where the size is '${nameFor(compound)}', or state ${stating}`;
  }
  const [number, name] = constantOf(a) === undefined ? [b, a] : [a, b];
  if (constantOf(number) !== undefined && isName(name)) return orNumber(printDim(number), printDim(name));
  const stating = equality(a, b);
  if (stating !== undefined) return `where they are the same size, state it: ${printStating(stating)}`;
  const right = corrected(a, b);
  if (right === undefined) return '';
  const kept = displaced(right);
  const said = printEqualities(Object.fromEntries(Object.keys(right).map((n) => [n, printDim(stated[n]!)])));
  return `where says ${said}; where they are the same size, state ${printStating({ ...right, ...kept })} instead`;
}

/**
 * The substitution in normal form that `where: { in: 'r*b' }` states. Throws OFT1011 when an equality refers to
 * itself, directly or through others, or has more than a name on its left.
 */
export function whereScope(where: Readonly<Record<string, string>>): DimScope {
  const refuse = (message: string) => new OftcError('OFT1011', `where: ${message}`);
  const read = (text: string) => withDims({}, () => resolveDim(text));
  const composed = Object.keys(where).find((name) => !NAME.test(name));
  if (composed !== undefined) {
    const stating = statedByName(Object.entries(where).sort(([a], [b]) => +NAME.test(b) - +NAME.test(a)));
    throw refuse(
      `'${composed}' is not one name, which stands on the left: write ${stating ?? "{ name: 'its value' }"}`,
    );
  }
  const written = Object.fromEntries(Object.entries(where).map(([name, text]) => [name, read(text)]));
  const substituted = (name: string, d: Dim): Dim => {
    try {
      return substituteDim(d, written);
    } catch (e) {
      if (e instanceof DimError) throw refuse(`'${name}': ${e.message}`);
      throw e;
    }
  };
  let resolved = written;
  for (let round = 0; round <= Object.keys(where).length; round++) {
    const next = Object.fromEntries(Object.entries(resolved).map(([n, d]) => [n, substituted(n, d)]));
    if (Object.entries(next).every(([n, d]) => equalDim(d, resolved[n]!))) return resolved;
    resolved = next;
  }
  const cyclic = Object.keys(where).filter((n) => reaches(written, n, n));
  const those = Object.fromEntries(cyclic.map((n) => [n, where[n]!]));
  throw refuse(`'${cyclic[0]}' is defined through itself: leave out one of ${printEqualities(those)}`);
}

/** Whether the definition of `from` uses `to`, directly or through other names. */
function reaches(written: DimScope, from: string, to: string, seen = new Set<string>()): boolean {
  if (!Object.hasOwn(written, from) || seen.has(from)) return false;
  seen.add(from);
  return dimNames(written[from]!).some((n) => n === to || reaches(written, n, to, seen));
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
