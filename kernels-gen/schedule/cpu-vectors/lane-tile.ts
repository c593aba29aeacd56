/**
 * The steps by which a subgroup computes a tile of a contraction. Each lane (an invocation) has columns of its own. It
 * loads one step of the rows' operand along the sum, and the others get it by a shuffle.
 *
 *     for k0_block in ⌈k / 8⌉:
 *       k0_left[row, lane] = a[row, k0_block * 8 + lane]
 *       for k0_step in 8:
 *         acc[row, col] += k0_left[row, k0_step] * b[k0_block * 8 + k0_step, col]
 */
import type { ContractionPrim } from '../../../compiler/primitives/prim.ts';
import { axesIn } from '../../../compiler/primitives/visit.ts';
import type { Tile } from '../../families/contraction/tile.ts';
import { innermostLast, type TileOptions, tileSteps } from '../../families/contraction/tile-steps.ts';
import { classify, longest } from '../../fuse/axes.ts';
import { type ContractionKernel, productsOf } from '../../fuse/kernel.ts';
import { naiveContraction } from '../../loops/naive.ts';
import type { Scheduled } from '../../loops/type.ts';
import { bind } from '../steps/bind.ts';
import { clamp } from '../steps/clamp.ts';
import { distribute } from '../steps/distribute.ts';
import { fuse } from '../steps/fuse.ts';
import { promote } from '../steps/promote.ts';
import { split } from '../steps/split.ts';
import { type LoopStep, scheduled } from '../steps/step.ts';
import { trim } from '../steps/tighten.ts';
import { vectorise } from '../steps/vectorise.ts';
import { LANES } from './lanes.ts';

/** The name of the loop over the lanes. */
const LANE = 'col_thread';

/** The loops of a kernel in canonical form. */
export const laneTileLoops = (kernel: ContractionKernel, tile: Tile): Scheduled =>
  scheduled(naiveContraction(kernel, productsOf(kernel)), laneTileSteps(kernel, tile));

/** The steps for a kernel in canonical form, whose tile has as many columns of invocations as a subgroup has lanes. */
export function laneTileSteps(
  kernel: ContractionKernel,
  tile: Tile,
  options: Pick<TileOptions, 'isInBlock'> = {},
): readonly LoopStep[] {
  const products = productsOf(kernel);
  const { m } = classify(kernel.root);
  const hasRows = ({ a }: ContractionPrim) => m.some(({ name }) => axesIn(a).has(name));
  const { steps, each } = tileSteps(kernel, tile, options);
  return [
    ...products.flatMap((p) => innermostLast(p.over)),
    ...products.map((p) => split(innerOf(p), LANES, `${innerOf(p)}_block`, `${innerOf(p)}_step`)),
    ...steps,
    ...products.flatMap((p) => exchanged(p, each, hasRows(p))),
    ...each.map((e) => (e === 'v' ? vectorise(e, []) : bind(e, 'unrolled'))),
    ...(each.length > 0 ? [promote('left', each), promote('right', each)] : []),
    fuse,
  ];
}

const innerOf = ({ over }: ContractionPrim): string => longest(over)!.name;

/** Lets each lane load one step of a product's left factor, which has rows or not. All lanes then read it. */
function exchanged(product: ContractionPrim, each: readonly string[], hasRows: boolean): readonly LoopStep[] {
  const inner = innerOf(product);
  const [step, left, own] = [`${inner}_step`, `${inner}_left`, `_${inner}`];
  if (!axesIn(product.a).has(inner)) return [trim(step)];
  const rows = hasRows ? each.filter((e) => e.startsWith('row_')) : [];
  return [
    promote('left', [step, ...each], { as: left, suffix: own }),
    clamp(`${inner}${own}`),
    trim(step),
    distribute(left, LANE, 0),
    ...rows.map((r) => bind(`${r}${own}`, 'unrolled')),
  ];
}
