/** The request of `associate`, as JSON, and its checks. docs/associate.md describes each field. */
import * as v from 'valibot';
import {
  type Dim,
  DimError,
  dimConst,
  dimNames,
  dimVar,
  equalDim,
  parseDim,
  printDim,
  RUNTIME_DIM,
  substituteDim,
} from '../../compiler/dims/dims.ts';
import { CodedError } from '../../compiler/errors/coded.ts';
import { aboveLimit, limits } from '../../compiler/limits.ts';
import { entryOf } from '../../compiler/records.ts';

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
  /** The share of time that may be given up to save memory, above all memory of a fixed size; 0 if absent. */
  readonly tolerance?: number | undefined;
  /** The most variants; 3 if absent. */
  readonly maxVariants?: number | undefined;
}

/** A factor whose sizes are read. The symbolic size is `tokens` in them, whatever its name. */
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

function refuse(at: string, what: string): never {
  throw new CodedError('InvalidArgument', `associate: ${at}: ${what}`);
}

const positive = v.pipe(
  v.number(),
  v.check((n) => n > 0 && Number.isFinite(n), 'a number above 0 is expected'),
);
const count = v.pipe(
  v.number(),
  v.check((n) => Number.isSafeInteger(n) && n > 0, 'a whole number above 0 is expected'),
);
const size = v.union(
  [count, v.string()],
  'a whole number above 0 or a text such as "n" or "4*n" is expected',
);
const structure = v.variant('kind', [
  v.strictObject({ kind: v.literal('dense') }),
  v.strictObject({ kind: v.literal('blockDiagonal'), blocks: count }),
  v.strictObject({ kind: v.literal('diagonal') }),
  v.strictObject({ kind: v.literal('permutation') }),
  v.strictObject({ kind: v.literal('stated'), elements: positive, operations: positive }),
]);
const factorSchema = v.strictObject({
  shape: v.strictTuple([size, size]),
  structure: v.optional(structure),
  elementBytes: v.optional(positive),
  symmetric: v.optional(v.boolean()),
});
const operands = v.array(
  v.union(
    [v.string(), v.strictObject({ factor: v.string(), transposed: v.optional(v.boolean()) })],
    'a name or { "factor": name, "transposed": true } is expected',
  ),
);
const requestSchema = v.strictObject({
  version: v.optional(v.literal(1)),
  factors: v.unknown(),
  products: v.unknown(),
  gradients: v.optional(v.array(v.string())),
  device: v.optional(v.strictObject({ flops: positive, bandwidth: positive, launch: positive })),
  tolerance: v.optional(
    v.pipe(
      v.number(),
      v.check((n) => n >= 0 && Number.isFinite(n), 'a number that is not negative is expected'),
    ),
  ),
  maxVariants: v.optional(count),
});

