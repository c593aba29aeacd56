/** The initial values of a new adapter's parameters, as plain data on their declarations. */
import { OftcError } from '../errors/error.ts';
import { didYouMean } from '../errors/nearest.ts';

/**
 * Independent random elements. `normal` is their standard deviation, and `uniform` their bound. `kaiming` is an axis
 * of size n, and the elements are uniform in ±1/√n: torch's kaiming_uniform_(a=√5), by which nn.Linear starts, with n
 * as its fan-in. With a gain they are uniform in ±gain/√n; torch's kaiming_uniform_(a=0) has √6.
 */
export type Draw =
  | { readonly normal: number }
  | { readonly uniform: number }
  | { readonly kaiming: number; readonly gain?: number };

/**
 * The leading singular vectors of a matrix W = U·diag(σ)·Vᵀ declared before it, largest first: uᵢ are columns of
 * (out, k), vᵢ rows of (k, in). Vector i is multiplied by `times`·σᵢ^`power`, where `times` is 1 and `power` 0 unless
 * given. `after` is a parameter that has such vectors of W: these are those that follow.
 */
export type Singular = (
  | { readonly left: string; readonly power?: number; readonly times?: number }
  | { readonly right: string; readonly power?: number; readonly times?: number }
  /** The singular values σ, of shape (k). */
  | { readonly singularValues: string }
) & { readonly after?: string };

/**
 * The product `times`·Pᵀ·W of two matrices declared before it, P (out, r) after `by` and W (out, in), where `times` is 1
 * unless given. With `positive`, negative elements of P count as 0.
 */
export interface Product {
  readonly product: string;
  readonly by: string;
  readonly positive?: true;
  readonly times?: number;
}

/**
 * Distinct random positions of a matrix declared before it: rows above columns, (2, k), or with the order that sorts them
 * below, (3, k). They are sorted, but where they follow from a seed of their own: then they are PyTorch's.
 */
export interface Positions {
  readonly positions: string;
  /** Keeps them off the diagonal of a square matrix. */
  readonly diagonal?: 'none';
  readonly seed?: number;
  /** Interleaves the halves of rows and of columns, whose numbers are even, as PEFT's wavelets pair them. */
  readonly halves?: 'interleaved';
}

/**
 * A decomposition W = U·diag(λ)·Vᵀ of a matrix (out, in) declared before it, with a basis V (in, in) that weights of one
 * kind share: `basis` is V. `directions` are the unit columns U (out, in), and `lengths` are λ (in), in a V declared
 * before them. See src/start/basis.ts.
 */
export type Decomposed =
  | { readonly basis: string }
  | { readonly directions: string; readonly in: string }
  | { readonly lengths: string; readonly in: string };

export type Init =
  | 'zeros'
  | 'ones'
  /** All elements are this number, divided by the size of the axis `over` if there is one. */
  | { readonly constant: number; readonly over?: number }
  /** The identity on the last two axes. */
  | 'identity'
  /** The integers 0 to n − 1 along the last axis, shuffled. */
  | 'permutation'
  | Draw
  /** Random elements that follow from this seed, the parameter's name and its shape alone, so that no file stores them. */
  | { readonly seed: number; readonly of: Draw }
  | Positions
  /** Vectors along this axis come in equal pairs: two reflections by the same vector cancel. */
  | { readonly pairs: number; readonly of: Draw }
  /** Equal to a parameter declared before it. */
  | { readonly same: string }
  /** The norm of each row of a parameter declared before it. */
  | { readonly rowNorms: string }
  | Product
  | Singular
  | Decomposed;

/** A random start that names its axis by the axis's size, as `{ kaiming: 'in' }` does. */
type NamedDraw = { readonly kaiming: string; readonly gain?: number };

/** A start as authors write it: an axis is a number, or the name of its size. */
export type StatedInit =
  | Init
  | NamedDraw
  | { readonly constant: number; readonly over: string }
  | { readonly seed: number; readonly of: NamedDraw }
  | { readonly pairs: number | string; readonly of: Draw | NamedDraw };

/** The starts that are written as a name. */
export const STARTS = ['zeros', 'ones', 'identity', 'permutation'] as const;
const DECOMPOSED = ['basis', 'directions', 'lengths'] as const;
const REFERENCES = ['same', 'rowNorms', 'left', 'right', 'singularValues', ...DECOMPOSED] as const;
const PRODUCT = ['product', 'by', 'positive', 'times'];
const KEYS = [
  'constant',
  'over',
  'normal',
  'uniform',
  'kaiming',
  'gain',
  'seed',
  'pairs',
  'positions',
  ...REFERENCES,
  ...PRODUCT,
  'power',
  'after',
  'in',
];
const FORMS =
  "'zeros', 'ones', 'identity', 'permutation', { constant: 2 }, { normal: std }, { uniform: bound }, { kaiming: axis }, { pairs: axis, of: { normal: std } }, { seed: 0, of: { normal: std } }, { positions: 'W' }, { same: 'u' }, { rowNorms: 'W' }, { left: 'W' }, { right: 'W' }, { singularValues: 'W' }, { product: 'W', by: 'P' }, { basis: 'W' }, { directions: 'W', in: 'V' } or { lengths: 'W', in: 'V' }";

