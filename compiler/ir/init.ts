/** How a new adapter's parameters start: plain data on their declarations, read and held against the layer here. */
import { dimConst, equalDim, printDim } from './dims.ts';
import { OftcError } from './error.ts';
import { didYouMean } from './nearest.ts';
import type { InputNode } from './node.ts';

/**
 * Independent random elements: normal with this standard deviation; uniform in ±bound; or uniform in ±1/√n, n the
 * size of this axis: torch's kaiming_uniform_(a=√5), the start of nn.Linear, with the axis as its fan-in.
 */
export type Draw = { readonly normal: number } | { readonly uniform: number } | { readonly kaiming: number };

/**
 * The leading singular vectors of a matrix W = U·diag(σ)·Vᵀ declared before it, largest first: uᵢ are columns of (out, k),
 * vᵢ rows of (k, in). Each is multiplied by `times`·σᵢ to the `power`, which are 1 and 0 unless they are given.
 */
export type Singular =
  | { readonly left: string; readonly power?: number; readonly times?: number }
  | { readonly right: string; readonly power?: number; readonly times?: number }
  /** σ itself, (k). */
  | { readonly singularValues: string };

export type Init =
  | 'zeros'
  | 'ones'
  /** The identity on the last two axes. */
  | 'identity'
  /** Of integers: 0 to n − 1 along the last axis, shuffled. */
  | 'permutation'
  | Draw
  /** Vectors along this axis come in equal pairs: two reflections by the same vector cancel. */
  | { readonly pairs: number; readonly of: Draw }
  /** Equal to a parameter declared before it. */
  | { readonly same: string }
  /** The norm of each row of a parameter declared before it. */
  | { readonly rowNorms: string }
  | Singular;

const NAMES = ['zeros', 'ones', 'identity', 'permutation'] as const;
const REFERENCES = ['same', 'rowNorms', 'left', 'right', 'singularValues'] as const;
const KEYS = ['normal', 'uniform', 'kaiming', 'pairs', ...REFERENCES, 'power', 'times'];
const FORMS =
  "'zeros', 'ones', 'identity', 'permutation', { normal: std }, { uniform: bound }, { kaiming: axis }, { pairs: axis, of: { normal: std } }, { same: 'u' }, { rowNorms: 'W' }, { left: 'W' }, { right: 'W' } or { singularValues: 'W' }";

const wrong = (message: string) => new OftcError('OFT1030', message);

/** An `init` option as written. Throws OFT1030 for what is none, or an axis that `rank` axes do not have. */
export function readInit(written: unknown, rank: number): Init {
  if (typeof written === 'string') {
    const name = NAMES.find((n) => n === written);
    if (name) return name;
    throw wrong(`init '${written}' is not a start: write ${FORMS}${didYouMean(written, NAMES)}`);
  }
  const draw = readDraw(written, rank);
  if (draw) return draw;
  const entries = entriesOf(written);
  const extra = Object.keys(entries).find((k) => k !== 'of' && !KEYS.includes(k));
  if (extra !== undefined)
    throw wrong(`init has no form '${extra}': write ${FORMS}${didYouMean(extra, KEYS)}`);
  const { pairs, of, ...others } = entries;
  if (pairs === undefined) return readReference(entries);
  const drawn = readDraw(of, rank);
  if (!drawn || Object.keys(others).length > 0)
    throw wrong('pairs repeats random vectors: { pairs: axis, of: { normal: std } }');
  return { pairs: axisOf(pairs, rank), of: drawn };
}

function readReference(entries: Readonly<Record<string, unknown>>): Init {
  const kind = REFERENCES.find((key) => entries[key] !== undefined);
  const factors = kind === 'left' || kind === 'right' ? ['power', 'times'] : [];
  if (kind === undefined || Object.keys(entries).some((key) => key !== kind && !factors.includes(key)))
    throw wrong(`init is ${FORMS}; left and right take a power and times beside`);
  const name = entries[kind];
  if (typeof name !== 'string')
    throw wrong(`init names a parameter as text, { ${kind}: 'W' }, not ${typeof name}`);
  const by = Object.fromEntries(
    factors.filter((key) => entries[key] !== undefined).map((key) => [key, finite(key, entries[key])]),
  );
  switch (kind) {
    case 'same':
      return { same: name };
    case 'rowNorms':
      return { rowNorms: name };
    case 'left':
      return { left: name, ...by };
    case 'right':
      return { right: name, ...by };
    case 'singularValues':
      return { singularValues: name };
    default:
      return kind satisfies never;
  }
}

function finite(key: string, value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw wrong(`init ${key} is a finite number; got ${String(value)}`);
}

/** A start that refers to singular vectors: of which matrix, and which factor. */
export function singularOf(
  init: Init,
): { readonly of: string; readonly factor: 'left' | 'right' | 'singularValues' } | undefined {
  if (typeof init === 'string') return undefined;
  if ('left' in init) return { of: init.left, factor: 'left' };
  if ('right' in init) return { of: init.right, factor: 'right' };
  return 'singularValues' in init ? { of: init.singularValues, factor: 'singularValues' } : undefined;
}

/** The parameter that a start refers to. */
export function referenceOf(init: Init): string | undefined {
  if (typeof init === 'string') return undefined;
  if ('same' in init) return init.same;
  return 'rowNorms' in init ? init.rowNorms : singularOf(init)?.of;
}

