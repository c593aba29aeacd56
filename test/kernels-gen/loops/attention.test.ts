/** The scheduled loops of attention equal its meaning over float64, after every step, and their faults are named. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ax, iadd, idiv, ilt, int } from '../../../compiler/primitives/build.ts';
import type { AttentionPart } from '../../../compiler/primitives/prim.ts';
import { attentionLoops, attentionSteps } from '../../../kernels-gen/families/attention/schedule.ts';
import type { Body, LoopKernel, Statement } from '../../../kernels-gen/loops/type.ts';
import { runs } from '../../support/runs.ts';
import { attentions, type Change, expectMeaning, faultOf as named, PARTS, unclamped } from './attentions.ts';

test('attention keeps its meaning after every step of its schedule', () => {
  fc.assert(
    fc.property(attentions(fc.constantFrom(1, 3, 4, 8, 12)), fc.nat(), (drawn, cut) =>
      expectMeaning(drawn, attentionSteps, cut),
    ),
    runs(60, 2000),
  );
});

describe('a planted fault is named', () => {
  const faultOf = (part: AttentionPart, change: Change) =>
    named(part, (root) => attentionLoops(root).loops, change);
  test('none, where there is none', () => {
    for (const part of PARTS) expect(faultOf(part, (s) => [s])).toBeUndefined();
  });
  test.each(PARTS)('%s without its barriers', (part) => {
    expect(faultOf(part, (s) => (s.k === 'barrier' ? [] : [s]))).toBe('race');
  });
  test.each(PARTS.filter((p) => p !== 'lse'))('%s without the barrier after the sums', (part) => {
    let count = 0;
    const isSecond = (s: Statement) => s.k === 'barrier' && ++count % 2 === 0;
    expect(faultOf(part, (s) => (isSecond(s) ? [] : [s]))).toBe('race');
  });
  test.each([
    ['output', 'i'],
    ['output', 'j'],
    ['query', 'j_u'],
    ['keyValue', 'j'],
    ['keyValue', 'i_u'],
    ['query', 'c_sum'],
    ['lse', 'token_1'],
  ] as const)('%s where %s is not clamped', (part, name) => {
    expect(faultOf(part, unclamped(name))).toBe('outside');
  });
  test('a barrier for the rows that exist alone', () => {
    const alone = (s: Statement): Body =>
      s.k === 'barrier' ? [{ k: 'if', cond: ilt(ax('place'), int(7)), body: [s] }] : [s];
    expect(faultOf('output', alone)).toBe('divergent');
  });
  test('a loop around barriers that ends where the own row does', () => {
    const own = (s: Statement): Body =>
      s.k === 'for' && s.axis === 'block' ? [{ ...s, end: iadd(idiv(ax('i'), 8), int(1)) }] : [s];
    expect(faultOf('output', own)).toBe('divergent');
  });
  test('a loop that ends beyond its iterations', () => {
    const beyond = (s: Statement): Body =>
      s.k === 'for' && s.axis === 'block' ? [{ ...s, end: iadd(ax('tile'), int(2)) }] : [s];
    expect(faultOf('output', beyond)).toBe('outside');
  });
  test('results of rows beyond the last one', () => {
    const isGuard = (s: Statement, memories: LoopKernel['memories']): s is Extract<Statement, { k: 'if' }> =>
      s.k === 'if' && s.body[0]?.k === 'store' && memories[s.body[0].to]!.space === 'output';
    expect(faultOf('lse', (s, memories) => (isGuard(s, memories) ? s.body : [s]))).toBe('race');
  });
});