const wrong = (message: string) => new OftcError('OFT1030', message);

/** Reads an `init` option as written. Throws OFT1030 for any other value, or an axis that the shape does not have. */
export function readInit(written: unknown, shape: readonly unknown[]): Init {
  if (typeof written === 'string') {
    const name = STARTS.find((n) => n === written);
    if (name) return name;
    throw wrong(
      `init '${written}' is not a start: write ${ofTorch(written, shape) ?? `${FORMS}${didYouMean(written, STARTS)}`}`,
    );
  }
  if (typeof written === 'number')
    throw wrong(`a start is no number: write { constant: ${written} } for elements that are all this one`);
  const draw = readDraw(written, shape);
  if (draw) return draw;
  const entries = entriesOf(written);
  const constant = readConstant(entries, shape);
  if (constant) return constant;
  if (entries.positions !== undefined) return readPositions(entries);
  const extra = Object.keys(entries).find((k) => k !== 'of' && !KEYS.includes(k));
  if (extra !== undefined)
    throw wrong(
      `init has no form '${extra}': write ${without(extra, entries, shape) ?? ofTorch(extra, shape) ?? `${FORMS}${didYouMean(extra, KEYS)}`}`,
    );
  const { pairs, of, ...others } = entries;
  if (pairs === undefined && others.seed !== undefined) return readSeeded(others, of, shape);
  if (pairs === undefined) return readReference(entries);
  const drawn = readDraw(of, shape);
  if (!drawn || Object.keys(others).length > 0)
    throw wrong('pairs repeats random vectors: { pairs: axis, of: { normal: std } }');
  return { pairs: axisOf(pairs, shape), of: drawn };
}

function readConstant(
  { constant, over, ...others }: Readonly<Record<string, unknown>>,
  shape: readonly unknown[],
): Init | undefined {
  if (constant === undefined || Object.keys(others).length > 0) return undefined;
  const number = finite('constant', constant);
  return over === undefined ? { constant: number } : { constant: number, over: axisOf(over, shape) };
}

function readSeeded(
  { seed, ...others }: Readonly<Record<string, unknown>>,
  of: unknown,
  shape: readonly unknown[],
): Init {
  const drawn = readDraw(of, shape);
  if (!drawn || Object.keys(others).length > 0)
    throw wrong('a seed is of random elements: { seed: 0, of: { normal: std } }');
  if (typeof seed === 'number' && Number.isSafeInteger(seed)) return { seed, of: drawn };
  throw wrong(`init seed is a whole number; got ${String(seed)}`);
}

function readPositions(written: Readonly<Record<string, unknown>>): Init {
  const { positions, seed, halves, diagonal, ...others } = written;
  const isForm = halves === undefined || (halves === 'interleaved' && seed !== undefined);
  const isOff = diagonal === undefined || (diagonal === 'none' && seed === undefined);
  if (typeof positions !== 'string' || !isForm || !isOff || Object.keys(others).length > 0)
    throw wrong(
      "positions are those of a matrix: { positions: 'W' } with diagonal: 'none' beside it, or { positions: 'W', seed: 0 } with halves: 'interleaved'",
    );
  if (seed === undefined) return { positions, ...(diagonal ? { diagonal: 'none' } : {}) };
  if (typeof seed === 'number' && Number.isSafeInteger(seed))
    return { positions, seed, ...(halves ? { halves: 'interleaved' } : {}) };
  throw wrong(`init seed is a whole number; got ${String(seed)}`);
}

/** The matrix whose positions a start draws. Only its size counts. */
export const matrixOf = (init: Init): string | undefined =>
  typeof init === 'object' && 'positions' in init ? init.positions : undefined;
/** The number that all elements of a parameter of this shape start as. */
export const elementOf = (
  { constant, over }: { readonly constant: number; readonly over?: number },
  shape: readonly number[],
): number => constant / (over === undefined ? 1 : shape[over]!);

/** Whether a start follows from its own seed, so that it is made again and not stored. */
export const isSeeded = (init: Init | undefined): boolean => typeof init === 'object' && 'seed' in init;

