/**
 * Attention by a subgroup. Most attention has its rows in lanes (attention-rows.ts). For a single token, and for rows of many
 * channels, each lane (an invocation) has all rows of a tile and one of the others that the tile goes through. A row's
 * channels are dealt to the lanes, which get the rest from each other by shuffles.
 */
import type { AttentionPrim } from '../../../compiler/primitives/prim.ts';
import {
  boundSteps,
  channelLoops,
  otherOf,
  pairSteps,
  sumsOf,
  type Tile,
  tileSteps,
} from '../../families/attention/schedule.ts';
import type { ScheduleOptions, Way } from '../../families/family.ts';
import { naiveAttention, sizesOf } from '../../loops/naive-attention.ts';
import type { Scheduled } from '../../loops/type.ts';
import { printWgsl } from '../../print/wgsl.ts';
import { bind } from '../steps/bind.ts';
import { clamp } from '../steps/clamp.ts';
import { distribute } from '../steps/distribute.ts';
import { fission } from '../steps/fission.ts';
import { fuse } from '../steps/fuse.ts';
import { mask } from '../steps/mask.ts';
import { promote } from '../steps/promote.ts';
import { reorder } from '../steps/reorder.ts';
import { shuffle } from '../steps/shuffle.ts';
import { split } from '../steps/split.ts';
import { type LoopStep, scheduled } from '../steps/step.ts';
import { trim } from '../steps/trim.ts';
import { heldFactors, rowLoops, rowTile } from './attention-rows.ts';
import { LANES } from './lanes.ts';

export function attentionWays(root: AttentionPrim, { one, tokens }: ScheduleOptions): readonly Way[] {
  // A single token, as in generating text, would leave all rows but one idle.
  const alone: Way = { strategy: 'lanes', maxTokens: 1, emit: () => printWgsl(laneLoops(root, 1)) };
  return [
    ...((one || tokens <= 1) && root.part !== 'keyValue' ? [alone] : []),
    {
      strategy: 'lanes',
      emit: () => {
        const tile = rowTile(root);
        return tile ? printWgsl(rowLoops(root, tile), { isTested: true }) : printWgsl(laneLoops(root));
      },
    },
  ];
}

/** The number of rows of a lane: fewer where a row has many sums, because all of them are in registers. */
function rowsOf(root: AttentionPrim): number {
  const sums = sumsOf(root).arrays.length * Math.ceil(sizesOf(root).width / LANES);
  return sums <= 16 ? LANES : LANES / 2;
}

/** The loops of attention in which a subgroup has `rows` rows. */
export const laneLoops = (root: AttentionPrim, rows = rowsOf(root)): Scheduled =>
  scheduled(naiveAttention(root), laneSteps(root, rows));

export function laneSteps(root: AttentionPrim, rows: number): readonly LoopStep[] {
  const tile: Tile = { rows, atOnce: LANES };
  const held = heldFactors(root.part);
  return [
    ...tileSteps(root, tile),
    mask(otherOf(root), sumsOf(root).weights),
    ...pairSteps(root, tile),
    split('c', LANES, 'c_block', 'c_lane'),
    // The factor of the row, which is the same in all lanes.
    promote(root.part === 'keyValue' ? 'right' : 'left', ['c_lane'], { as: 'held', suffix: '_held' }),
    ...held.map((name) => clamp(`c_${name}`)),
    trim('c_lane'),
    reorder(['place', 'row']),
    fission(['row']),
    bind('row', 'unrolled'),
    shuffle('place'),
    ...held.map((name) => distribute(name, 'place')),
    ...boundSteps(root, tile),
    bind('c_block', 'opaque'),
    // No driver unrolls a loop that is trimmed.
    ...(sizesOf(root).width % LANES === 0 ? [bind('c_lane', 'opaque')] : []),
    ...channelLoops(root).map((c) => bind(c, 'unrolled')),
    fuse,
  ];
}
