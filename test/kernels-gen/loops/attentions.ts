/** Random attentions, their arguments and meanings, for tests of schedules. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { type Dim, evalDim } from '../../../compiler/dims/dims.ts';
import type { AttentionPart, AttentionPrim } from '../../../compiler/primitives/prim.ts';
import { type TensorValue, tensor } from '../../../compiler/semantics/domains/domain.ts';
import { float64 } from '../../../compiler/semantics/domains/float64.ts';
import { LoopError } from '../../../kernels-gen/loops/error.ts';
import { naiveAttention } from '../../../kernels-gen/loops/naive-attention.ts';
import { inside } from '../../../kernels-gen/loops/rewrite.ts';
import { checked } from '../../../kernels-gen/loops/spec.ts';
import type { Body, LoopKernel, Statement } from '../../../kernels-gen/loops/type.ts';
import { type LoopStep, scheduled } from '../../../kernels-gen/schedule/steps/step.ts';
import { random } from '../../support/random.ts';
import { attention } from '../build.ts';
import { meaningOf, outputOf } from './run.ts';

export const PARTS = ['lse', 'output', 'query', 'keyValue'] as const satisfies readonly AttentionPart[];

/** Numbers in [−1, 1), and starts of packed sequences or ranges of keys. */
function argumentsOf(root: AttentionPrim, tokens: number, seed: number): TensorValue<number>[] {
  const next = random(seed);
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

/** A part, sizes and a number of tokens. `width` gives the channels. */
export const attentions = (width: fc.Arbitrary<number>) =>
  fc.record({
    part: fc.constantFrom(...PARTS),
    sizes: fc
      .record({
        keyHeads: fc.constantFrom(1, 2, 3, 4),
        group: fc.constantFrom(1, 2, 3, 4),
        width,
        room: fc.option(fc.constantFrom(1, 7, 8, 16, 21), { nil: undefined }),
        softCap: fc.option(fc.constant({ num: 3n, den: 2n }), { nil: undefined }),
      })
      .filter(({ keyHeads, group }) => keyHeads * group <= 4)
      .map(({ group, room, softCap, ...s }) => ({
        ...{ ...s, heads: s.keyHeads * group },
        ...(room ? { room } : {}),
        ...(softCap ? { softCap } : {}),
      })),
    tokens: fc.constantFrom(0, 1, 3, 9, 17),
    seed: fc.integer(),
  });

type Drawn = ReturnType<typeof attentions> extends fc.Arbitrary<infer T> ? T : never;

/** Expects a kernel's loops to equal its meaning after all steps, and after some of them. */
export function expectMeaning(
  { part, sizes, tokens, seed }: Drawn,
  stepsOf: (root: AttentionPrim) => readonly LoopStep[],
  cut: number,
): void {
  const root = attention(part, sizes);
  const steps = stepsOf(root);
  for (const some of [steps, steps.slice(0, cut % (steps.length + 1))])
    expectEqual(root, scheduled(naiveAttention(root), some).loops, tokens, seed);
}

function expectEqual(root: AttentionPrim, loops: LoopKernel, tokens: number, seed: number): void {
  const inputs = argumentsOf(root, tokens, seed);
  const actual = outputOf(loops, inputs, tokens, float64);
  const meaning = meaningOf({ tensor: root, root, epilogue: null, spans: [] }, inputs, tokens, float64);
  expect(actual.length).toBe(meaning.length);
  for (const [n, e] of meaning.entries())
    expect(Math.abs(actual[n]! - e), `${root.part} ${n}: ${actual[n]} for ${e}`).toBeLessThanOrEqual(
      1e-9 * Math.max(1, Math.abs(e)),
    );
}

/** A number of tokens that does not fill its last tile. */
const TOKENS = 17;

/** The statements that a fault puts in place of one. */
export type Change = (s: Statement, memories: LoopKernel['memories']) => Body;

/** A fault: lanes do not store what other lanes read. */
export const withoutHanding: Change = (s, memories) =>
  s.k === 'store' && memories[s.to]!.space === 'lanes' ? [] : [s];

/** A fault: a name has its value beyond the last element too. */
export const unclamped =
  (name: string): Change =>
  (s) => [s.k === 'let' && s.name === name && s.value.k === 'iselect' ? { ...s, value: s.value.then } : s];

/** The kind of error of a part's loops after a change of each of their statements. */
export function faultOf(part: AttentionPart, loopsOf: (root: AttentionPrim) => LoopKernel, change: Change) {
  const root = attention(part, { heads: 2, keyHeads: 1, width: 12 });
  const loops = loopsOf(root);
  const all = (body: Body): Body => body.flatMap((s) => change(inside(s, all), loops.memories));
  try {
    outputOf(checked({ ...loops, body: all(loops.body) }), argumentsOf(root, TOKENS, 1), TOKENS, float64);
    return undefined;
  } catch (e) {
    if (e instanceof LoopError) return e.what;
    throw e;
  }
}
