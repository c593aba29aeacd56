/** How a new adapter's trainables start: plain data on their declarations, read and held against the layer here. */
import { dimConst, equalDim } from './dims.ts';
import { OftcError } from './error.ts';
import { didYouMean } from './nearest.ts';
import type { InputNode } from './node.ts';

/**
 * Independent random elements: normal with this standard deviation; uniform in ±bound; or uniform in ±1/√n, n the
 * size of this axis: torch's kaiming_uniform_(a=√5), the start of nn.Linear, with the axis as its fan-in.
 */
export type Draw = { readonly normal: number } | { readonly uniform: number } | { readonly kaiming: number };

export type Init =
  | 'zeros'
  | 'ones'
  /** The identity on the last two axes. */
  | 'identity'
  | Draw
  /** Vectors along this axis come in equal pairs: two reflections by the same vector cancel. */
  | { readonly pairs: number; readonly of: Draw }
  /** Equal to a parameter declared before it. */
  | { readonly same: string }
  /** The norm of each row of a parameter declared before it. */
  | { readonly rowNorms: string };

const NAMES = ['zeros', 'ones', 'identity'] as const;
const KEYS = ['normal', 'uniform', 'kaiming', 'pairs', 'same', 'rowNorms'];
const FORMS =
  "'zeros', 'ones', 'identity', { normal: std }, { uniform: bound }, { kaiming: axis }, { pairs: axis, of: { normal: std } }, { same: 'u' } or { rowNorms: 'W' }";

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
  const { pairs, of, same, rowNorms, ...unknown } = entriesOf(written);
  const extra = Object.keys(unknown)[0];
  if (extra !== undefined)
    throw wrong(`init has no form '${extra}': write ${FORMS}${didYouMean(extra, KEYS)}`);
  const said = [pairs, same, rowNorms].filter((v) => v !== undefined);
  if (said.length !== 1 || (of !== undefined) !== (pairs !== undefined)) throw wrong(`init is ${FORMS}`);
  if (pairs !== undefined) {
    const drawn = readDraw(of, rank);
    if (!drawn) throw wrong('pairs repeats random vectors: { pairs: axis, of: { normal: std } }');
    return { pairs: axisOf(pairs, rank), of: drawn };
  }
  if (typeof said[0] !== 'string')
    throw wrong(`init names a parameter as text, { same: 'u' }, not ${typeof said[0]}`);
  return same === undefined ? { rowNorms: said[0] } : { same: said[0] };
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
  if (init === 'identity') {
    const [rows, columns] = shape.slice(-2);
    if (!rows || !columns || !equalDim(rows, columns))
      throw unfit(i, `'${i.name}' starts as the identity, but its last two axes are not a square matrix`);
  }
  if (typeof init === 'string' || !('same' in init || 'rowNorms' in init)) return;
  const name = 'same' in init ? init.same : init.rowNorms;
  const known = earlier.filter((e) => e.role !== 'input');
  const of = known.find((e) => e.name === name);
  if (!of) {
    const names = known.map((e) => e.name);
    const there = names.length === 0 ? 'there is none' : `before it are ${names.join(', ')}`;
    const message = `'${i.name}' starts from '${name}', which is no parameter declared before it: ${there}`;
    throw unfit(i, `${message}${didYouMean(name, names)}`);
  }
  const want = 'same' in init ? of.type.shape : [of.type.shape[0] ?? dimConst(1)];
  const rest = shape.slice(want.length);
  const fits = want.every((d, axis) => shape[axis] && equalDim(d, shape[axis]));
  if (!fits || of.type.dtype !== dtype || !rest.every((d) => equalDim(d, dimConst(1)))) {
    const what = 'same' in init ? `'${name}'` : `one number for each row of '${name}'`;
    throw unfit(i, `'${i.name}' starts as ${what}, but its shape or dtype is another`);
  }
}
