/**
 * The portable schedule of attention. A workgroup has ROWS tokens, or keys for `keyValue`, and goes through the others
 * AT_ONCE at a time. Each pair of a row and another has an invocation, which computes the pair's weight. A row's
 * invocations hand each other their weights, and each adds up every AT_ONCE-th channel.
 */
import { ax, iadd, idiv, imul, int } from '../../../compiler/primitives/build.ts';
import type { AttentionPart, AttentionPrim } from '../../../compiler/primitives/prim.ts';
import { mergeTotals, naiveAttention, type Sizes, sizesOf } from '../../loops/naive-attention.ts';
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

const [ROWS, AT_ONCE] = [8, 8];
/** The channels that a step of the loop takes. The code keeps drivers from unrolling more: some would take a minute. */
const UNROLLED = 4;

/** The registers with weights, the loops that add up products with them, and the arrays of these sums. */
const SUMS: Readonly<Record<Exclude<AttentionPart, 'lse'>, readonly (readonly string[])[]>> = {
  output: [['p'], ['c_sum'], ['sum']],
  query: [['w'], ['c_sum'], ['sum']],
  keyValue: [
    ['p', 'w'],
    ['c_key', 'c_value'],
    ['key', 'value'],
  ],
};

export const attentionLoops = (root: AttentionPrim): Scheduled =>
  scheduled(naiveAttention(root), attentionSteps(root));

export const emitPortable = (root: AttentionPrim): Emitted =>
  printWgsl(attentionLoops(root), { computesAgain: true });

export function attentionSteps(root: AttentionPrim): readonly LoopStep[] {
  const sizes = sizesOf(root);
  const isOfKeys = root.part === 'keyValue';
  const [row, other, head] = isOfKeys ? ['j', 'i', 'key_head'] : ['i', 'j', 'head'];
  return [
    split(row, ROWS, 'tile', 'row'),
    reorder(['tile', head, 'row']),
    bind('tile', 'workgroup'),
    bind(head, 'workgroup'),
    clamp(row),
    split(other, AT_ONCE, 'block', 'place'),
    ...(isOfKeys ? [reorder(['block', 'm', 'place'])] : []),
    ...(root.part === 'lse' ? totalSteps : sumSteps(root.part, other)),
    bindInvocation('row'),
    ...(isOfKeys ? seenSteps(sizes) : [seeingStep(sizes)]),
    ...(sizes.width % UNROLLED === 0
      ? [split('c', UNROLLED, 'c_step', 'c_part'), bind('c_step', 'opaque'), bind('c_part', 'unrolled')]
      : [bind('c', 'opaque')]),
  ];
}

const totalSteps: readonly LoopStep[] = [
  privatise('place', ['most', 'total'], { around: 'row', as: 'u', by: mergeTotals }),
  bind('u', 'opaque'),
];

/** The steps of weighted sums over the loop `other`. */
function sumSteps(part: keyof typeof SUMS, other: string): readonly LoopStep[] {
  const [weights, sums, arrays] = SUMS[part] as readonly [
    readonly string[],
    readonly string[],
    readonly string[],
  ];
  const channels = ['c_start', ...sums, 'c_end'];
  return [
    mask(other, weights),
    hand(['place'], weights, { as: ['u'], each: ['row'] }),
    deal(channels, { arrays, threads: AT_ONCE, as: 'place', around: 'row' }),
    bind('u', 'opaque'),
    ...(part === 'keyValue' ? [bind('m', 'opaque')] : []),
    ...sums.map((c) => promote('left', [roundOf(c)])),
    ...channels.map((c) => bind(roundOf(c), 'unrolled')),
  ];
}

/** Lets a tile's tokens go through the blocks of keys from the first to the last that any of them sees. */
function seeingStep(sizes: Sizes): LoopStep {
  const { names, first, end } = keysSeen(sizes, { at: imul(ax('tile'), int(ROWS)), count: ROWS });
  return tighten('block', 'the keys that tokens of the tile see', {
    names,
    from: idiv(first, AT_ONCE),
    // Without ranges, a token sees no key after itself.
    end: end ? idiv(iadd(end, int(AT_ONCE - 1)), AT_ONCE) : iadd(ax('tile'), int(1)),
  });
}

/** Lets a tile's keys go through the blocks of tokens that may see them. */
function seenSteps(sizes: Sizes): readonly LoopStep[] {
  const next = imul(iadd(ax('tile'), int(1)), int(ROWS));
  const { names, cond } = seesBefore(sizes, next, { at: imul(ax('block'), int(AT_ONCE)), count: AT_ONCE });
  return [
    ...(sizes.ranged
      ? []
      : [tighten('block', 'the tokens that are not before the tile', { from: ax('tile') })]),
    skip('block', 'whose tokens see only later keys', names, cond),
  ];
}
