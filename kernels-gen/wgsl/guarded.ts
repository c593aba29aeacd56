/**
 * Guards indices that were read from a tensor, where a caller may pass any integer. An element that does not exist
 * reads as 0, and no address is computed from its index.
 */
import type { Dim } from '../../compiler/dims/dims.ts';
import type { DType } from '../../compiler/ir/node.ts';
import type { IntExpr } from '../../compiler/primitives/expr.ts';
import { loadsOf } from '../../compiler/primitives/visit.ts';
import type { Value } from './value.ts';

/** The functions of the emitter that guards use. */
export interface Guards {
  inRange(index: IntExpr, size: Dim): boolean;
  intValue(index: IntExpr): Value;
  size(size: Dim): string;
  name(text: string, depth: number, prefix?: string): Value;
  /** A named value as an index that is in range for an axis of that size. */
  indexOf(named: Value, size: Dim): IntExpr;
}

export interface Guarded {
  /** The index, with 0 in place of each part that is out of range. */
  readonly index: readonly IntExpr[];
  /** Whether every part is in range; undefined where none was read from a tensor. */
  readonly inside: Value | undefined;
}

const readsTensors = (part: IntExpr): boolean =>
  part.k !== 'axis' && part.k !== 'int' && loadsOf(part).some((l) => l.integer);

export function guarded(shape: readonly Dim[], index: readonly IntExpr[], by: Guards): Guarded {
  if (!index.some(readsTensors)) return { index, inside: undefined };
  let inside: Value | undefined;
  const safe = index.map((part, d) => {
    if (!readsTensors(part) || by.inRange(part, shape[d]!)) return part;
    const { text, depth } = by.intValue(part);
    // As u32, a negative index is larger than every size.
    const own = by.name(`u32(${text}) < u32(${by.size(shape[d]!)})`, depth, 'b');
    inside = inside ? by.name(`${inside.text} && ${own.text}`, Math.max(inside.depth, own.depth), 'b') : own;
    return by.indexOf(by.name(`select(0, ${text}, ${own.text})`, depth), shape[d]!);
  });
  return { index: safe, inside };
}

const ZERO = { f32: '0.0f', f16: '0.0h', i32: '0' } as const satisfies Record<DType, string>;

/** The value of an element, or 0 where there is none. */
export const orZero = (v: Value, inside: Value | undefined, dtype: DType): Value =>
  inside === undefined
    ? v
    : {
        text: `select(${ZERO[dtype]}, ${v.text}, ${inside.text})`,
        depth: Math.max(v.depth, inside.depth),
        atomic: true,
      };
