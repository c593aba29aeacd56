/**
 * The steps by which a subgroup computes a tile of a contraction. Each lane (an invocation) has columns of its own. It
 * loads one step of the rows' operand along the sum, and the others get it by a shuffle.
 *
 *     for k0_block in ⌈k / 8⌉:
 *       k0_left[row, lane] = a[row, k0_block * 8 + lane]
 *       for k0_step in 8:
 *         acc[row, col] += k0_left[row, k0_step] * b[k0_block * 8 + k0_step, col]
 *
 * A lane may load a vector of steps of one operand, which then rotates: the current step is its first part.
 */
import { constantOf } from '../../../compiler/dims/dims.ts';
import type { Axis, ContractionPrim } from '../../../compiler/primitives/prim.ts';
import { axesIn, loadsOf } from '../../../compiler/primitives/visit.ts';
import { asBuffers } from '../../families/contraction/schedule.ts';
import type { Tile } from '../../families/contraction/tile.ts';
import { innermostLast, type TileOptions, tileSteps } from '../../families/contraction/tile-steps.ts';
import type { Vectors } from '../../families/contraction/vectors.ts';
import { isQuantized } from '../../families/contraction/vectors.ts';
import { isMultiple } from '../../families/vectors.ts';
import { classify, innermost, longest } from '../../fuse/axes.ts';
import { type ContractionKernel, productsOf } from '../../fuse/kernel.ts';
import { naiveContraction } from '../../loops/naive.ts';
import { type Scheduled, VECTOR } from '../../loops/type.ts';
import { bind } from '../steps/bind.ts';
import { clamp } from '../steps/clamp.ts';
import { distribute } from '../steps/distribute.ts';
import { fuse } from '../steps/fuse.ts';
import { promote } from '../steps/promote.ts';
import { reorder } from '../steps/reorder.ts';
import { rotate } from '../steps/rotate.ts';
import { spill } from '../steps/spill.ts';
import { split } from '../steps/split.ts';
import { type LoopStep, scheduled } from '../steps/step.ts';
import { trim } from '../steps/trim.ts';
import { vectorise } from '../steps/vectorise.ts';
import { isByBatches } from './batches.ts';
import { isScattered } from './cycles.ts';
import { LANES } from './lanes.ts';
import { isAlong, vectorsInLanes } from './vectors.ts';

/** The name of the loop over the lanes. */
const LANE = 'col_thread';
/**
 * The largest number of results of a lane that are stored without a loop. Each store in the text is slow to compile. A step
 * of a loop takes as long as a store, so a step has several.
 */
const MAX_STORES = 16;
/**
 * The largest number of steps of a sum that loads its rows' operand in a loop. Written one by one, the loads would be
 * most of the text of so short a sum.
 */
const BRIEF = 64;

interface LaneTileOptions extends Pick<TileOptions, 'isInBlock'> {
  /** Whether a subgroup finishes a load before the next store. */
  readonly isLockstep?: boolean;
}

/** The loops of a kernel in canonical form. */
export const laneTileLoops = (
  kernel: ContractionKernel,
  tile: Tile,
  options: LaneTileOptions = {},
): Scheduled => scheduled(naiveContraction(kernel, productsOf(kernel)), laneTileSteps(kernel, tile, options));

/** The steps for a kernel in canonical form, whose tile has as many columns of invocations as a subgroup has lanes. */
export function laneTileSteps(
  kernel: ContractionKernel,
  tile: Tile,
  { isInBlock = false, isLockstep = false }: LaneTileOptions = {},
): readonly LoopStep[] {
  const products = productsOf(kernel);
  // A block's operands are mostly in workgroup memory.
  const vectors = isInBlock ? undefined : vectorsInLanes(kernel, tile, false);
  // One right vector is in registers at a time, which takes lavapipe 2 to 5 % less time. For numbers, it would take more.
  const isByColumns = isMultiple(tile.cols) && tile.cols > VECTOR && !isQuantized(kernel);
  const { steps, each } = tileSteps(kernel, tile, {
    ...{ vectors, isInBlock, isByColumns },
    isByBatches: !isInBlock && isByBatches(kernel, tile.rows, LANES * tile.cols),
    waiting: isLockstep ? 'subgroup' : 'workgroup',
  });
  const shuffled = isByColumns ? each : each.filter((e) => !isRow(e));
  const sums = products.map((p) => sumOf(kernel, p, tile, each, vectors));
  return [
    ...products.flatMap((p) => innermostLast(p.over)),
    ...sums.flatMap((s) => s.splits),
    ...steps,
    ...asBuffers(kernel, vectors),
    ...sums.flatMap((s) => s.loads),
    ...(tile.rows * tile.cols > MAX_STORES ? storesInLoops(each, vectors?.out === true, tile.rows) : []),
    ...each.map(written),
    ...(each.length > 0 ? [promote('right', each)] : []),
    ...(shuffled.some((e) => e !== 'v') ? [promote('left', shuffled)] : []),
    fuse,
  ];
}

/** Writes the iterations of a loop out, those over columns beside each other as one vector. */
const written = (axis: string): LoopStep => (axis === 'v' ? vectorise(axis, []) : bind(axis, 'unrolled'));

