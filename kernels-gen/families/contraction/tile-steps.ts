/** The steps that divide a contraction's results among workgroups and invocations, each of which has a tile of them. */
import { constantOf } from '../../../compiler/dims/dims.ts';
import type { Axis } from '../../../compiler/primitives/prim.ts';
import { classify, count, innermost, longest } from '../../fuse/axes.ts';
import type { ContractionKernel } from '../../fuse/kernel.ts';
import { VECTOR } from '../../loops/type.ts';
import { bind, bindInvocation } from '../../schedule/steps/bind.ts';
import { clamp } from '../../schedule/steps/clamp.ts';
import { fission } from '../../schedule/steps/fission.ts';
import { flatten } from '../../schedule/steps/flatten.ts';
import { reorder } from '../../schedule/steps/reorder.ts';
import { split } from '../../schedule/steps/split.ts';
import type { LoopStep } from '../../schedule/steps/step.ts';
import { strip } from '../../schedule/steps/strip.ts';
import { trim } from '../../schedule/steps/trim.ts';
import { wait } from '../../schedule/steps/wait.ts';
import { isMultiple } from '../vectors.ts';
import type { Tile } from './tile.ts';
import type { Vectors } from './vectors.ts';
import { isQuantized } from './vectors.ts';

/** The loops that a direction's steps make. */
interface Loops {
  readonly steps: readonly LoopStep[];
  readonly tile?: string;
  readonly thread?: string;
  /** The loop over positions that an invocation computes one after another. */
  readonly turn?: string;
  /** The loops over an invocation's positions, of each turn. */
  readonly each: readonly string[];
}

export interface TileOptions {
  /** The operands and results that are loaded and stored as vectors. */
  readonly vectors?: Vectors | undefined;
  /** Whether `row_rest` and `col_rest` are to name a position within the workgroup's tile, as staging needs. */
  readonly isStaged?: boolean;
  /** Whether workgroups share each sum: the outermost loop, over `part`, is then theirs too. */
  readonly isOfParts?: boolean;
  /** The loop over the lanes that share each sum; its steps come first. */
  readonly lanes?: string;
  /** Whether a workgroup computes all tiles, one after another. */
  readonly isInBlock?: boolean;
  /** Whether the loops over the positions stay around all statements, with one column after the other. */
  readonly isPlain?: boolean;
  /** Whether an invocation computes all its rows of a vector of columns before those of the next vector. */
  readonly isByColumns?: boolean;
  /** Whether workgroups that follow each other have the same columns, and not the same rows. */
  readonly isByColumnTiles?: boolean;
  /** Whether workgroups that follow each other have the same rows and columns, of one batch after the other. */
  readonly isByBatches?: boolean;
  /** Whether an invocation's rows end with the last one, which it otherwise computes again. */
  readonly isTrimmed?: boolean;
  /** The invocations that wait for each other where results replace what others read. */
  readonly waiting?: 'subgroup' | 'workgroup';
}

/**
 * The steps, and the loops over the results of an invocation: each statement has a nest of these loops afterwards. A loop
 * over the rows in turn, `turn`, is around them.
 */
export function tileSteps(
  { root, overwrites, ...kernel }: ContractionKernel,
  tile: Tile,
  options: TileOptions,
): { readonly steps: readonly LoopStep[]; readonly each: readonly string[]; readonly turn?: string } {
  const { vectors, isOfParts, isInBlock, isPlain, isByColumns, isByColumnTiles, isTrimmed } = options;
  const { isByBatches, waiting, lanes } = options;
  const directions = classify(root);
  const { batch, m, n } = directions;
  const all = loopsAlong(directions, tile, options);
  const [cols, rows, batches] = all;
  // Variables of four columns make a short text, even of columns that are no neighbours in memory.
  const isApart = isPlain || (isQuantized({ root, ...kernel }) && !isByColumnTiles);
  const isGrouped = isMultiple(tile.cols) && !vectors?.cols && !isApart;
  const grouped = isGrouped ? [split(cols.each[0]!, VECTOR, 'col_group', 'v')] : [];
  const across = isGrouped ? ['col_group', 'v'] : cols.each;
  const each = isByColumns ? across.toSpliced(-1, 0, ...rows.each) : [...rows.each, ...across];
  const threads = all.flatMap((d) => d.thread ?? []);
  const byTiles = isByColumnTiles ? [rows, cols, batches] : isByBatches ? [batches, cols, rows] : all;
  const tiles = [...byTiles.flatMap((d) => d.tile ?? []).reverse(), ...(isOfParts ? ['part'] : [])];
  const nest = [
    ...tiles,
    ...(lanes ? [lanes] : []),
    ...threads.toReversed(),
    ...(rows.turn ? [rows.turn] : []),
    ...each,
  ];
  const steps = [
    ...(root.axes.length > 1 ? [reorder([...batch, ...m, ...n].map((a) => a.name))] : []),
    ...all.flatMap((d) => d.steps),
    ...grouped,
    ...(nest.length > 1 ? [reorder(nest)] : []),
    ...(isInBlock ? [] : tiles.map((t) => bind(t, 'workgroup'))),
    ...threads.map(bindInvocation),
    ...(overwrites?.by === 'rows' && !isPlain ? [wait(waiting)] : []),
    ...(each.length > 0 && !isPlain ? [fission(each)] : []),
    ...(isTrimmed && rows.each.length > 0 ? [trim(rows.each[0]!)] : []),
  ];
  return { steps, each, ...(rows.turn ? { turn: rows.turn } : {}) };
}

