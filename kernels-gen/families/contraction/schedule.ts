/**
 * The portable schedule of contractions: each invocation computes a tile of results in registers, with operands that it
 * loads from buffers.
 */
import { constantOf } from '../../../compiler/dims/dims.ts';
import type { Axis, ContractionPrim } from '../../../compiler/primitives/prim.ts';
import { KernelError } from '../../error.ts';
import { classify, count, looped } from '../../fuse/axes.ts';
import { nodesOf } from '../../fuse/cost.ts';
import { type ContractionKernel, productsOf } from '../../fuse/kernel.ts';
import { naiveContraction } from '../../loops/naive.ts';
import { type Scheduled, VECTOR } from '../../loops/type.ts';
import { wholeOf } from '../../memory/overwrite.ts';
import { printWgsl } from '../../print/wgsl.ts';
import { bind, bindInvocation } from '../../schedule/steps/bind.ts';
import { clamp } from '../../schedule/steps/clamp.ts';
import { fission } from '../../schedule/steps/fission.ts';
import { flatten } from '../../schedule/steps/flatten.ts';
import { hold } from '../../schedule/steps/hold.ts';
import { reorder } from '../../schedule/steps/reorder.ts';
import { split } from '../../schedule/steps/split.ts';
import { type LoopStep, scheduled } from '../../schedule/steps/step.ts';
import { asVectors, vectorise } from '../../schedule/steps/vectorise.ts';
import { wait } from '../../schedule/steps/wait.ts';
import type { Emitted } from '../family.ts';
import { isMultiple } from '../vectors.ts';
import type { Vectors } from './frame.ts';
import { innermost } from './root.ts';
import type { Tile } from './tile.ts';
import { isQuantized, vectorSum, vectorsAlone } from './vectors.ts';

/** The largest bodies, in nodes, that the text repeats for four steps of the innermost loop. */
const MAX_UNROLLED_NODES = 24;

/** The loops that a direction's steps make. */
interface Loops {
  readonly steps: readonly LoopStep[];
  readonly tile?: string;
  readonly thread?: string;
  /** The loops over an invocation's positions. */
  readonly each: readonly string[];
}

/** The loops of a kernel in canonical form by a tile. Throws KernelError for a tile whose stores others' reads would meet. */
export function contractionLoops(kernel: ContractionKernel, tile: Tile): Scheduled {
  if (!isWhole(kernel, tile))
    throw new KernelError(`tiles of '${kernel.tensor.label}' store over what others read`);
  return scheduled(naiveContraction(kernel, productsOf(kernel)), contractionSteps(kernel, tile));
}

/** Whether a tile has all rows, or all columns, where an overwrite needs that. */
export function isWhole(kernel: ContractionKernel, { rows, rowThreads, cols, colThreads }: Tile): boolean {
  const whole = wholeOf(kernel);
  return rows * rowThreads >= whole.rows && cols * colThreads >= whole.cols;
}

export const emitPortable = (kernel: ContractionKernel, tile: Tile): Emitted =>
  printWgsl(contractionLoops(kernel, tile));

