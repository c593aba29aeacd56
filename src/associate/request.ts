/** The request of `associate`, as JSON, and its checks. docs/associate.md describes each field. */

import { associateLimits } from '../../compiler/associate/limits.ts';
import {
  type Dim,
  DimError,
  dimConst,
  dimNames,
  equalDim,
  parseDim,
  printDim,
  RUNTIME_DIM,
  renameDim,
} from '../../compiler/dims/dims.ts';
import { dimensionLimits } from '../../compiler/dims/limits.ts';
import { aboveLimit } from '../../compiler/limit.ts';
import { type Check, exactly, isRecord, list, optional, record, refuse, taking } from './checks.ts';

/** A number of rows or columns: a whole number, the name of the symbolic size, or a sum of products such as `4*n + 1`. */
export type Size = number | string;

/** The structure of a matrix's elements. `docs/associate.md` says how each kind is stored, and its cost. */
export type FactorStructure =
  | { readonly kind: 'dense' }
  | { readonly kind: 'blockDiagonal'; readonly blocks: number }
  | { readonly kind: 'diagonal' }
  | { readonly kind: 'permutation' }
  | { readonly kind: 'stated'; readonly elements: number; readonly operations: number };

export interface Factor {
  readonly shape: readonly [rows: Size, cols: Size];
  /** Dense if absent. */
  readonly structure?: FactorStructure | undefined;
  /** The bytes of one element; 4 if absent. */
  readonly elementBytes?: number | undefined;
  /** Whether the matrix is its own transpose. */
  readonly symmetric?: boolean | undefined;
}

/** A factor of a product, by its name. */
export type Operand = string | { readonly factor: string; readonly transposed?: boolean | undefined };

/** The rates of a device: operations and bytes in a second, and the seconds of one launch. */
export interface Device {
  readonly flops: number;
  readonly bandwidth: number;
  readonly launch: number;
}

export interface Request {
  readonly version?: 1 | undefined;
  readonly factors: Readonly<Record<string, Factor>>;
  /** The factors of each product, from left to right. */
  readonly products: Readonly<Record<string, readonly Operand[]>>;
  /** The factors whose gradients are wanted. */
  readonly gradients?: readonly string[] | undefined;
  readonly device?: Device | undefined;
  /**
   * The share of time that may be given up to save memory: first memory that does not grow with the symbolic size, then
   * all memory. 0 if absent.
   */
  readonly tolerance?: number | undefined;
  /** The most variants; 3 if absent. */
  readonly maxVariants?: number | undefined;
}

/** A factor with its sizes parsed. They call the symbolic size `tokens`, whatever the request calls it. */
export interface ReadFactor {
  readonly name: string;
  readonly rows: Dim;
  readonly cols: Dim;
  readonly structure: FactorStructure;
  readonly elementBytes: number;
  readonly symmetric: boolean;
}

export interface ReadOperand {
  readonly factor: ReadFactor;
  readonly transposed: boolean;
}

export interface ReadRequest extends Pick<Request, 'device' | 'tolerance' | 'maxVariants'> {
  /** The name of the symbolic size, where there is one. */
  readonly symbol: string | undefined;
  readonly products: readonly { readonly name: string; readonly operands: readonly ReadOperand[] }[];
  readonly gradients: readonly ReadFactor[];
}

const number = (expected: string, test: (n: number) => boolean) =>
  taking<number>(expected, (json) => typeof json === 'number' && test(json));
