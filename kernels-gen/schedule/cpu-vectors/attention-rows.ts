/**
 * Attention in which each lane (an invocation of a subgroup) has rows of its own: queries, or keys for `keyValue`. Lanes hold
 * the rows' factors and sums, while the others go by, a few at a time. The subgroup loads each of the others once, a part
 * in each lane, and lanes get the rest by shuffles. So the loads, which are slow, are shared by all rows of a subgroup.
 *
 *     for c: held[row, c] = q[row, c]
 *     for block of keys:
 *       for u in 4: other[u, c] = k[block * 4 + u, c]     each lane loads an eighth
 *       for c, u, row: s[u, row] += held[row, c] * other[u, c]
 *       for u, row: p[u, row] = exp(s[u, row] − lse[row])
 *       for c, row, u: sum[row, c] += p[u, row] * value[u, c]
 */
import type { AttentionPart, AttentionPrim } from '../../../compiler/primitives/prim.ts';
import { boundSteps, otherOf, sumsOf } from '../../families/attention/schedule.ts';
import { naiveAttention, sizesOf } from '../../loops/naive-attention.ts';
import { type Scheduled, VECTOR } from '../../loops/type.ts';
import { bind, bindInvocation } from '../steps/bind.ts';
import { cacheWrite } from '../steps/cache-write.ts';
import { clamp } from '../steps/clamp.ts';
import { distribute } from '../steps/distribute.ts';
import { fission } from '../steps/fission.ts';
import { flatten } from '../steps/flatten.ts';
import { fuse } from '../steps/fuse.ts';
import { loadRow } from '../steps/load-row.ts';
import { mask } from '../steps/mask.ts';
import { promote } from '../steps/promote.ts';
import { reorder } from '../steps/reorder.ts';
import { split } from '../steps/split.ts';
import { type LoopStep, scheduled } from '../steps/step.ts';
import { vectorise } from '../steps/vectorise.ts';
import { LANES } from './lanes.ts';

/** The arguments whose rows go by (prim.ts). */
const OTHERS: Readonly<Record<AttentionPart, readonly number[]>> = {
  lse: [1],
  output: [1, 3],
  query: [1, 3],
  keyValue: [0, 5],
};

/** The number of dot products of each pair of a row and another. */
const DOTS: Readonly<Record<AttentionPart, number>> = { lse: 1, output: 1, query: 2, keyValue: 2 };

/** The arrays of a row's factors in dot products. */
export const heldFactors = (part: AttentionPart): readonly string[] => ['held', 'held1'].slice(0, DOTS[part]);

/** The rows of a lane, and the number of the others that a step of the loop takes. */
export interface RowTile {
  readonly each: number;
  readonly atOnce: number;
}

/** The largest numbers of channels with which a lane has four rows, and two. More would fill a cache, and the text. */
const [NARROW, WIDE] = [64, 128] as const;

/**
 * The tile of a part; undefined where its rows have too many channels. Fewer of the others at once would take more loads and
 * stores of sums, and more of them take more text.
 */
export function rowTile(root: AttentionPrim): RowTile | undefined {
  const { width } = sizesOf(root);
  if (width > WIDE) return undefined;
  return { each: width > NARROW ? 2 : 4, atOnce: root.part === 'lse' ? 4 : 2 };
}

/** The loops of attention in which each lane has rows of its own. */
export const rowLoops = (root: AttentionPrim, tile: RowTile): Scheduled =>
  scheduled(naiveAttention(root), rowSteps(root, tile));

/** The largest divisor of `n` that is at most `most`. */
const divisor = (n: number, most: number): number =>
  Array.from({ length: most }, (_, i) => most - i).find((d) => n % d === 0)!;

/** How the rows of a tile and the others are dealt. */
interface Dealt {
  readonly steps: readonly LoopStep[];
  /** The tokens or keys that a workgroup has as rows, and those that a step of the loop takes. */
  readonly rows: number;
  readonly atOnce: number;
}

/** Gives each lane of a subgroup queries: neighbouring tokens of heads that share keys. */
function queriesInLanes(root: AttentionPrim, { each, atOnce }: RowTile): Dealt {
  const { heads, keyHeads } = sizesOf(root);
  const members = divisor(heads / keyHeads, each);
  const tokens = Math.floor(each / members);
  const rows = LANES * tokens;
  const groups = ['tile', 'key_head', 'members'];
  return {
    ...{ rows, atOnce },
    steps: [
      split('m', members, 'members', 'member'),
      split('i', rows, 'tile', 'row'),
      split('row', tokens, 'lane', 'turn'),
      reorder([...groups, 'lane', 'turn', 'member']),
      flatten(['turn', 'member'], 'part'),
      ...groups.map((axis) => bind(axis, 'workgroup')),
      bindInvocation('lane'),
      clamp('i'),
      split('j', atOnce, 'block', 'u'),
    ],
  };
}

/** Gives each lane of a subgroup neighbouring keys. The others are tokens of heads that share keys. */
function keysInLanes(root: AttentionPrim, { each, atOnce }: RowTile): Dealt {
  const { heads, keyHeads } = sizesOf(root);
  const members = divisor(heads / keyHeads, atOnce);
  const tokens = Math.floor(atOnce / members);
  const rows = LANES * each;
  const groups = ['tile', 'key_head'];
  return {
    ...{ rows, atOnce: tokens },
    steps: [
      split('j', rows, 'tile', 'row'),
      split('row', each, 'lane', 'part'),
      reorder([...groups, 'lane', 'part']),
      ...groups.map((axis) => bind(axis, 'workgroup')),
      bindInvocation('lane'),
      clamp('j'),
      split('m', members, 'members', 'member'),
      split('i', tokens, 'block', 'turn'),
      reorder(['members', 'block', 'turn', 'member']),
      flatten(['turn', 'member'], 'u'),
      bind('members', 'opaque'),
    ],
  };
}

export function rowSteps(root: AttentionPrim, tile: RowTile): readonly LoopStep[] {
  const isOfKeys = root.part === 'keyValue';
  const { weights, loops, arrays } = sumsOf(root);
  const { steps, ...dealt } = isOfKeys ? keysInLanes(root, tile) : queriesInLanes(root, tile);
  const others = OTHERS[root.part].map((of, n) => ({ of, name: n === 0 ? 'other' : `other${n}` }));
  const { width } = sizesOf(root);
  const vector = width % VECTOR === 0 ? VECTOR : 1;
  return [
    ...steps,
    mask(otherOf(root), weights),
    promote(isOfKeys ? 'right' : 'left', ['c'], { as: 'held', before: 'block', suffix: '_held' }),
    fission(['part']),
    ...others.map(({ of }) => loadRow(of, 'u', 'other', vector)),
    fission(['u']),
    ...others.flatMap(({ of, name }) => [
      distribute(name, 'lane', 1),
      ...(vector > 1 ? [vectorise(`c_${name}_part`, [of])] : []),
    ]),
    ...arrays.map((name) => cacheWrite(name, 'u', [], `own_${name}`)),
    ...boundSteps(root, dealt),
    ...['u', 'part', 'c', ...loops].map((axis) => bind(axis, 'unrolled')),
    // A driver would unroll them, and then hold whole rows in registers: it takes seconds to choose which to spill.
    ...wholeRows(root).map((axis) => bind(axis, 'opaque')),
    fuse,
  ];
}

/** The loops over all channels of a row that set, load or store what a lane keeps in memory. */
const wholeRows = ({ part }: AttentionPrim): readonly string[] => [
  ...(part === 'lse' ? [] : ['c_start', 'c_end']),
  ...heldFactors(part).map((name) => `c_${name}`),
];
