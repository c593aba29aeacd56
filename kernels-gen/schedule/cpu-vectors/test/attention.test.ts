/** Attention in lanes: its meaning, the faults that are named, its subgroups, and the rows of each. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cpuVectors } from '../../../../compiler/devices/index.ts';
import { ax, iadd, idiv, ilt, int } from '../../../../compiler/primitives/build.ts';
import type { AttentionPart } from '../../../../compiler/primitives/prim.ts';
import { evalExtent } from '../../../../runtime/index.ts';
import { attention, stepsAt } from '../../../../test/kernels-gen/families/attentions.ts';
import { generatePlan } from '../../../../test/kernels-gen/generate.ts';
import {
  attentions,
  type Change,
  expectMeaning,
  faultOf as named,
  PARTS,
  unclamped,
  withoutHanding,
} from '../../../../test/kernels-gen/loops/attentions.ts';
import { variantsIn } from '../../../../test/support/plans.ts';
import { runs } from '../../../../test/support/runs.ts';
import type { Body, Statement } from '../../../loops/type.ts';
import { laneLoops, laneSteps } from '../attention.ts';
import { LANES } from '../lanes.ts';

it('keeps its meaning after every step of its schedule', () => {
  const width = fc.constantFrom(1, 4, 8, 13, 16, 20);
  fc.assert(
    fc.property(attentions(width), fc.constantFrom(1, LANES / 2, LANES), fc.nat(), (drawn, rows, cut) =>
      expectMeaning(drawn, (root) => laneSteps(root, rows), cut),
    ),
    runs(60, 2000),
  );
});

describe('a planted fault is named', () => {
  const faultOf = (part: AttentionPart, change: Change) =>
    named(part, (root) => laneLoops(root).loops, change);
  it('none, where there is none', () => {
    for (const part of PARTS) expect(faultOf(part, (s) => [s])).toBeUndefined();
  });
  it.each(PARTS)('%s whose lanes do not store what others read', (part) => {
    expect(faultOf(part, withoutHanding)).toBe('unwritten');
  });
  it.each([
    ['output', 'i'],
    ['output', 'j'],
    ['query', 'j_u'],
    ['query', 'c_held1'],
    ['keyValue', 'j'],
    ['keyValue', 'i_u'],
    ['lse', 'c_held'],
  ] as const)('%s where %s is not clamped', (part, name) => {
    expect(faultOf(part, unclamped(name))).toBe('outside');
  });
  it.each(PARTS)('%s whose dots are computed for the pairs alone that see each other', (part) => {
    const some = (s: Statement): Body =>
      s.k === 'for' && s.axis === 'c_lane' ? [{ k: 'if', cond: ilt(ax('place'), int(7)), body: [s] }] : [s];
    expect(faultOf(part, some)).toBe('divergent');
  });
  it('a loop that ends where the own row does', () => {
    const own = (s: Statement): Body =>
      s.k === 'for' && s.axis === 'block' ? [{ ...s, end: iadd(idiv(ax('place'), 8), int(1)) }] : [s];
    expect(faultOf('output', own)).toBe('divergent');
  });
});

it('has a subgroup for each head of a single token', () => {
  const { primitives: program } = attention({ heads: 6, keyHeads: 2, width: 32, room: 70 }).variants[0]!;
  const roles = Object.fromEntries(program.inputs.map((i) => [i.name, 'frozen' as const]));
  const stepsOf = (...last: (number | null)[]) => {
    const firsts = [0, ...last.map((n) => (n ?? 0) + 1)];
    const variants = last.map((maxTokens, n) => ({ minTokens: firsts[n]!, maxTokens, program }));
    return variantsIn(generatePlan(variants, { name: 'attention', roles }), cpuVectors.name).map(
      (v) => v.steps,
    );
  };
  const aloneIn = (steps: ReturnType<typeof stepsOf>[number], label: string) =>
    (steps.find((s) => s.label === label)!.alternatives ?? [])
      .filter((a) => a.maxTokens === 1)
      .map((a) => evalExtent(a.workgroups, 1));
  expect(stepsOf(1, 2, null).map((steps) => aloneIn(steps, 'attention'))).toEqual([[6], [], []]);
  const [steps] = stepsOf(null);
  const alone = (label: string) => aloneIn(steps!, label);
  expect(['attentionLse', 'attention', 'attentionQuery'].map(alone)).toEqual([[6], [6], [6]]);
  expect(alone('attentionKeyValue')).toEqual([]);
});

it('gives a subgroup fewer rows where these have many channels', () => {
  const groups = (width: number, keyHeads = 2) => {
    const steps = stepsAt({ heads: 6, keyHeads, width }, 'lanes', 'lanes');
    return ['attentionLse', 'attention', 'attentionQuery', 'attentionKeyValue'].map((l) => steps[l]![1]);
  };
  const tiles = (rows: number) => Math.ceil(100 / rows);
  // A lane has three heads of one token, or of one head four tokens.
  expect(groups(64)).toEqual([tiles(8) * 2, tiles(8) * 2, tiles(8) * 2, tiles(32) * 2]);
  expect(groups(64, 6)).toEqual([tiles(32) * 6, tiles(32) * 6, tiles(32) * 6, tiles(32) * 6]);
  expect(groups(65)).toEqual([tiles(16) * 6, tiles(16) * 6, tiles(16) * 6, tiles(16) * 2]);
  expect(groups(129)).toEqual([tiles(8) * 6, tiles(4) * 6, tiles(4) * 6, tiles(4) * 2]);
});
