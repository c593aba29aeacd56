/** Every step of schedules, with arguments of all sorts from a kernel's own names. */
import { dimConst } from '../../../compiler/dims/dims.ts';
import { ax, type call, ilt, int } from '../../../compiler/primitives/build.ts';
import type { Body, LoopKernel, Memory, Statement } from '../../../kernels-gen/loops/type.ts';
import { align } from '../../../kernels-gen/schedule/steps/align.ts';
import { bind, bindInvocation, rebind } from '../../../kernels-gen/schedule/steps/bind.ts';
import { cacheWrite } from '../../../kernels-gen/schedule/steps/cache-write.ts';
import { clamp } from '../../../kernels-gen/schedule/steps/clamp.ts';
import { collect } from '../../../kernels-gen/schedule/steps/collect.ts';
import { deal } from '../../../kernels-gen/schedule/steps/deal.ts';
import { demote } from '../../../kernels-gen/schedule/steps/demote.ts';
import { distribute } from '../../../kernels-gen/schedule/steps/distribute.ts';
import { exchange } from '../../../kernels-gen/schedule/steps/exchange.ts';
import { fission } from '../../../kernels-gen/schedule/steps/fission.ts';
import { flatten } from '../../../kernels-gen/schedule/steps/flatten.ts';
import { fuse } from '../../../kernels-gen/schedule/steps/fuse.ts';
import { hand } from '../../../kernels-gen/schedule/steps/hand.ts';
import { invert } from '../../../kernels-gen/schedule/steps/invert.ts';
import { keep } from '../../../kernels-gen/schedule/steps/keep.ts';
import { loadRow } from '../../../kernels-gen/schedule/steps/load-row.ts';
import { loadVectors } from '../../../kernels-gen/schedule/steps/load-vectors.ts';
import { mask } from '../../../kernels-gen/schedule/steps/mask.ts';
import { pipeline } from '../../../kernels-gen/schedule/steps/pipeline.ts';
import { privatise } from '../../../kernels-gen/schedule/steps/privatise.ts';
import { promote } from '../../../kernels-gen/schedule/steps/promote.ts';
import { reorder } from '../../../kernels-gen/schedule/steps/reorder.ts';
import { roll } from '../../../kernels-gen/schedule/steps/roll.ts';
import { rotate } from '../../../kernels-gen/schedule/steps/rotate.ts';
import { share } from '../../../kernels-gen/schedule/steps/share.ts';
import { shift } from '../../../kernels-gen/schedule/steps/shift.ts';
import { shiftIn } from '../../../kernels-gen/schedule/steps/shift-in.ts';
import { shuffle } from '../../../kernels-gen/schedule/steps/shuffle.ts';
import { spill } from '../../../kernels-gen/schedule/steps/spill.ts';
import { split } from '../../../kernels-gen/schedule/steps/split.ts';
import { spread } from '../../../kernels-gen/schedule/steps/spread.ts';
import { stage } from '../../../kernels-gen/schedule/steps/stage.ts';
import type { LoopStep } from '../../../kernels-gen/schedule/steps/step.ts';
import { strip } from '../../../kernels-gen/schedule/steps/strip.ts';
import { bindSubgroups } from '../../../kernels-gen/schedule/steps/subgroups.ts';
import { tensorise } from '../../../kernels-gen/schedule/steps/tensorise.ts';
import { skip, tighten } from '../../../kernels-gen/schedule/steps/tighten.ts';
import { trim } from '../../../kernels-gen/schedule/steps/trim.ts';
import { asVectors, vectorise } from '../../../kernels-gen/schedule/steps/vectorise.ts';
import { wait } from '../../../kernels-gen/schedule/steps/wait.ts';

/** The names of a kernel: axes of loops, with those that it names, and memories by their spaces. */
interface Names {
  readonly axes: readonly string[];
  readonly pairs: readonly (readonly [string, string])[];
  readonly memories: readonly string[];
  readonly registers: readonly string[];
  readonly numbers: readonly number[];
}