/** The steps for a kernel in canonical form. */
export function contractionSteps(kernel: ContractionKernel, tile: Tile): readonly LoopStep[] {
  const { root, overwrites } = kernel;
  const products = productsOf(kernel);
  const isBrief = ({ a, b }: ContractionPrim) => nodesOf(a) + nodesOf(b) <= MAX_UNROLLED_NODES;
  const vectors = vectorsAlone(kernel, tile, products.every(isBrief));
  const { batch, m, n } = classify(root);
  const [cols, rows, batches] = [
    loopsOf('col', n, tile.colThreads, tile.cols, vectors?.cols ? 'v' : undefined),
    loopsOf('row', m, tile.rowThreads, tile.rows, vectors?.rows ? 'row_part' : undefined),
    loopsOf('batch', batch, tile.batchThreads, 1),
  ];
  // Variables of four columns make a short text, even of columns that are no neighbours in memory.
  const isGrouped = isMultiple(tile.cols) && !vectors?.cols && !isQuantized(kernel);
  const grouped = isGrouped ? [split(cols.each[0]!, VECTOR, 'col_group', 'v')] : [];
  const each = [...rows.each, ...(isGrouped ? ['col_group', 'v'] : cols.each)];
  const all = [cols, rows, batches];
  const threads = all.flatMap((d) => d.thread ?? []);
  const tiles = all.flatMap((d) => d.tile ?? []).reverse();
  const nest = [...tiles, ...threads.toReversed(), ...each];
  return [
    ...(root.axes.length > 1 ? [reorder([...batch, ...m, ...n].map((a) => a.name))] : []),
    ...all.flatMap((d) => d.steps),
    ...grouped,
    ...(nest.length > 1 ? [reorder(nest)] : []),
    ...tiles.map((t) => bind(t, 'workgroup')),
    ...threads.map(bindInvocation),
    ...(overwrites?.by === 'rows' ? [wait] : []),
    ...(each.length > 0 ? [fission(each)] : []),
    ...buffersOf(kernel, vectors),
    ...each.map((e) => (e === 'v' ? vectorise(e, []) : bind(e, 'unrolled'))),
    ...products.flatMap((p) => sumSteps(p, vectors, isBrief(p))),
    ...(each.length > 0 ? [hold('left', each), hold('right', each)] : []),
  ];
}

/** The buffers that are loaded and stored as vectors, declared so. */
function buffersOf({ root }: ContractionKernel, vectors: Vectors | undefined): readonly LoopStep[] {
  const buffers = vectors ? [...vectors.args, ...(vectors.out ? [root.args.length] : [])] : [];
  return buffers.length > 0 ? [asVectors(buffers)] : [];
}

/** Unrolls the innermost loop of a product's sum: over the parts of a vector, or over a few steps of a brief body. */
function sumSteps(
  product: ContractionPrim,
  vectors: Vectors | undefined,
  isBrief: boolean,
): readonly LoopStep[] {
  const inner = looped(product.over).at(-1);
  const extent = inner && constantOf(inner.extent);
  if (inner === undefined || extent === undefined) return [];
  const isAlong = (which: 'a' | 'b') => vectors?.sums[which] && vectorSum(product, which) === inner;
  const most = isAlong('a') || isAlong('b') ? [VECTOR] : isBrief ? [4, 2] : [];
  const times = most.find((n) => extent % n === 0);
  if (times === undefined) return [];
  const [steps, part] = [`${inner.name}_step`, `${inner.name}_part`];
  return [split(inner.name, times, steps, part), bind(part, 'unrolled')];
}

/**
 * Splits a direction of the tile into workgroups, invocations and the positions of an invocation, which are dealt
 * round-robin. Positions beyond the last one repeat it, and are not stored. `vector` names the loop over VECTOR
 * neighbours of the innermost axis, if they are loaded or stored at once.
 */
function loopsOf(
  name: string,
  axes: readonly Axis[],
  threads: number,
  positions: number,
  vector?: string,
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
  const rounds = isEven && threads > 1 && each > 1 ? `${name}_round` : undefined;
  if (rounds) steps.push(split(name, threads, rounds, thread), split(rounds, each, tile, one), clamp(rounds));
  else if (threads > 1 && each > 1) {
    const rest = `${name}_rest`;
    steps.push(split(name, threads * each, tile, rest), split(rest, threads, one, thread), clamp(name));
  } else if (threads > 1) steps.push(split(name, threads, tile, thread), clamp(name));
  else if (each > 1) steps.push(split(name, each, tile, one), clamp(name));
  return {
    steps,
    tile: threads * each > 1 ? tile : name,
    ...(threads > 1 ? { thread } : {}),
    each: inner,
  };
}