const isRow = (axis: string): boolean => axis.startsWith('row_');

interface Sum {
  /** The steps that split the sum's innermost loop, and those that let lanes load its operands. */
  readonly splits: readonly LoopStep[];
  readonly loads: readonly LoopStep[];
}

function sumOf(
  kernel: ContractionKernel,
  product: ContractionPrim,
  tile: Tile,
  each: readonly string[],
  vectors: Vectors | undefined,
): Sum {
  const inner = longest(product.over)!;
  const { m, n } = classify(kernel.root);
  const k = inner.name;
  const [step, left, owns] = [`${k}_step`, `${k}_left`, `_${k}_own`];
  const hasRows = m.some((a) => axesIn(product.a).has(a.name));
  const rows = hasRows ? each.filter(isRow) : [];
  const isInLoop = isBrief(kernel, product, inner, tile, vectors);
  const loadRows = rows.map((r) => bind(`${r}${owns}`, isInLoop ? 'opaque' : 'unrolled'));
  const isFar = isScattered(product, innermost(n)!);
  if (!isFar && isAlong(product, 'a', vectors)) return turningLeft(k, each, loadRows);
  const loads = axesIn(product.a).has(k)
    ? [
        promote('left', [step, ...each], { as: left, suffix: owns }),
        clamp(`${k}${owns}`),
        trim(step),
        distribute(left, LANE, 0),
        ...loadRows,
      ]
    : [trim(step)];
  const isEven = isMultiple(constantOf(inner.extent), LANES);
  const columns = isFar && isEven ? heldColumns(k, each, isAlong(product, 'b', vectors)) : [];
  return { splits: [split(k, LANES, `${k}_block`, step)], loads: [...loads, ...columns] };
}

/** Each lane loads a vector of steps of the rows' operand, which rotates: all lanes' first steps come first. */
function turningLeft(k: string, each: readonly string[], loadRows: readonly LoopStep[]): Sum {
  const [block, rest, step, turn] = [`${k}_block`, `${k}_rest`, `${k}_step`, `${k}_turn`];
  const [left, owns] = [`${k}_left`, `_${k}_own`];
  return {
    splits: [
      split(k, LANES * VECTOR, block, rest),
      split(rest, VECTOR, step, turn),
      reorder([turn, step]),
      // A driver would unroll the loops.
      bind(block, 'opaque'),
      bind(turn, 'opaque'),
    ],
    loads: [
      promote('left', [step, ...each, turn], { as: left, suffix: owns }),
      distribute(left, LANE, 0),
      vectorise(`${turn}${owns}`, []),
      ...loadRows,
      rotate(left, turn),
    ],
  };
}

/**
 * Loads all steps of a column before the next column, whose loads may evict the column's lines from the cache: a vector
 * of steps, or two.
 */
function heldColumns(k: string, each: readonly string[], isVector: boolean): readonly LoopStep[] {
  const [step, turn, right, holds] = [`${k}_step`, `${k}_turn`, `${k}_right`, `_${k}_held`];
  const cols = each.filter((e) => !isRow(e)).map((c) => `${c}${holds}`);
  return [
    split(step, isVector ? VECTOR : 2, isVector ? `${k}_quad` : `${k}_pair`, turn),
    promote('right', [...each, turn], { as: right, suffix: holds }),
    ...cols.map((c) => bind(c, 'unrolled')),
    ...(isVector
      ? [vectorise(`${turn}${holds}`, []), rotate(right, turn)]
      : [bind(`${turn}${holds}`, 'unrolled'), bind(turn, 'unrolled')]),
  ];
}

/** Whether lanes load the rows of a product in a loop. */
function isBrief(
  kernel: ContractionKernel,
  product: ContractionPrim,
  { extent }: Axis,
  tile: Tile,
  vectors: Vectors | undefined,
): boolean {
  if (tile.rows <= LANES || vectors?.rows) return false;
  const args = kernel.root.args;
  const isPlain = loadsOf(product.a).every(({ arg }) => {
    const own = args[arg]!;
    return own.kind !== 'input' || own.storage === undefined;
  });
  return isPlain && (constantOf(extent) ?? Infinity) <= BRIEF;
}

/** Stores the results in loops, from an array. `inTurn` is whether a step of a loop has one store. */
function storesInLoops(each: readonly string[], inTurn: boolean, rows: number): readonly LoopStep[] {
  const loops = each.map((e) => `${e}_out`);
  const [row, part, quad] = ['row_each_out', 'row_part_out', 'row_quad_out'];
  const isOnlyRows = !loops.some((l) => l.startsWith('col_'));
  const isUnrolled = (l: string) => l === part && isOnlyRows && inTurn;
  const isSplit = isOnlyRows && inTurn && !loops.includes(part) && isMultiple(rows);
  return [
    spill('acc', each, { as: 'results', suffix: '_out' }),
    ...(isSplit ? [split(row, VECTOR, quad, part)] : []),
    ...loops.flatMap((l) => {
      if (l === 'v_out') return [vectorise(l, [])];
      if (isSplit) return [bind(quad, 'opaque'), bind(part, 'unrolled')];
      return [bind(l, isUnrolled(l) ? 'unrolled' : 'opaque')];
    }),
  ];
}
