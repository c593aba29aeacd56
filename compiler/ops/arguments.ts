/** The arguments of functions and methods: tensors are nodes; numbers, strings and option objects are static. */
import { type Dim, equalDim } from '../dims/dims.ts';
import { fromNumber } from '../dims/rational.ts';
import { resolveDim } from '../dims/scope.ts';
import { OftcError } from '../errors/error.ts';
import { didYouMean } from '../errors/nearest.ts';
import { apply, printShape } from '../ir/build.ts';
import type { Node } from '../ir/node.ts';
import { literal } from './nodes.ts';

export type SurfaceArg =
  | Node
  | number
  | string
  | readonly number[]
  | readonly (Node | string | number)[]
  | { readonly [option: string]: unknown }
  | undefined;

export const isNode = (v: unknown): v is Node =>
  typeof v === 'object' && v !== null && 'kind' in v && (v.kind === 'input' || v.kind === 'op');

/** Reads a tensor, or a number as a constant of rank 0. Throws OFT1020. */
export function tensor(v: SurfaceArg, where: string): Node {
  if (isNode(v)) return v;
  if (typeof v === 'number') return literal(number(v, where));
  throw new OftcError('OFT1020', `${where} needs a tensor, got ${v === undefined ? 'nothing' : typeof v}`);
}

/** Reads a number as a rational. Throws OFT1021 unless it is finite. */
export function number(v: number, where: string) {
  if (!Number.isFinite(v)) throw new OftcError('OFT1021', `${where}: ${v} is not a finite number`);
  return fromNumber(v);
}

/** The position of an axis, which may be counted from the back as a negative number. Throws OFT2006. */
export function axisOf(a: Node, axis: unknown, where: string): number {
  const rank = a.type.shape.length;
  if (typeof axis !== 'number' || !Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw new OftcError(
      'OFT2006',
      `${where}: axis ${isNode(axis) ? 'of a tensor' : String(axis)} is not an axis of shape ${printShape(a.type.shape)}${named(a, axis)}`,
    );
  }
  return axis < 0 ? axis + rank : axis;
}

/** Advice for an axis that is given by the name of its size. */
function named({ type: { shape } }: Node, axis: unknown): string {
  const at = typeof axis === 'string' ? shape.findIndex((d) => equalDim(d, resolveDim(axis))) : -1;
  return at < 0 ? '' : `: axes are numbers, and '${axis}' is axis ${at}`;
}

/** Reads dimensions, given by name or size. Throws OFT1020. */
export const dims = (names: readonly SurfaceArg[], where: string): Dim[] =>
  names.map((n) => {
    if (typeof n !== 'string' && typeof n !== 'number') {
      throw new OftcError('OFT1020', `${where} needs dimensions such as 'in' or 'r*b', got ${typeof n}`);
    }
    return resolveDim(n);
  });

export function numbers(v: SurfaceArg, where: string): readonly number[] {
  if (Array.isArray(v) && v.every((n) => typeof n === 'number')) return v;
  throw new OftcError('OFT1020', `${where} needs a list of numbers`);
}

/** The given options by name. Throws OFT1020 for what is no object of options, and OFT1022 for one not in `known`. */
export function options<K extends string>(
  given: SurfaceArg,
  where: string,
  known: readonly K[],
): Partial<Record<K, unknown>> {
  const all = (given ?? {}) as Partial<Record<K, unknown>>;
  if (typeof all !== 'object' || Array.isArray(all) || isNode(all)) {
    const found = isNode(all) ? 'a tensor' : Array.isArray(all) ? 'a list' : typeof all;
    throw new OftcError('OFT1020', `${where} needs options such as { ${known[0]}: … }, got ${found}`);
  }
  const extra = Object.keys(all).find((name) => !known.includes(name as K));
  if (extra === undefined) return all;
  throw new OftcError('OFT1022', noOption(where, extra, known));
}

/** The message for an option that a function does not have. */
export function noOption(where: string, name: string, known: readonly string[]): string {
  const meant = didYouMean(name.replace(/^(num|n)_?/i, ''), known);
  return `${where} has no option '${name}'; it has ${known.join(', ').replace(/, ([^,]*)$/, ' and $1')}${meant}`;
}

/** Functions that apply an operator to one tensor, and to two. */
export const ofTensor = (op: string) => (a: SurfaceArg) => apply(op, [tensor(a, op)]);
export const ofTensors = (op: string) => (a: SurfaceArg, b: SurfaceArg) =>
  apply(op, [tensor(a, op), tensor(b, op)]);
