/**
 * The steps of attention, and its portable schedule. A workgroup has a tile of rows, and goes through the others several
 * at a time. Each pair of a row and another has an invocation, which computes the pair's weight. A row's invocations hand
 * each other their weights, and each adds up the channels that are dealt to it.
 */
import {
  ax,
  iadd,
  idiv,
  ilt,
  imul,
  int,
  iselect,
  extentOf as sizeOf,
} from '../../../compiler/primitives/build.ts';
import type { AttentionPart, AttentionPrim } from '../../../compiler/primitives/prim.ts';
import { mergeTotals, naiveAttention, sizesOf } from '../../loops/naive-attention.ts';
import type { Scheduled } from '../../loops/type.ts';
import { printWgsl } from '../../print/wgsl.ts';
import { bind, bindInvocation } from '../../schedule/steps/bind.ts';
import { clamp } from '../../schedule/steps/clamp.ts';
import { deal, roundOf } from '../../schedule/steps/deal.ts';
import { hand } from '../../schedule/steps/hand.ts';
import { mask } from '../../schedule/steps/mask.ts';
import { privatise } from '../../schedule/steps/privatise.ts';
import { promote } from '../../schedule/steps/promote.ts';
import { reorder } from '../../schedule/steps/reorder.ts';
import { split } from '../../schedule/steps/split.ts';
import { type LoopStep, scheduled } from '../../schedule/steps/step.ts';
import { skip, tighten } from '../../schedule/steps/tighten.ts';
import type { Emitted } from '../family.ts';
import { keysSeen, seesBefore } from './seen.ts';

/** The rows of a workgroup: tokens, or keys for `keyValue`. */
export interface Tile {
  readonly rows: number;
  /** The number of the others that the tile goes through at once, and of the invocations that share a row's channels. */
  readonly atOnce: number;
}

const TILE: Tile = { rows: 8, atOnce: 8 };
/** The channels that a step of the loop takes. The code keeps drivers from unrolling more: some would take a minute. */
const UNROLLED = 4;

/** The registers with weights, the loops that add up products with them, and the arrays of these sums. */
interface Sums {
  readonly weights: readonly string[];
  readonly loops: readonly string[];
  readonly arrays: readonly string[];
}
const SUMS: Readonly<Record<AttentionPart, Sums>> = {
  lse: { weights: [], loops: [], arrays: [] },
  output: { weights: ['p'], loops: ['c_sum'], arrays: ['sum'] },
  query: { weights: ['w'], loops: ['c_sum'], arrays: ['sum'] },
  keyValue: { weights: ['p', 'w'], loops: ['c_key', 'c_value'], arrays: ['key', 'value'] },
};

export const attentionLoops = (root: AttentionPrim): Scheduled =>
  scheduled(naiveAttention(root), attentionSteps(root));

export const emitPortable = (root: AttentionPrim): Emitted =>
  printWgsl(attentionLoops(root), { computesAgain: true });

export function attentionSteps(root: AttentionPrim): readonly LoopStep[] {
  return [
    ...tileSteps(root, TILE),
    ...(root.part === 'lse' ? [] : [mask(otherOf(root), SUMS[root.part].weights)]),
    ...pairSteps(root, TILE),
    ...channelLoops(root).map((c) => bind(c, 'unrolled')),
    bindInvocation('row'),
    ...boundSteps(root, TILE),
    ...(sizesOf(root).width % UNROLLED === 0
      ? [split('c', UNROLLED, 'c_step', 'c_part'), bind('c_step', 'opaque'), bind('c_part', 'unrolled')]
      : [bind('c', 'opaque')]),
  ];
}

export const sumsOf = ({ part }: AttentionPrim): Sums => SUMS[part];

/** The axis that a tile goes through. */
export const otherOf = ({ part }: AttentionPrim): string => (part === 'keyValue' ? 'i' : 'j');

/** Gives each workgroup a tile of a head's rows, and splits the others that it goes through. */
export function tileSteps(root: AttentionPrim, { rows, atOnce }: Tile): readonly LoopStep[] {
  const isOfKeys = root.part === 'keyValue';
  const row = isOfKeys ? 'j' : 'i';
  const heads = isOfKeys ? ['key_head'] : ['key_head', 'm'];
  return [
    split(row, rows, 'tile', 'row'),
    reorder(['tile', ...heads, 'row']),
    ...['tile', ...heads].map((axis) => bind(axis, 'workgroup')),
    clamp(row),
    split(otherOf(root), atOnce, 'block', 'place'),
    ...(isOfKeys ? [reorder(['block', 'm', 'place'])] : []),
  ];
}

/** Gives each pair of a row and another an invocation, which hands its weights to the row's others. */
export function pairSteps(root: AttentionPrim, { atOnce }: Tile): readonly LoopStep[] {
  const { weights, loops, arrays } = SUMS[root.part];
  if (root.part === 'lse')
    return [
      privatise('place', ['most', 'total'], { around: 'row', as: 'u', by: mergeTotals }),
      bind('u', 'opaque'),
    ];
  return [
    hand(['place'], weights, { as: ['u'], each: ['row'] }),
    deal(['c_start', ...loops, 'c_end'], { arrays, threads: atOnce, as: 'place', around: 'row' }),
    bind(roundOf('c_end'), 'unrolled'),
    bind('u', 'opaque'),
    ...(root.part === 'keyValue' ? [bind('m', 'opaque')] : []),
    ...loops.map((c) => promote('left', [roundOf(c)])),
  ];
}

/** The loops in which an invocation sets and adds up its channels. */
export const channelLoops = ({ part }: AttentionPrim): readonly string[] =>
  part === 'lse' ? [] : ['c_start', ...SUMS[part].loops].map(roundOf);

/** Lets a tile go through the others that its rows may see, or that may see them. */
export function boundSteps(root: AttentionPrim, { rows, atOnce }: Tile): readonly LoopStep[] {
  const sizes = sizesOf(root);
  const next = imul(iadd(ax('tile'), int(1)), int(rows));
  if (root.part !== 'keyValue') {
    const tokens = sizeOf(sizes.tokens);
    // The last tile may end several blocks beyond the last token.
    const last = rows > atOnce ? iselect(ilt(next, tokens), next, tokens) : next;
    const { names, first, end = last } = keysSeen(sizes, { at: imul(ax('tile'), int(rows)), count: rows });
    return [
      tighten('block', 'the keys that tokens of the tile see', {
        names,
        from: idiv(first, atOnce),
        // Without ranges, a token sees no key after itself.
        end: idiv(iadd(end, int(atOnce - 1)), atOnce),
      }),
    ];
  }
  const { names, cond } = seesBefore(sizes, next, { at: imul(ax('block'), int(atOnce)), count: atOnce });
  const from = idiv(imul(ax('tile'), int(rows)), atOnce);
  return [
    ...(sizes.ranged ? [] : [tighten('block', 'the tokens that are not before the tile', { from })]),
    skip('block', 'whose tokens see only later keys', names, cond),
  ];
}
