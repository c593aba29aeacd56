/** The scheduled loops of attention equal its meaning over float64, after every step, and their faults are named. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Dim, evalDim } from '../../../compiler/dims/dims.ts';
import { ax, iadd, idiv, ilt, int } from '../../../compiler/primitives/build.ts';
import type { AttentionPart, AttentionPrim } from '../../../compiler/primitives/prim.ts';
import { type TensorValue, tensor } from '../../../compiler/semantics/domains/domain.ts';
import { float64 } from '../../../compiler/semantics/domains/float64.ts';
import { attentionLoops, attentionSteps } from '../../../kernels-gen/families/attention/schedule.ts';
import { LoopError } from '../../../kernels-gen/loops/error.ts';
import { naiveAttention } from '../../../kernels-gen/loops/naive-attention.ts';
import { inside } from '../../../kernels-gen/loops/rewrite.ts';
import { checked } from '../../../kernels-gen/loops/spec.ts';
import type { Body, LoopKernel, Statement } from '../../../kernels-gen/loops/type.ts';
import { scheduled } from '../../../kernels-gen/schedule/steps/step.ts';
import { uniform } from '../../compiler/semantics/interpret-device.ts';
import { runs } from '../../support/runs.ts';
import { attention } from '../build.ts';
import { meaningOf, outputOf } from './run.ts';

const PARTS = ['lse', 'output', 'query', 'keyValue'] as const satisfies readonly AttentionPart[];

/** Numbers in [−1, 1), and starts of packed sequences or ranges of keys. */
function argumentsOf(root: AttentionPrim, tokens: number, seed: number): TensorValue<number>[] {
  const next = uniform(seed);
  const keys = sizeAt(root.args[1]!.shape[0]!, tokens);
  const between = (least: number, most: number) => Math.floor(least + next() * (most - least + 1));
  let first = 0;
  return root.args.map(({ shape, dtype }) => {
    const sizes = shape.map((d) => sizeAt(d, tokens));
    const values = Array.from({ length: sizes.reduce((a, b) => a * b, 1) }, () => 2 * next() - 1);
    if (dtype !== 'i32') return tensor(sizes, values);
    if (sizes.length === 2)
      return tensor(
        sizes,
        values.map(() => between(-2, keys + 1)),
      );
    return tensor(
      sizes,
      values.map((_, i) => {
        const kind = between(0, 4);
        if (kind === 0) first = i;
        // Such a token sees no key.
        return kind === 1 ? i + 1 : first;
      }),
    );
  });
}

const sizeAt = (d: Dim, tokens: number): number => evalDim(d, { tokens });

const drawn = fc.record({
  part: fc.constantFrom(...PARTS),
  sizes: fc
    .record({
      keyHeads: fc.constantFrom(1, 2, 3, 4),
      group: fc.constantFrom(1, 2, 3, 4),
      width: fc.constantFrom(1, 3, 4, 8, 12),
      room: fc.option(fc.constantFrom(1, 7, 8, 16, 21), { nil: undefined }),
    })
    .filter(({ keyHeads, group }) => keyHeads * group <= 4)
    .map(({ group, room, ...s }) => ({ ...s, heads: s.keyHeads * group, ...(room ? { room } : {}) })),
  tokens: fc.constantFrom(0, 1, 3, 9, 17),
  seed: fc.integer(),
});

function expectMeaning(root: AttentionPrim, loops: LoopKernel, tokens: number, seed: number): void {
  const inputs = argumentsOf(root, tokens, seed);
  const actual = outputOf(loops, inputs, tokens, float64);
  const meaning = meaningOf({ tensor: root, root, epilogue: null, spans: [] }, inputs, tokens, float64);
  expect(actual.length).toBe(meaning.length);
  for (const [n, e] of meaning.entries())
    expect(Math.abs(actual[n]! - e), `${root.part} ${n}: ${actual[n]} for ${e}`).toBeLessThanOrEqual(
      1e-9 * Math.max(1, Math.abs(e)),
    );
}

test('attention keeps its meaning after every step of its schedule', () => {
  fc.assert(
    fc.property(drawn, fc.nat(), ({ part, sizes, tokens, seed }, cut) => {
      const root = attention(part, sizes);
      expectMeaning(root, attentionLoops(root).loops, tokens, seed);
      const steps = attentionSteps(root);
      const some = steps.slice(0, cut % (steps.length + 1));
      expectMeaning(root, scheduled(naiveAttention(root), some).loops, tokens, seed);
    }),
    runs(60, 2000),
  );
});

/** A number of tokens that does not fill its last tile. */
const TOKENS = 17;

/** The kind of error of a part's loops after a change of each of their statements. */
function faultOf(part: AttentionPart, change: (s: Statement, memories: LoopKernel['memories']) => Body) {
  const root = attention(part, { heads: 2, keyHeads: 1, width: 12 });
  const { loops } = attentionLoops(root);
  const all = (body: Body): Body => body.flatMap((s) => change(inside(s, all), loops.memories));
  try {
    outputOf(checked({ ...loops, body: all(loops.body) }), argumentsOf(root, TOKENS, 1), TOKENS, float64);
    return undefined;
  } catch (e) {
    if (e instanceof LoopError) return e.what;
    throw e;
  }
}

describe('a planted fault is named', () => {
  const isNamed = (s: Statement, name: string) => s.k === 'let' && s.name === name;
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
    const unclamped = (s: Statement): Statement =>
      isNamed(s, name) && s.k === 'let' && s.value.k === 'iselect' ? { ...s, value: s.value.then } : s;
    expect(faultOf(part, (s) => [unclamped(s)])).toBe('outside');
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
