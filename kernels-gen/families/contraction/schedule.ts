/**
 * The portable schedule of contractions: each invocation computes a tile of results in registers, with operands that it
 * loads from buffers.
 */
import { constantOf } from '../../../compiler/dims/dims.ts';
import type { ContractionPrim } from '../../../compiler/primitives/prim.ts';
import { KernelError } from '../../error.ts';
import { looped } from '../../fuse/axes.ts';
import { nodesOf } from '../../fuse/cost.ts';
import { type ContractionKernel, productsOf } from '../../fuse/kernel.ts';
import { naiveContraction } from '../../loops/naive.ts';
import { type Scheduled, VECTOR } from '../../loops/type.ts';
import { wholeOf } from '../../memory/overwrite.ts';
import { printWgsl } from '../../print/wgsl.ts';
import { bind } from '../../schedule/steps/bind.ts';
import { promote } from '../../schedule/steps/promote.ts';
import { split } from '../../schedule/steps/split.ts';
import { type LoopStep, scheduled } from '../../schedule/steps/step.ts';
import { asVectors, vectorise } from '../../schedule/steps/vectorise.ts';
import type { Emitted } from '../family.ts';
import type { Tile } from './tile.ts';
import { tileSteps } from './tile-steps.ts';
import type { Vectors } from './vectors.ts';
import { isQuantized, vectorsAlone } from './vectors.ts';

/** The largest bodies, in nodes, that the text repeats for four steps of the innermost loop. */
const MAX_UNROLLED_NODES = 24;

/** The loops of a kernel in canonical form by a tile. Throws KernelError for a tile whose stores others' reads would meet. */
export function contractionLoops(kernel: ContractionKernel, tile: Tile): Scheduled {
  if (!isWhole(kernel, tile))
    throw new KernelError(`tiles of '${kernel.tensor.label}' store over what others read`);
  return scheduled(naiveContraction(kernel, productsOf(kernel)), contractionSteps(kernel, tile));
}

/** Whether a tile has all rows, or all columns, where an overwrite needs that. */
export function isWhole(
  kernel: ContractionKernel,
  { rows, rowThreads, inTurn = 1, cols, colThreads }: Tile,
): boolean {
  const whole = wholeOf(kernel);
  return rows * rowThreads * inTurn >= whole.rows && cols * colThreads >= whole.cols;
}

export const emitPortable = (kernel: ContractionKernel, tile: Tile): Emitted =>
  printWgsl(contractionLoops(kernel, tile));

/** The steps for a kernel in canonical form. */
export function contractionSteps(kernel: ContractionKernel, tile: Tile): readonly LoopStep[] {
  const products = productsOf(kernel);
  const vectors = vectorsAlone(kernel, tile, products.every(isBrief) && !isQuantized(kernel));
  const { steps, each } = tileSteps(kernel, tile, { vectors });
  return [...steps, ...asBuffers(kernel, vectors), ...productSteps(products, each)];
}

/** The steps of products whose statements have nests of loops over `each` result of an invocation. */
export const productSteps = (
  products: readonly ContractionPrim[],
  each: readonly string[],
): readonly LoopStep[] => [
  ...each.map((e) => (e === 'v' ? vectorise(e, []) : bind(e, 'unrolled'))),
  ...products.flatMap(sumSteps),
  ...(each.length > 0 ? [promote('left', each), promote('right', each)] : []),
];

const isBrief = ({ a, b }: ContractionPrim): boolean => nodesOf(a) + nodesOf(b) <= MAX_UNROLLED_NODES;

/** The buffers that are loaded and stored as vectors, declared so. */
export function asBuffers({ root }: ContractionKernel, vectors: Vectors | undefined): readonly LoopStep[] {
  const buffers = vectors ? [...vectors.args, ...(vectors.out ? [root.args.length] : [])] : [];
  return buffers.length > 0 ? [asVectors(buffers)] : [];
}

/**
 * Unrolls the innermost loop of a product's sum by VECTOR or 2 steps, where the body is brief. `vectorsAlone` allows vectors
 * along sums only there, and their lengths are multiples of VECTOR.
 */
function sumSteps(product: ContractionPrim): readonly LoopStep[] {
  const inner = looped(product.over).at(-1);
  const extent = inner && constantOf(inner.extent);
  if (inner === undefined || extent === undefined || !isBrief(product)) return [];
  const times = [VECTOR, 2].find((n) => extent % n === 0);
  if (times === undefined) return [];
  const [steps, part] = [`${inner.name}_step`, `${inner.name}_part`];
  return [split(inner.name, times, steps, part), bind(part, 'unrolled')];
}