/** The init without one of its keys, as text; undefined where the others are no random start. */
function without(key: string, entries: Readonly<Record<string, unknown>>, shape: readonly unknown[]) {
  const { [key]: _, ...others } = entries;
  if (!Object.keys(others).every((k) => KEYS.includes(k)) || !readDraw(others, shape)) return undefined;
  return `{ ${Object.entries(others).map(([k, v]) => `${k}: ${String(v)}`)} }`;
}

function readReference(entries: Readonly<Record<string, unknown>>): Init {
  if (entries.product !== undefined) return readProduct(entries);
  const kind = REFERENCES.find((key) => entries[key] !== undefined);
  if (kind !== undefined && isDecomposed(kind)) return readDecomposed(kind, entries);
  const factors = kind === 'left' || kind === 'right' ? ['power', 'times'] : [];
  const allowed = [kind, ...factors, ...(kind === 'same' || kind === 'rowNorms' ? [] : ['after'])];
  if (kind === undefined || Object.keys(entries).some((key) => !allowed.includes(key)))
    throw wrong(`init is ${FORMS}; left and right take a power and times beside, and singular ones an after`);
  const name = named(kind, entries);
  const after = entries.after === undefined ? {} : { after: named('after', entries) };
  const by = Object.fromEntries(
    factors.filter((key) => entries[key] !== undefined).map((key) => [key, finite(key, entries[key])]),
  );
  switch (kind) {
    case 'same':
      return { same: name };
    case 'rowNorms':
      return { rowNorms: name };
    case 'left':
      return { left: name, ...by, ...after };
    case 'right':
      return { right: name, ...by, ...after };
    case 'singularValues':
      return { singularValues: name, ...after };
    default:
      return kind satisfies never;
  }
}

function named(key: string, entries: Readonly<Record<string, unknown>>): string {
  const name = entries[key];
  if (typeof name === 'string') return name;
  throw wrong(`init names a parameter as text, { ${key}: 'W' }, not ${typeof name}`);
}

function readProduct(entries: Readonly<Record<string, unknown>>): Product {
  const { positive = false, times } = entries;
  if (Object.keys(entries).some((key) => !PRODUCT.includes(key)) || typeof positive !== 'boolean')
    throw wrong("a product is { product: 'W', by: 'P' }, perhaps with positive: true and a number times");
  return {
    product: named('product', entries),
    by: named('by', entries),
    ...(positive ? { positive } : {}),
    ...(times === undefined ? {} : { times: finite('times', times) }),
  };
}

const isDecomposed = (kind: string): kind is (typeof DECOMPOSED)[number] =>
  DECOMPOSED.some((key) => key === kind);

function readDecomposed(
  kind: (typeof DECOMPOSED)[number],
  { [kind]: of, in: within, ...others }: Readonly<Record<string, unknown>>,
): Decomposed {
  const isNamed =
    typeof of === 'string' && (kind === 'basis' ? within === undefined : typeof within === 'string');
  if (!isNamed || Object.keys(others).length > 0)
    throw wrong(
      "a decomposition is { basis: 'W' }, { directions: 'W', in: 'V' } or { lengths: 'W', in: 'V' }",
    );
  if (kind === 'basis') return { basis: of };
  return kind === 'directions' ? { directions: of, in: String(within) } : { lengths: of, in: String(within) };
}

/** The matrix, the factor and the basis of a start that is a factor of a decomposition. */
export function decomposedOf(
  init: Init,
):
  | { readonly of: string; readonly factor: (typeof DECOMPOSED)[number]; readonly within?: string }
  | undefined {
  if (typeof init === 'string') return undefined;
  if ('basis' in init) return { of: init.basis, factor: 'basis' };
  if ('directions' in init) return { of: init.directions, factor: 'directions', within: init.in };
  return 'lengths' in init ? { of: init.lengths, factor: 'lengths', within: init.in } : undefined;
}

function finite(key: string, value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw wrong(`init ${key} is a finite number; got ${String(value)}`);
}

/** The matrix and the factor that a start refers to, where it refers to singular vectors or values. */
export function singularOf(
  init: Init,
): (Pick<Singular, 'after'> & { readonly of: string; readonly factor: SingularFactor }) | undefined {
  if (typeof init === 'string') return undefined;
  const factor = (['left', 'right', 'singularValues'] as const).find((f) => f in init);
  if (factor === undefined) return undefined;
  const { [factor]: of, after } = init as Readonly<Record<string, string>>;
  return { of: of!, factor, ...(after === undefined ? {} : { after }) };
}

export type SingularFactor = 'left' | 'right' | 'singularValues';

