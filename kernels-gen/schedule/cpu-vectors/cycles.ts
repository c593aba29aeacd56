/** The cost model of schedules in lanes: cycles of a CPU with vectors, fitted on one (docs/benchmarks.md). */
import { cpuVectors } from '../../../compiler/devices/index.ts';
import type { Expr } from '../../../compiler/primitives/expr.ts';
import type { Axis, ContractionPrim, Prim } from '../../../compiler/primitives/prim.ts';
import { PER_WORD, type Storage } from '../../../compiler/primitives/storage.ts';
import { loadsOf } from '../../../compiler/primitives/visit.ts';
import type { Tile } from '../../families/contraction/tile.ts';
import type { Emitted } from '../../families/family.ts';
import { longest } from '../../fuse/axes.ts';
import type { ContractionKernel } from '../../fuse/kernel.ts';
import { isContiguous, strideOf } from '../../fuse/strides.ts';

/** The least distance in elements (2 KiB) at which lines share so few sets of a cache that they evict each other. */
const ALIASED = 512;
/** Whether lanes along an axis load lines of the right operand that evict each other. */
export const isScattered = (root: ContractionPrim, along: Axis): boolean =>
  strideOf(root.b, along, root.args, [...root.axes, ...root.over]) >= ALIASED;

/** The least distance in bytes, a page, between steps of a sum that a processor does not fetch ahead. */
const FAR = 4096;
/** The cycles that such a step waits beyond its loads. Shuffles and multiply-adds go on meanwhile. */
export const WAIT = 85;
/**
 * Whether the steps of a sum are so far apart in the right operand that each load waits for memory. Those of a quantised
 * tensor count as near: its rows are short, and take longer to decode.
 */
export function isFar(p: ContractionPrim): boolean {
  const inner = longest(p.over);
  if (inner === undefined || storagesIn(p.b, p.args).length > 0) return false;
  const bytes = loadsOf(p.b).some((l) => p.args[l.arg]!.dtype === 'f16') ? 2 : 4;
  return bytes * strideOf(p.b, inner, p.args, [...p.axes, ...p.over]) >= FAR;
}

/** A schedule and the cycles that it is expected to take. */
export interface LaneSchedule extends Costed {
  /** The kernel in canonical form. */
  readonly kernel: ContractionKernel;
  readonly tile: Tile;
}

/** The cycles that a schedule is expected to take. */
export interface Costed {
  readonly cycles: number;
}

/** A schedule whose code is printed from loops. */
export interface LoopSchedule {
  readonly kernel: ContractionKernel;
  readonly tile: Tile;
  /** Emits it for subgroups that run in lockstep, or not. */
  readonly emit: (isLockstep?: boolean) => Emitted;
}

/** The faster of two schedules, the first of equals. */
export function faster<T extends Costed>(a: T | undefined, b: T | undefined): T | undefined {
  if (!a || !b) return a ?? b;
  return a.cycles <= b.cycles ? a : b;
}

export const { cycles: CYCLES, workgroups: PARALLEL, minWork: MIN_WORK } = cpuVectors;

/**
 * Cycles to decode one element of each lane: shifts and a mask, two shuffles and a selection or a conversion, and the
 * product with the scale.
 */
const DECODE = 10;
/** The cycles of a load whose address is the same for all lanes. */
const UNIFORM = 4;

/**
 * Estimates the cycles in which all lanes load one operand at one step. The lanes load neighbours along the
 * axis `lanes`. A quantised word along the sum is loaded once for its elements, with its scale. A word along
 * the lanes is loaded once for all of them. If `scattered`, the lanes' cache lines evict each other.
 */
export function loadCycles(
  e: Expr,
  args: readonly Prim[],
  lanes: Axis,
  along: Axis,
  axes: readonly Axis[],
  scattered: boolean,
): number {
  const plain = scattered ? 2 * CYCLES.load : CYCLES.load;
  const storages = storagesIn(e, args);
  if (storages.length === 0) return plain;
  return storages.reduce((sum, storage) => {
    const per = perWord(storage);
    // The loads: int8 loads a word alone, and the other formats its scale too. Nested scales take two more, for the
    // scale's own scale and the value of its code. Groups of 4 bits take one more, for the zero.
    const loads = storage.format === 'int8' ? 1 : storage.format === 'int4' ? 3 : storage.nested ? 4 : 2;
    if (isContiguous(e, lanes, args, axes)) return sum + DECODE + loads * UNIFORM;
    return sum + DECODE + (loads * plain) / (isContiguous(e, along, args, axes) ? per : 1);
  }, 0);
}

/** The storages of the quantised tensors that an operand loads. */
const storagesIn = (e: Expr, args: readonly Prim[]): Storage[] =>
  loadsOf(e).flatMap((l) => {
    const arg = args[l.arg];
    return arg?.kind === 'input' && arg.storage ? [arg.storage] : [];
  });

const perWord = ({ format }: Storage): number => (format === 'int8' ? PER_WORD.bits8 : PER_WORD.bits4);

/** The elements along an axis that share a word of a quantised tensor; 1 where none do. */
export function sharingWord(e: Expr, along: Axis, args: readonly Prim[], axes: readonly Axis[]): number {
  const storages = storagesIn(e, args);
  return storages.length > 0 && isContiguous(e, along, args, axes) ? Math.min(...storages.map(perWord)) : 1;
}