const positive = number('a number above 0', (n) => n > 0 && n < Infinity);
const count = number('a whole number above 0', (n) => Number.isSafeInteger(n) && n > 0);
const text = taking<string>('string', (json) => typeof json === 'string');
const flag = optional(taking<boolean>('boolean', (json) => typeof json === 'boolean'));
const named = taking<string>(
  'a whole number above 0 or a text such as "n" or "4*n"',
  (json) => typeof json === 'string',
);
const size: Check<Size> = (json, at) => (typeof json === 'number' ? count : named)(json, at);
const structures: Readonly<Record<string, Readonly<Record<string, Check<unknown>>>>> = {
  dense: {},
  blockDiagonal: { blocks: count },
  diagonal: {},
  permutation: {},
  stated: { elements: positive, operations: positive },
};
const kinds = Object.keys(structures);
const kind = taking<string>(`"${kinds.join('" | "')}"`, (json) => kinds.includes(json as string));
const structure: Check<FactorStructure> = (json, at) => {
  const own = structures[kind(record(json, at).kind, `${at}.kind`)]!;
  return exactly({ kind, ...own })(json, at) as FactorStructure;
};
const factorOf = exactly<Factor>({
  shape: exactly<Factor['shape']>([size, size]),
  structure: optional(structure),
  elementBytes: optional(positive),
  symmetric: flag,
} as { [K in keyof Required<Factor>]: Check<Factor[K]> });
const reference = exactly<{ factor: string; transposed: boolean | undefined }>({
  factor: text,
  transposed: flag,
});
const factorName = taking<string>(
  'a name or { "factor": name, "transposed": true }',
  (json) => typeof json === 'string',
);
const operands = list<Operand>((json, at) => (isRecord(json) ? reference : factorName)(json, at));
const known: Check<unknown> = (json) => json;
const requestOf = exactly({
  version: optional(taking<1>('1', (json) => json === 1)),
  factors: known,
  products: known,
  gradients: optional(list(text)),
  device: optional(exactly<Device>({ flops: positive, bandwidth: positive, launch: positive })),
  tolerance: optional(number('a number that is not negative', (n) => n >= 0 && n < Infinity)),
  maxVariants: optional(count),
});

/** The entries of an object by name, each checked. */
function entries<T>(check: Check<T>, json: unknown, at: string) {
  if (json !== undefined && !isRecord(json)) refuse(at, 'an object by name is expected');
  const all = Object.entries(record(json, at));
  if (all.length === 0) refuse(at, 'it is empty: name at least one');
  return all.map(([name, value]) => [name, check(value, `${at}.${name}`)] as const);
}

const readSize = (given: Size, at: string): Dim => {
  if (typeof given === 'number') {
    if (given > dimensionLimits.dimension.most) refuse(at, aboveLimit(given, dimensionLimits.dimension));
    return dimConst(given);
  }
  try {
    return parseDim(given);
  } catch (e) {
    if (e instanceof DimError) refuse(at, e.message);
    throw e;
  }
};

/**
 * The symbolic size: the only name in the sizes of the factors; undefined if there is none. Refuses a second name, and
 * sizes that are not polynomials with positive whole coefficients.
 */
function symbolOf(factors: readonly ReadFactor[]): string | undefined {
  const where = new Map<string, string>();
  for (const { name, rows, cols } of factors)
    for (const [i, d] of [rows, cols].entries()) {
      const at = `factors.${name}.shape.${i}`;
      for (const n of dimNames(d)) if (!where.has(n)) where.set(n, at);
      const isCount = d.terms.every((t) => t.coef.den === 1n && t.coef.num > 0n);
      if (d.terms.length === 0 || !isCount || d.terms.some((t) => t.powers.some(([, p]) => p < 0)))
        refuse(at, `'${printDim(d)}' may be no size: only sums of products such as 4*n + 1 are taken`);
    }
  const [first, second] = where;
  if (first && second)
    refuse(
      second[1],
      `'${second[0]}' is a second symbolic size beside '${first[0]}' (${first[1]}): give a number for one, or write their product as one name`,
    );
  return first?.[0];
}

function checkStructure({ name, rows, cols, structure, symmetric }: ReadFactor): void {
  const at = `factors.${name}`;
  const shape = `${printDim(rows)} × ${printDim(cols)}`;
  const isSquare = equalDim(rows, cols);
  if (symmetric && !isSquare) refuse(at, `a symmetric matrix is square, and its shape is ${shape}`);
  if (structure.kind === 'dense') return;
  if (dimNames(rows).length + dimNames(cols).length > 0)
    refuse(at, `only a dense factor may have a symbolic size, and this one is ${structure.kind}`);
  if ((structure.kind === 'diagonal' || structure.kind === 'permutation') && !isSquare)
    refuse(at, `a ${structure.kind} matrix is square, and its shape is ${shape}`);
  if (structure.kind !== 'blockDiagonal') return;
  const blocks = BigInt(structure.blocks);
  if ([rows, cols].some((d) => d.terms[0]!.coef.num % blocks !== 0n))
    refuse(`${at}.structure.blocks`, `${structure.blocks} blocks do not divide ${shape}`);
}