export function namesOf({ body, memories }: LoopKernel): Names {
  const axes = new Set<string>();
  const visit = (block: Body): void => {
    for (const s of block) {
      if (s.k === 'for') axes.add(s.axis);
      if (s.k === 'let') axes.add(s.name);
      if ('body' in s) visit(s.body);
    }
  };
  visit(body);
  const all = [...axes].slice(0, 8);
  const of = (space: Memory['space']) => memories.filter((m) => m.space === space).map((m) => m.name);
  return {
    axes: [...all, 'none'],
    pairs: all.flatMap((a) => all.filter((b) => b !== a).map((b) => [a, b] as const)),
    memories: [...memories.map((m) => m.name), 'none'],
    registers: [...of('register'), 'none'],
    numbers: memories.map((_, n) => n),
  };
}

const each = <A, B>(a: readonly A[], b: readonly B[]): (readonly [A, B])[] =>
  a.flatMap((x) => b.map((y) => [x, y] as const));
const SIZES = [2, 4, 8];
const adds = (kernel: LoopKernel, others: readonly Parameters<typeof call>[1][]): Statement[] =>
  others.slice(0, 1).map(
    (value) =>
      ({
        ...{ k: 'accumulate', to: kernel.memories.findIndex((m) => m.space === 'register') },
        ...{ index: [], combine: 'sum', value },
      }) as Statement,
  );