/** A JSON value of a schema. Refuses the first wrong field. */
function checked<const S extends v.GenericSchema>(schema: S, json: unknown, at: string): v.InferOutput<S> {
  const result = v.safeParse(schema, json, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = v.getDotPath(issue);
  const place = path === null ? at : at === 'the request' ? path : `${at}.${path}`;
  if (issue.expected === 'never') refuse(place, 'there is no such field; docs/associate.md lists them');
  if (issue.received === 'undefined') refuse(place, 'it is missing');
  const isOwn = issue.expected === null || issue.message.endsWith('is expected');
  refuse(place, `${isOwn ? issue.message : `${issue.expected} is expected`}, and it is ${issue.received}`);
}

/** The entries of an object of a schema's values. v.record would drop names such as `constructor`. */
function entries<const S extends v.GenericSchema>(schema: S, json: unknown, at: string) {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    refuse(at, json === undefined ? 'it is missing' : 'an object by name is expected');
  const all = Object.entries(json);
  if (all.length === 0) refuse(at, 'it is empty: name at least one');
  return all.map(([name, value]) => [name, checked(schema, value, `${at}.${name}`)] as const);
}

const readSize = (given: Size, at: string): Dim => {
  if (typeof given === 'number') {
    if (given > limits.dimension.most) refuse(at, aboveLimit(given, limits.dimension));
    return dimConst(given);
  }
  try {
    return parseDim(given);
  } catch (e) {
    if (e instanceof DimError) refuse(at, e.message);
    throw e;
  }
};

/** The one name in some sizes, checked: polynomials with whole coefficients, none of them negative. */
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
  const request = checked(requestSchema, json, 'the request');
  const written = entries(factorSchema, request.factors, 'factors').map(([name, f]): ReadFactor => {
    const [rows, cols] = f.shape.map((s, i) => readSize(s, `factors.${name}.shape.${i}`)) as [Dim, Dim];
    const { structure = { kind: 'dense' }, elementBytes = 4, symmetric = false } = f;
    return { name, rows, cols, structure, elementBytes, symmetric };
  });
  const symbol = symbolOf(written);
  written.forEach(checkStructure);
  const bound = symbol === undefined ? {} : { [symbol]: dimVar(RUNTIME_DIM) };
  const factors = Object.fromEntries(
    written.map((f): [string, ReadFactor] => [
      f.name,
      { ...f, rows: substituteDim(f.rows, bound), cols: substituteDim(f.cols, bound) },
    ]),
  );
  const find = (name: string, at: string): ReadFactor =>
    entryOf(factors, name) ??
    refuse(at, `there is no factor '${name}'; the factors are ${Object.keys(factors).join(', ')}`);
  const original = new Map(written.map((f) => [f.name, f]));
  const products = entries(operands, request.products, 'products').map(([name, all]) => {
    const read = all.map((o, i): ReadOperand => {
      const { factor, transposed = false } = typeof o === 'string' ? { factor: o } : o;
      return { factor: find(factor, `products.${name}.${i}`), transposed };
    });
    if (read.length < 2)
      refuse(`products.${name}`, `a product has two factors or more, and it has ${read.length}`);
    if (read.length > limits.associatedFactors.most)
      refuse(`products.${name}`, aboveLimit(read.length, limits.associatedFactors));
    const text = (o: ReadOperand) => {
      const { rows, cols } = original.get(o.factor.name)!;
      const [r, c] = o.transposed ? [cols, rows] : [rows, cols];
      return `${o.factor.name}${o.transposed ? 'ᵀ' : ''} (${printDim(r)} × ${printDim(c)})`;
    };
    for (const [i, right] of read.entries()) {
      const left = read[i - 1];
      if (!left || equalDim(sidesOf(left)[1], sidesOf(right)[0])) continue;
      const [l, r] = [sidesOf(left), sidesOf(right)];
      const remedy = equalDim(l[1], r[1])
        ? `: write { "factor": "${right.factor.name}", "transposed": ${!right.transposed} }`
        : '';
      refuse(`products.${name}.${i}`, `${text(left)} · ${text(right)}: columns do not match rows${remedy}`);
    }
    return { name, operands: read };
  });
  const gradients = (request.gradients ?? []).map((name, i): ReadFactor => {
    const at = `gradients.${i}`;
    const factor = find(name, at);
    if (!products.some((p) => p.operands.some((o) => o.factor === factor)))
      refuse(at, `'${name}' is in no product, so nothing depends on it`);
    const { kind } = factor.structure;
    if (kind === 'permutation' || kind === 'stated')
      refuse(at, `'${name}' is ${kind}: gradients are of factors that are dense, blockDiagonal or diagonal`);
    return factor;
  });
  const wanted = new Set(gradients);
  const total = products.reduce((sum, { operands: all }) => {
    const terms = all.filter((o) => wanted.has(o.factor)).length;
    return sum + all.length * (1 + terms);
  }, 0);
  if (total > limits.associatedTotal.most) refuse('products', aboveLimit(total, limits.associatedTotal));
  const { device, tolerance, maxVariants } = request;
  return { symbol, products, gradients: [...wanted], device, tolerance, maxVariants };
}

/** The rows and columns of a factor as a product takes it. */
export const sidesOf = ({ factor, transposed }: ReadOperand): readonly [Dim, Dim] =>
  transposed ? [factor.cols, factor.rows] : [factor.rows, factor.cols];