/** Checks a request and reads its sizes. Throws `InvalidArgument`, which says what is wrong, where, and how to fix it. */
export function readRequest(json: unknown): ReadRequest {
  const request = requestOf(json, '');
  const written = new Map(entries(factorOf, request.factors, 'factors').map(readFactor));
  const symbol = symbolOf([...written.values()]);
  for (const f of written.values()) checkStructure(f);
  const factors = new Map(
    [...written].map(([name, f]): [string, ReadFactor] => [
      name,
      { ...f, rows: renameDim(f.rows, RUNTIME_DIM), cols: renameDim(f.cols, RUNTIME_DIM) },
    ]),
  );
  const find = (name: string, at: string): ReadFactor =>
    factors.get(name) ??
    refuse(at, `there is no factor '${name}'; the factors are ${[...factors.keys()].join(', ')}`);
  const products = entries(operands, request.products, 'products').map(([name, all]) => {
    const at = `products.${name}`;
    const read = all.map((o, i): ReadOperand => {
      const { factor, transposed = false } = typeof o === 'string' ? { factor: o } : o;
      return { factor: find(factor, `${at}.${i}`), transposed };
    });
    checkProduct(read, at, written);
    return { name, operands: read };
  });
  const gradients = new Set(
    (request.gradients ?? []).map((name, i) => {
      const factor = find(name, `gradients.${i}`);
      checkGradient(factor, `gradients.${i}`, products);
      return factor;
    }),
  );
  checkTotal(products, gradients);
  const { device, tolerance, maxVariants } = request;
  return { symbol, products, gradients: [...gradients], device, tolerance, maxVariants };
}

function readFactor([name, f]: readonly [string, Factor]): [string, ReadFactor] {
  const [rows, cols] = f.shape.map((s, i) => readSize(s, `factors.${name}.shape.${i}`)) as [Dim, Dim];
  const { structure = { kind: 'dense' }, elementBytes = 4, symmetric = false } = f;
  return [name, { name, rows, cols, structure, elementBytes, symmetric }];
}

/** Checks the number of a product's factors, and that neighbours fit. `written` has the sizes as they were given. */
function checkProduct(
  all: readonly ReadOperand[],
  at: string,
  written: ReadonlyMap<string, ReadFactor>,
): void {
  if (all.length < 2) refuse(at, `a product has two factors or more, and it has ${all.length}`);
  if (all.length > associateLimits.associatedFactors.most)
    refuse(at, aboveLimit(all.length, associateLimits.associatedFactors));
  const text = ({ factor: { name }, transposed }: ReadOperand) => {
    const [r, c] = sidesOf({ factor: written.get(name)!, transposed });
    return `${name}${transposed ? 'ᵀ' : ''} (${printDim(r)} × ${printDim(c)})`;
  };
  for (const [i, right] of all.entries()) {
    const left = all[i - 1];
    if (!left || equalDim(sidesOf(left)[1], sidesOf(right)[0])) continue;
    const remedy = equalDim(sidesOf(left)[1], sidesOf(right)[1])
      ? `: write { "factor": "${right.factor.name}", "transposed": ${!right.transposed} }`
      : '';
    refuse(`${at}.${i}`, `${text(left)} · ${text(right)}: columns do not match rows${remedy}`);
  }
}

type Products = ReadRequest['products'];

function checkGradient(factor: ReadFactor, at: string, products: Products): void {
  const { name, structure } = factor;
  if (!products.some((p) => p.operands.some((o) => o.factor === factor)))
    refuse(at, `'${name}' is in no product, so nothing depends on it`);
  const { kind } = structure;
  if (kind === 'permutation' || kind === 'stated')
    refuse(at, `'${name}' is ${kind}: gradients are of factors that are dense, blockDiagonal or diagonal`);
}

/** Checks the number of factors in all products, those of the gradients included. */
function checkTotal(products: Products, gradients: ReadonlySet<ReadFactor>): void {
  const total = products.reduce((sum, { operands: all }) => {
    const terms = all.filter((o) => gradients.has(o.factor)).length;
    return sum + all.length * (1 + terms);
  }, 0);
  if (total > associateLimits.associatedTotal.most)
    refuse('products', aboveLimit(total, associateLimits.associatedTotal));
}

/** The rows and columns of a factor as a product takes it. */
export const sidesOf = ({ factor, transposed }: ReadOperand): readonly [Dim, Dim] =>
  transposed ? [factor.cols, factor.rows] : [factor.rows, factor.cols];
