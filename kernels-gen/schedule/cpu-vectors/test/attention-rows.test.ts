/** Attention with rows in lanes: its meaning after every step of its schedule, and the faults that are named. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AttentionPart } from '../../../../compiler/primitives/prim.ts';
import {
  attentions,
  expectMeaning,
  faultOf as named,
  PARTS,
} from '../../../../test/kernels-gen/loops/attentions.ts';
import { runs } from '../../../../test/support/runs.ts';
import type { LoopKernel, Statement } from '../../../loops/type.ts';
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
  type Change = Parameters<typeof named>[2];
  const faultOf = (part: AttentionPart, change: Change) =>
    named(part, (root) => rowLoops(root, { each: 4, atOnce: 4 }).loops, change);
  it('none, where there is none', () => {
    for (const part of PARTS) expect(faultOf(part, (s) => [s])).toBeUndefined();
  });
  it.each(PARTS)('%s whose lanes do not store what others read', (part) => {
    const isHanded = (s: Statement, memories: LoopKernel['memories']) =>
      s.k === 'store' && memories[s.to]!.space === 'lanes';
    expect(faultOf(part, (s, memories) => (isHanded(s, memories) ? [] : [s]))).toBe('unwritten');
  });
  it.each([
    ['output', 'i'],
    ['output', 'j'],
    ['lse', 'j'],
    ['keyValue', 'j'],
    ['keyValue', 'i'],
  ] as const)('%s where %s is not clamped', (part, name) => {
    const unclamped = (s: Statement): Statement =>
      s.k === 'let' && s.name === name && s.value.k === 'iselect' ? { ...s, value: s.value.then } : s;
    expect(faultOf(part, (s) => [unclamped(s)])).toBe('outside');
  });
});