/** The parameters that a start refers to. */
export function referencesOf(init: Init | undefined): readonly string[] {
  if (init === undefined || typeof init === 'string') return [];
  if ('constant' in init || 'seed' in init || 'positions' in init) return [];
  if ('same' in init) return [init.same];
  if ('product' in init) return [init.product, init.by];
  if ('rowNorms' in init) return [init.rowNorms];
  const singular = singularOf(init);
  if (!singular) return [decomposedOf(init)?.of ?? []].flat();
  return singular.after === undefined ? [singular.of] : [singular.of, singular.after];
}

function readDraw(written: unknown, shape: readonly unknown[]): Draw | undefined {
  const { gain, ...rest } = entriesOf(written);
  const entries = Object.entries(rest);
  const [kind, value] = entries[0] ?? [];
  if (entries.length !== 1 || (gain !== undefined && kind !== 'kaiming')) return undefined;
  if (kind === 'kaiming' && typeof value === 'number' && !Number.isInteger(value) && shape.length > 0)
    throw wrong(
      `init kaiming takes no a, which is √5, but the axis of the fan-in: write ${ofTorch('kaiming', shape)}`,
    );
  if (kind === 'kaiming')
    return { kaiming: axisOf(value, shape), ...(gain === undefined ? {} : { gain: finite('gain', gain) }) };
  if (kind !== 'normal' && kind !== 'uniform') return undefined;
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0)
    throw wrong(
      `init ${kind} takes ${kind === 'normal' ? 'a standard deviation' : 'a bound'}, a finite number ≥ 0; got ${String(value)}`,
    );
  return kind === 'normal' ? { normal: value } : { uniform: value };
}

const entriesOf = (written: unknown): Readonly<Record<string, unknown>> =>
  typeof written === 'object' && written !== null ? { ...written } : {};

function axisOf(value: unknown, shape: readonly unknown[]): number {
  const rank = shape.length;
  if (typeof value === 'number' && Number.isInteger(value) && value >= -rank && value < rank)
    return value < 0 ? value + rank : value;
  const named = shape.flatMap((dim, i) => (typeof value === 'string' && String(dim) === value ? [i] : []));
  if (named.length === 1) return named[0]!;
  const got = typeof value === 'string' ? `'${value}'` : String(value);
  throw wrong(
    named.length > 1
      ? `init names one axis, and axes ${named.join(' and ')} are both ${got}: write its number`
      : `init names an axis of its parameter, (${shape.join(', ')}), by its size or its number; got ${got}`,
  );
}

/** Whether a declared shape is that of packed triangles, (…, tri(b)). */
const isPacked = (shape: readonly unknown[]): boolean => /^tri\(/.test(String(shape.at(-1)));

/** The reason why a packed triangle starts at zeros. */
export const OF_PACKED = 'where skew(v) is 0 and its rotation is the identity';

/** The form of a start that torch.nn.init has under this name; undefined for other names. */
function ofTorch(name: string, shape: readonly unknown[]): string | undefined {
  const last = shape.length - 1;
  const [rows, cols] = shape.slice(-2).map(String);
  const fans = `${cols} + ${rows}`;
  switch (name.toLowerCase().replace(/_$/, '')) {
    case 'kaiming':
    case 'kaiming_uniform':
    case 'he_uniform':
      return last < 0
        ? undefined
        : `{ kaiming: ${last} }, the start of nn.Linear: axis ${last} is '${String(shape[last])}'`;
    case 'kaiming_normal':
    case 'he_normal':
      return last < 0 ? undefined : `{ normal: std } with the number √(2/${String(shape[last])}) for std`;
    case 'xavier_uniform':
    case 'glorot_uniform':
      return last < 1 ? undefined : `{ uniform: bound } with the number √(6/(${fans})) for bound`;
    case 'xavier_normal':
    case 'glorot_normal':
      return last < 1 ? undefined : `{ normal: std } with the number √(2/(${fans})) for std`;
    case 'normal':
    case 'trunc_normal':
    case 'randn':
      return '{ normal: std }, such as { normal: 0.02 }';
    case 'uniform':
    case 'rand':
      return '{ uniform: bound }, such as { uniform: 0.02 }, for elements between −bound and bound';
    case 'eye':
      return isPacked(shape) ? `'zeros', ${OF_PACKED}` : "'identity'";
    case 'orthogonal':
      if (isPacked(shape)) return `'zeros', ${OF_PACKED}`;
      if (last < 1 || rows === cols)
        return "'identity', which is orthogonal; a random orthogonal matrix is no start";
      return `{ kaiming: ${last} }, a random start; singular vectors of a weight W (out, in) are orthonormal, { right: 'W' } the rows of (k, in) and { left: 'W' } the columns of (out, k)`;
    default:
      return undefined;
  }
}
