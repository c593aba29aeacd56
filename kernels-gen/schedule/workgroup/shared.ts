/** Schedules whose invocations multiply operands that their workgroup staged. Each has EACH × EACH results of a tile. */
import type { DeviceClass } from '../../../compiler/devices/index.ts';
import type { ContractionPrim } from '../../../compiler/primitives/prim.ts';
import { axesIn } from '../../../compiler/primitives/visit.ts';
import { sizesOf } from '../../families/contraction/root.ts';
import type { Tile } from '../../families/contraction/tile.ts';
import { innermostLast, tileSteps } from '../../families/contraction/tile-steps.ts';
import type { Emitted, ScheduleOptions } from '../../families/family.ts';
import { isVector } from '../../families/vectors.ts';
import { classify, innermost, longest, looped } from '../../fuse/axes.ts';
import { type ContractionKernel, productsOf } from '../../fuse/kernel.ts';
import { isContiguous } from '../../fuse/strides.ts';
import { naiveContraction, naiveParts } from '../../loops/naive.ts';
import { type Scheduled, VECTOR } from '../../loops/type.ts';
import { wholeOf } from '../../memory/overwrite.ts';
import { printWgsl } from '../../print/wgsl.ts';
import { align } from '../steps/align.ts';
import { bind, rebind } from '../steps/bind.ts';
import { flatten } from '../steps/flatten.ts';
import { promote } from '../steps/promote.ts';
import { split } from '../steps/split.ts';
import { stage } from '../steps/stage.ts';
import { type LoopStep, scheduled } from '../steps/step.ts';
import { asVectors, vectorise } from '../steps/vectorise.ts';

/** The number of steps of a sum that are staged at once. */
export const DEPTH = 16;
/** The number of steps of a sum that the innermost loop has in its text. */
const UNROLLED = 4;
/** The results of an invocation along each direction. */
const EACH = 4;
/** The smallest and the largest number of results of a workgroup along each direction: powers of two. */
export const LEAST = 16;
export const MOST = 64;
/** The numbers of results that a workgroup may have along each direction: the powers of two from LEAST to MOST. */
export const TILE_SIZES: readonly number[] = Array.from(
  { length: Math.log2(MOST / LEAST) + 1 },
  (_, n) => LEAST << n,
);

/** The tile that a kernel is staged in; undefined where tiles would be mostly edge, or there is too little work. */
export function sharedTile(
  kernel: ContractionKernel,
  { tokens, strategy, device }: ScheduleOptions,
): Tile | undefined {
  const { batch, m, n, k } = sizesOf(kernel, tokens);
  if (longest(kernel.root.over) === undefined) return undefined;
  if (strategy !== 'shared' && (Math.min(m, n) < LEAST || batch * m * n * k < device.minWork))
    return undefined;
  return stagedTile(batch, m, n, device, wholeOf(kernel)).tile;
}

/**
 * The largest tile with which there are enough workgroups to keep a GPU busy, and the number of such tiles. A
 * tile has at least LEAST results along each direction, and `least` rows and columns.
 */
export function stagedTile(
  batch: number,
  m: number,
  n: number,
  { workgroups }: Pick<DeviceClass, 'workgroups'>,
  least = { rows: 1, cols: 1 },
): { tile: Tile; tiles: number } {
  let [rows, cols] = [MOST, MOST];
  const tiles = () => batch * Math.ceil(m / rows) * Math.ceil(n / cols);
  while (rows > LEAST && rows / 2 >= least.rows && (rows >= 2 * m || tiles() < workgroups)) rows /= 2;
  while (cols > LEAST && cols / 2 >= least.cols && (cols >= 2 * n || tiles() < workgroups)) cols /= 2;
  return { tile: tileOfGroup(rows, cols), tiles: tiles() };
}

/** A workgroup's tile. Both sizes are among TILE_SIZES. */
export const tileOfGroup = (rows: number, cols: number): Tile => ({
  rows: EACH,
  cols: EACH,
  batchThreads: 1,
  rowThreads: rows / EACH,
  colThreads: cols / EACH,
});

export const emitShared = (kernel: ContractionKernel, tile: Tile): Emitted =>
  printWgsl(sharedLoops(kernel, tile));

/** The loops of a kernel in canonical form by a tile. */
export const sharedLoops = (kernel: ContractionKernel, tile: Tile): Scheduled =>
  scheduled(naiveContraction(kernel, productsOf(kernel)), [
    ...productsOf(kernel).flatMap(({ over }) => innermostLast(over)),
    ...sharedSteps(kernel, tile, 1),
  ]);

/**
 * The loops of a kernel's parts: each part of a sum has every `parts`-th block of DEPTH steps. The kernel's result has a
 * first dimension for them.
 */
export const partLoops = (kernel: ContractionKernel, tile: Tile, parts: number): Scheduled =>
  scheduled(
    naiveParts(kernel, productsOf(kernel), { parts, depth: DEPTH }),
    sharedSteps(kernel, tile, parts),
  );