/** The loops over the columns, the rows and the batches of a result. */
function loopsAlong(
  { batch, m, n }: Record<'batch' | 'm' | 'n', readonly Axis[]>,
  tile: Tile,
  { vectors, isStaged = false, isTrimmed = false }: TileOptions,
) {
  return [
    loopsOf('col', n, {
      threads: tile.colThreads,
      positions: tile.cols,
      isStaged,
      ...(vectors?.cols ? { vector: 'v' } : {}),
    }),
    loopsOf('row', m, {
      threads: tile.rowThreads,
      positions: tile.rows,
      isStaged,
      isTrimmed,
      ...(tile.inTurn ? { inTurn: tile.inTurn } : {}),
      ...(vectors?.rows ? { vector: 'row_part' } : {}),
    }),
    loopsOf('batch', batch, { threads: tile.batchThreads, positions: 1, isStaged: false }),
  ] as const;
}

interface DirectionOptions {
  readonly threads: number;
  /** The number of positions of an invocation. */
  readonly positions: number;
  readonly isStaged: boolean;
  readonly isTrimmed?: boolean;
  /** The number of times that an invocation computes its positions, one after another. */
  readonly inTurn?: number;
  /** The name of the loop over VECTOR neighbours of the innermost axis, if they are loaded or stored at once. */
  readonly vector?: string;
}

/**
 * Splits a direction of the tile into workgroups, invocations and the positions of an invocation, which are dealt
 * round-robin. Positions beyond the last one repeat it, and are not stored.
 */
function loopsOf(
  name: string,
  axes: readonly Axis[],
  { threads, positions, isStaged, isTrimmed = false, inTurn, vector }: DirectionOptions,
): Loops {
  if (axes.length === 0 && threads * positions === 1) return { steps: [], each: [] };
  const steps: LoopStep[] = [];
  const names = axes.map((a) => a.name);
  const last = vector ? innermost(axes)! : undefined;
  if (vector && last) {
    const groups = `${last.name}_group`;
    names[axes.indexOf(last)] = groups;
    steps.push(split(last.name, VECTOR, groups, vector));
    if (last !== axes.at(-1)) steps.push(reorder([...names, vector]));
  }
  steps.push(flatten(names, name));
  const size = constantOf(count(axes));
  const own = size === undefined ? undefined : size / (vector ? VECTOR : 1);
  const each = positions / (vector ? VECTOR : 1);
  const [tile, thread, one] = [`${name}_tile`, `${name}_thread`, `${name}_each`];
  const inner = [...(each > 1 ? [one] : []), ...(vector ? [vector] : [])];
  const isEven = own !== undefined && own % threads === 0;
  // Where invocations divide the positions evenly, whole rounds of them are repeated beyond the last one.
  const rounds = isEven && threads > 1 && each > 1 && !isStaged ? `${name}_round` : undefined;
  const turn = each > 1 ? `${name}_turn` : name;
  if (inTurn) {
    if (each > 1) steps.push(split(name, each, turn, one), clamp(name));
    steps.push(strip(turn, inTurn, tile));
  } else if (rounds)
    steps.push(split(name, threads, rounds, thread), split(rounds, each, tile, one), clamp(rounds));
  else if (threads > 1 && each > 1) {
    const rest = `${name}_rest`;
    steps.push(split(name, threads * each, tile, rest), split(rest, threads, one, thread), clamp(name));
  } else if (threads > 1) steps.push(split(name, threads, tile, thread), clamp(name));
  else if (each > 1) steps.push(split(name, each, tile, one), ...(isTrimmed ? [] : [clamp(name)]));
  return {
    steps,
    tile: threads * each > 1 || inTurn ? tile : name,
    ...(threads > 1 ? { thread } : {}),
    ...(inTurn ? { turn } : {}),
    each: inner,
  };
}

/** Makes the longest loop of a sum its innermost one. */
export function innermostLast(over: readonly Axis[]): readonly LoopStep[] {
  const inner = longest(over)!;
  const order = [...over.filter((a) => a !== inner), inner];
  return order.some((a, n) => a !== over[n]) ? [reorder(order.map((a) => a.name))] : [];
}