function readDraw(written: unknown, rank: number): Draw | undefined {
  const entries = Object.entries(entriesOf(written));
  const [kind, value] = entries[0] ?? [];
  if (entries.length !== 1) return undefined;
  if (kind === 'kaiming') return { kaiming: axisOf(value, rank) };
  if (kind !== 'normal' && kind !== 'uniform') return undefined;
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0)
    throw wrong(
      `init ${kind} takes ${kind === 'normal' ? 'a standard deviation' : 'a bound'}, a finite number ≥ 0; got ${String(value)}`,
    );
  return kind === 'normal' ? { normal: value } : { uniform: value };
}

const entriesOf = (written: unknown): Readonly<Record<string, unknown>> =>
  typeof written === 'object' && written !== null ? { ...written } : {};

function axisOf(value: unknown, rank: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < -rank || value >= rank)
    throw wrong(`init names an axis of its parameter, which has ${rank}; got ${String(value)}`);
  return value < 0 ? value + rank : value;
}

/**
 * Holds starts and stored names against the layer. Throws OFT1035 for a start that names no earlier parameter or
 * one of another shape, and for two parameters stored under one name.
 */
export function checkInits(inputs: readonly InputNode[]): void {
  const stored = new Map<string, string>();
  inputs.forEach((i, position) => {
    const own = i.name.split('.')[0]!; // the elements of a list come from one file each
    const other = i.stored === undefined ? own : (stored.get(i.stored) ?? own);
    if (other !== own) throw unfit(i, `'${other}' and '${own}' are both stored as '${i.stored}'`);
    if (i.stored !== undefined) stored.set(i.stored, own);
    if (i.init !== undefined) checkInit(i, i.init, inputs.slice(0, position));
  });
}

const unfit = (i: InputNode, message: string) => new OftcError('OFT1035', message, i.spans);

function checkInit(i: InputNode, init: Init, earlier: readonly InputNode[]): void {
  const { shape, dtype } = i.type;
  checkDType(i, init);
  if (init === 'identity') {
    const [rows, columns] = shape.slice(-2);
    if (!rows || !columns || !equalDim(rows, columns))
      throw unfit(i, `'${i.name}' starts as the identity, but its last two axes are not a square matrix`);
  }
  if (init === 'permutation' && shape.length === 0)
    throw unfit(i, `'${i.name}' starts as a permutation, but has no axis`);
  const name = referenceOf(init);
  if (name === undefined) return;
  const known = earlier.filter((e) => e.role !== 'input');
  const of = known.find((e) => e.name === name);
  if (!of) {
    const names = known.map((e) => e.name);
    const there = names.length === 0 ? 'there is none' : `before it are ${names.join(', ')}`;
    const message = `'${i.name}' starts from '${name}', which is no parameter declared before it: ${there}`;
    throw unfit(i, `${message}${didYouMean(name, names)}`);
  }
  const singular = singularOf(init);
  if (singular) {
    checkSingular(i, singular.factor, of);
    return;
  }
  const same = typeof init === 'object' && 'same' in init;
  const want = same ? of.type.shape : [of.type.shape[0] ?? dimConst(1)];
  const rest = shape.slice(want.length);
  const fits = want.every((d, axis) => shape[axis] && equalDim(d, shape[axis]));
  if (!fits || of.type.dtype !== dtype || !rest.every((d) => equalDim(d, dimConst(1)))) {
    const what = same ? `'${name}'` : `one number for each row of '${name}'`;
    throw unfit(i, `'${i.name}' starts as ${what}, but its shape or dtype is another`);
  }
}

/** Indices start as indices. */
function checkDType(i: InputNode, init: Init): void {
  const integers = i.type.dtype === 'i32';
  const forIntegers =
    init === 'permutation' ||
    init === 'zeros' ||
    init === 'ones' ||
    (typeof init === 'object' && 'same' in init);
  if (integers && !forIntegers)
    throw unfit(
      i,
      `'${i.name}' is of integers, which start as 'permutation', 'zeros', 'ones' or { same: 'p' }`,
    );
  if (!integers && init === 'permutation')
    throw unfit(i, `'${i.name}' starts as a permutation, which is of integers: { dtype: 'i32' }`);
}

/** (out, k), (k, in) or (k) of a matrix (out, in). */
function checkSingular(i: InputNode, factor: 'left' | 'right' | 'singularValues', of: InputNode): void {
  const { shape } = i.type;
  const [rows, columns] = of.type.shape;
  if (of.type.shape.length !== 2 || of.type.dtype === 'i32')
    throw unfit(i, `'${i.name}' starts from singular vectors of '${of.name}', which is no matrix`);
  const [along, wanted] = {
    left: [equalDim(shape[0] ?? dimConst(0), rows!), `(${printDim(rows!)}, k)`] as const,
    right: [equalDim(shape[1] ?? dimConst(0), columns!), `(k, ${printDim(columns!)})`] as const,
    singularValues: [true, '(k)'] as const,
  }[factor];
  if (!along || shape.length !== (factor === 'singularValues' ? 1 : 2))
    throw unfit(i, `'${i.name}' starts as ${factor} of '${of.name}', whose shape is ${wanted}`);
}