/** The steps of each kind. */
export const STEPS: Readonly<Record<string, (names: Names) => readonly LoopStep[]>> = {
  align: ({ axes, pairs }) =>
    each(axes.slice(0, 3), pairs).map(([i, [group, part]]) => align(i, group, part)),
  bind: ({ axes }) =>
    each(axes, ['serial', 'opaque', 'unrolled', 'workgroup'] as const).map(([a, how]) => bind(a, how)),
  bindInvocation: ({ axes }) => axes.flatMap((a) => [bindInvocation(a), rebind(a)]),
  bindSubgroups: ({ axes }) => each(axes, SIZES).map(([a, n]) => bindSubgroups(a, n)),
  cacheWrite: ({ memories, axes, pairs }) => [
    ...each(memories, axes).map(([m, a]) => cacheWrite(m, a, [], 'cached')),
    ...each(memories, pairs).map(([m, [a, b]]) => cacheWrite(m, a, [b], 'cached')),
  ],
  clamp: ({ axes }) => axes.map(clamp),
  collect: ({ axes, pairs }) => [...axes.map((a) => [a]), ...pairs].map((all) => collect(all, 'all')),
  deal: ({ axes, pairs, registers }) => [
    ...pairs.map(([a, around]) => deal([a], { threads: 2, as: 't', around })),
    ...each(pairs, registers).map(([[a, around], r]) =>
      deal([a], { arrays: [r], threads: 4, as: 't', around }),
    ),
    ...axes.map((a) => deal(axes.slice(0, 2), { threads: 2, as: a, around: a })),
  ],
  demote: ({ memories, axes }) =>
    each(memories, axes).flatMap(([m, a]) => [demote(m, a, 0), demote(m, a, 1), demote(m, a, 0, true)]),
  distribute: ({ memories, axes }) =>
    each(memories, axes).flatMap(([m, a]) => [distribute(m, a), distribute(m, a, 0), distribute(m, a, 1)]),
  exchange: ({ pairs }) => each(pairs, SIZES).map(([[a, b], n]) => exchange(a, b, n)),
  fission: ({ axes, pairs }) => [...axes.map((a) => [a]), ...pairs].map(fission),
  flatten: ({ axes, pairs }) => [...axes.map((a) => [a]), ...pairs].map((all) => flatten(all, 'flat')),
  fuse: () => [fuse],
  hand: ({ pairs, registers, axes }) => [
    ...each(pairs, registers).map(([[a, b], r]) => hand([a], [r], { as: [b], each: [] })),
    ...each(pairs, registers).map(([[a, b], r]) =>
      hand([a], [r], { as: ['other'], each: [b], isLast: true }),
    ),
    ...axes.map((a) => hand([a], registers, { as: ['other'], each: [] })),
  ],
  invert: ({ axes, pairs }) => [
    ...each(axes, SIZES).map(([a, n]) => invert({ name: a, extent: dimConst(n) }, [])),
    ...pairs.map(([a, b]) => invert({ name: a, extent: dimConst(8) }, [{ name: b, extent: dimConst(8) }])),
  ],
  keep: ({ memories }) =>
    each(memories, SIZES).flatMap(([m, lanes]) => [keep(m, { lanes }), keep(m, { lanes, width: 2 })]),
  loadRow: ({ numbers, axes }) =>
    each(numbers, axes).flatMap(([n, a]) => [loadRow(n, a, 'row_of'), loadRow(n, a, 'row_of', 4)]),
  loadVectors: ({ axes }) =>
    each(axes, SIZES).map(([a, lanes]) => loadVectors(a, { lanes, how: 'unrolled' })),
  mask: ({ axes, registers }) => each(axes, registers).map(([a, r]) => mask(a, [r])),
  pipeline: ({ axes, pairs }) => [...axes.map((a) => [a]), ...pairs].map(pipeline),
  privatise: ({ pairs, registers }) =>
    each(pairs, registers).map(([[a, around], r]) => privatise(a, [r], { around, as: 'other', by: adds })),
  promote: ({ axes, pairs }) =>
    (['left', 'right'] as const).flatMap((side) => [
      ...axes.map((a) => promote(side, [a])),
      ...pairs.flatMap(([a, b]) => [
        promote(side, [a, b]),
        promote(side, [a], { before: b }),
        promote(side, [a], { within: b }),
      ]),
    ]),
  reorder: ({ axes, pairs }) => [...axes.map((a) => [a]), ...pairs].map(reorder),
  roll: () => [roll],
  rotate: ({ memories, axes }) => each(memories, axes).map(([m, a]) => rotate(m, a)),
  share: ({ axes }) =>
    each(axes, SIZES).flatMap(([a, threads]) => [
      share(a, { threads, as: 's' }),
      share(a, { threads, as: 's', subgroup: true }),
    ]),
  shift: ({ memories, axes }) => each(memories, axes).map(([m, a]) => shift(m, a)),
  shiftIn: ({ memories, axes, pairs }) =>
    [...each(memories, axes).map(([m, a]) => [m, [a]] as const), ...each(memories, pairs)].map(([m, all]) =>
      shiftIn(m, all, 4),
    ),
  shuffle: ({ axes }) => axes.map(shuffle),
  skip: ({ axes }) => axes.map((a) => skip(a, 'a reason', [], ilt(ax(a), int(3)))),
  spill: ({ memories, axes, pairs }) =>
    [...each(memories, axes).map(([m, a]) => [m, [a]] as const), ...each(memories, pairs)].map(([m, all]) =>
      spill(m, all, { as: 'copy', suffix: '_later' }),
    ),
  split: ({ axes }) => each(axes, SIZES).map(([a, n]) => split(a, n, 'outer', 'inner')),
  spread: ({ pairs }) =>
    pairs.flatMap(([a, around]) => [
      spread([a], around, { threads: 2, as: 't' }),
      spread([a], around, { threads: 4, as: 't', free: [around] }),
      spread([a, around], around, { threads: 8, as: 't' }),
    ]),
  stage: ({ pairs, axes }) =>
    pairs.flatMap(([outer, inner]) => {
      const places = { left: axes[0]!, right: axes[1] ?? 'none' };
      const others = axes.filter((a) => a !== outer && a !== inner && a !== 'none');
      return [
        stage({ outer, inner, axes: [], places, dtype: 'f32', alongSum: [] }),
        stage({ outer, inner, axes: others, places, dtype: 'f16', alongSum: ['left'] }),
      ];
    }),
  strip: ({ axes }) => each(axes, SIZES).map(([a, n]) => strip(a, n, 'outer')),
  tensorise: ({ axes, pairs }) => [...axes.map((a) => [a]), ...pairs].map(tensorise),
  tighten: ({ axes }) =>
    axes.flatMap((a) => [
      tighten(a, 'a reason', { from: int(1) }),
      tighten(a, 'a reason', { end: int(2) }),
      tighten(a, 'a reason', { from: int(1), end: int(3) }),
    ]),
  trim: ({ axes }) => axes.map(trim),
  vectorise: ({ axes, numbers }) =>
    each(axes, numbers).flatMap(([a, n]) => [vectorise(a, [n]), vectorise(a, numbers), asVectors([n])]),
  wait: () => [wait(), wait('subgroup')],
};

/** The steps of a kind that name something in the kernel. */
export const stepsOn = (kind: string, kernel: LoopKernel): readonly LoopStep[] =>
  STEPS[kind]!(namesOf(kernel));
