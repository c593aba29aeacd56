/** Attention with rows in lanes: its meaning after every step of its schedule, and the faults that are named. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AttentionPart } from '../../../../compiler/primitives/prim.ts';
import { attention } from '../../../../test/kernels-gen/build.ts';
import {
  attentions,
  type Change,
  expectMeaning,
  faultOf as named,
  PARTS,
  unclamped,
  withoutHanding,
} from '../../../../test/kernels-gen/loops/attentions.ts';
import { runs } from '../../../../test/support/runs.ts';
import { heldFactors, rowLoops, rowSteps } from '../attention-rows.ts';

it('keeps its meaning after every step of its schedule', () => {
  const width = fc.constantFrom(1, 4, 8, 13, 20, 36);
  const tile = fc.record({ each: fc.constantFrom(1, 2, 3, 4), atOnce: fc.constantFrom(1, 2, 4) });
  fc.assert(
    fc.property(attentions(width), tile, fc.nat(), (drawn, own, cut) =>
      expectMeaning(drawn, (root) => rowSteps(root, own), cut),
    ),
    runs(60, 2000),
  );
});

it.each([
  ['lse', [1], 1],
  ['output', [1, 3], 1],
  ['query', [1, 3], 2],
  ['keyValue', [0, 5], 2],
] as const)('%s loads rows of the arguments %o and has %i arrays of factors', (part, others, factors) => {
  const root = attention(part, { heads: 2, keyHeads: 1, width: 12 });
  const says = rowSteps(root, { each: 4, atOnce: 4 }).map((s) => s.says);
  const loaded = says.flatMap((s) => /^load a row of (\d+) into/.exec(s)?.[1] ?? []);
  expect(loaded.map(Number)).toEqual(others);
  expect(heldFactors(part)).toHaveLength(factors);
});

describe('a planted fault is named', () => {
  const faultOf = (part: AttentionPart, change: Change) =>
    named(part, (root) => rowLoops(root, { each: 4, atOnce: 4 }).loops, change);
  it('none, where there is none', () => {
    for (const part of PARTS) expect(faultOf(part, (s) => [s])).toBeUndefined();
  });
  it.each(PARTS)('%s whose lanes do not store what others read', (part) => {
    expect(faultOf(part, withoutHanding)).toBe('unwritten');
  });
  it.each([
    ['output', 'i'],
    ['output', 'j'],
    ['lse', 'j'],
    ['keyValue', 'j'],
    ['keyValue', 'i'],
  ] as const)('%s where %s is not clamped', (part, name) => {
    expect(faultOf(part, unclamped(name))).toBe('outside');
  });
});
