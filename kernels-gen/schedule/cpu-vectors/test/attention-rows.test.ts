/** Attention with rows in lanes: its meaning after every step of its schedule, and the faults that are named. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AttentionPart } from '../../../../compiler/primitives/prim.ts';
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
import { rowLoops, rowSteps } from '../attention-rows.ts';

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