/** The steps for a kernel in canonical form. */
function sharedSteps(kernel: ContractionKernel, tile: Tile, parts: number): readonly LoopStep[] {
  const products = productsOf(kernel);
  const { steps, each } = tileSteps(kernel, tile, { isStaged: true, isOfParts: parts > 1 });
  const factors = products.map((p) => factorsOf(kernel, p));
  const vectors = new Set(factors.flat().flatMap((f) => (f.isVector ? [f.arg!] : [])));
  return [
    ...steps,
    ...(vectors.size > 0 ? [asVectors([...vectors])] : []),
    ...products.flatMap((p, n) => [
      ...(parts > 1 ? [] : [split(longest(p.over)!.name, DEPTH, ...namesOf(p))]),
      ...stagingSteps(p, factors[n]!, each, tile.rowThreads * tile.colThreads),
    ]),
    ...each.map((e) => (e === 'v' ? vectorise(e, []) : bind(e, 'unrolled'))),
    promote('left', each),
    promote('right', each),
  ];
}

/** The name of the loop over blocks of a product's sum. */
export const blockOf = (product: ContractionPrim): string => namesOf(product)[0];

/** The names of the loops over blocks of a sum, and over the steps of a block. */
export const namesOf = ({ over }: ContractionPrim): [outer: string, inner: string] => {
  const { name } = longest(over)!;
  return [`${name}_block`, `${name}_step`];
};

/** The steps that stage the factors of a product, and multiply from there. */
function stagingSteps(
  product: ContractionPrim,
  factors: readonly Factor[],
  axes: readonly string[],
  threads: number,
): readonly LoopStep[] {
  const [outer, inner] = namesOf(product);
  const [group, part] = [`${inner}_group`, `${inner}_part`];
  const alongSum = factors.flatMap((f) => (f.isAlongSum ? [f.side] : []));
  const places = { left: 'row_rest', right: 'col_rest' };
  return [
    stage({ outer, inner, axes, places, dtype: 'f32', alongSum }),
    ...factors.flatMap((f) => [...copySteps(f, threads), rebind(`${f.side}_lane`)]),
    split(inner, UNROLLED, group, part),
    bind(part, 'unrolled'),
  ];
}

/**
 * The steps that copy a tile: neighbouring invocations copy neighbours in the buffer, or an invocation copies a vector. The
 * loop `left_lane` or `right_lane` is the invocations'.
 */
export function copySteps(
  { side, isAlongSum, isVector, isPlaced }: Factor,
  threads: number,
): readonly LoopStep[] {
  const loops = [`${side}_step`, ...(isPlaced ? [`${side}_place`] : [])];
  const [fast, ...slow] = isAlongSum ? loops : loops.toReversed();
  const [groups, part] = [`${side}_group`, `${side}_part`];
  const [copy, each, lane] = [`${side}_copy`, `${side}_each`, `${side}_lane`];
  return [
    ...(isVector
      ? [split(fast!, VECTOR, groups, part), align(fast!, groups, part), bind(part, 'unrolled')]
      : []),
    flatten([...slow, isVector ? groups : fast!], copy),
    split(copy, threads, each, lane),
    bind(each, 'unrolled'),
  ];
}

/** A factor of a product, and how its tile is copied. */
export interface Factor {
  readonly side: 'left' | 'right';
  /** Whether the factor depends on the tile's rows or columns. */
  readonly isPlaced: boolean;
  /** Whether neighbouring steps of the sum are neighbours in memory. If not, neighbouring rows or columns may be. */
  readonly isAlongSum: boolean;
  /** Whether an invocation copies vectors. */
  readonly isVector: boolean;
  /** The argument that is copied as vectors. */
  readonly arg?: number;
}

export function factorsOf(kernel: ContractionKernel, product: ContractionPrim): readonly Factor[] {
  const { m, n } = classify(kernel.root);
  const inner = longest(product.over)!;
  const { args } = product;
  return (['left', 'right'] as const).map((side): Factor => {
    const [factor, axes] = side === 'left' ? ([product.a, m] as const) : ([product.b, n] as const);
    const isAlongSum = isContiguous(factor, inner, args, [...product.axes, ...product.over]);
    const axis = isAlongSum ? inner : innermost(axes);
    const used = axesIn(factor);
    const isPlaced = axes.some((a) => used.has(a.name));
    const own = { side, isAlongSum, isPlaced, isVector: false };
    if (axis === undefined || factor.k !== 'load' || !isVector(factor, axis, product)) return own;
    // A vector's parts are parts of one axis.
    const isOneAxis = isAlongSum || looped(axes).length === 1;
    const isReplaced = args[factor.arg] === kernel.overwrites?.tensor;
    return isOneAxis && isPlaced && !isReplaced ? { ...own, isVector: true, arg: factor.arg } : own;
  });
}
