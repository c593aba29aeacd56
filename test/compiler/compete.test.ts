/** A derived program and the pinned program, compared by costs that are given as functions. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compete, type Entrant, type Estimate } from '../../compiler/compete.ts';
import { gpu } from '../../compiler/devices/index.ts';
import { solveDims } from '../../compiler/ir/bind.ts';
import { frozen, householder, input, layer, polynomial, trainable } from '../../src/language/dsl/index.ts';
import { compileOn } from '../../src/session/plan.ts';
import { runs } from '../support/runs.ts';

/** A cost of `fixed` + `perToken`·tokens seconds, with as many operations. */
const cost = (fixed: number, perToken: number, bytes = 0): Estimate => {
  const seconds = (t: number) => fixed + perToken * t;
  const counts = { seconds, work: () => 0, operations: seconds, bytes: () => bytes, launches: () => 9 };
  return { ...counts, early: counts, least: () => 0, fusedFor: 512 };
};
const entrant = (
  of: string,
  cost: Estimate,
  minTokens = 0,
  maxTokens: number | null = null,
): Entrant<string> => ({
  of,
  minTokens,
  maxTokens,
  cost,
});
const said = (all: readonly Entrant<string>[]) =>
  all.map((e) => `${e.of} ${e.minTokens}–${e.maxTokens ?? ''}`).join(', ');

it('takes the pinned program at the token counts where it is faster', () => {
  const derived = [entrant('derived', cost(10, 3))];
  expect(said(compete(derived, entrant('pinned', cost(1000, 2)), 3))).toBe('derived 0–990, pinned 991–');
  expect(said(compete(derived, entrant('pinned', cost(0, 4)), 3))).toBe('pinned 0–9, derived 10–');
  expect(said(compete(derived, entrant('pinned', cost(10, 3)), 3))).toBe('derived 0–');
});

describe('more operations or bytes than the pinned program has', () => {
  const of = (seconds: number, operations: number, bytes = 0) =>
    entrant('derived', { ...cost(seconds, 0, bytes), operations: () => operations });
  const chosen = (derived: Entrant<string>, pinned: Entrant<string>) =>
    said(compete([derived], { ...pinned, of: 'pinned' }, 3));

  it.each([
    { saving: 'half of a time below a millisecond', pinned: 1e-4, less: 6e-5, enough: 5e-5 },
    { saving: 'half a millisecond of a longer time', pinned: 2e-3, less: 1.6e-3, enough: 1.4e-3 },
  ])('are taken, beyond 2 % more, only for $saving', ({ pinned, less, enough }) => {
    expect(chosen(of(less, 103), of(pinned, 100))).toBe('pinned 0–');
    expect(chosen(of(less, 102), of(pinned, 100))).toBe('derived 0–');
    expect(chosen(of(enough, 103), of(pinned, 100))).toBe('derived 0–');
    expect(chosen(of(less, 0, 103), of(pinned, 0, 100))).toBe('pinned 0–');
    expect(chosen(of(less, 0, 102), of(pinned, 0, 100))).toBe('derived 0–');
    expect(chosen(of(enough, 0, 103), of(pinned, 0, 100))).toBe('derived 0–');
  });

  it('are taken for half a millisecond, however small a share of the time that is', () => {
    // A Llama block's gradient takes most of a second.
    expect(chosen(of(0.79, 0, 120), of(0.8, 0, 100))).toBe('derived 0–');
    expect(chosen(of(8e-4, 90), of(7e-4, 100))).toBe('pinned 0–');
  });
});

it('more bytes are taken for less time, if it is less whether launches take no time or ten times as long', () => {
  const of = (work: number, launches: number, bytes: number) => {
    const all = { ...cost(0, 0, bytes), seconds: () => work + launches, work: () => work };
    return entrant('derived', { ...all, early: all });
  };
  const chosen = (derived: Entrant<string>) =>
    said(compete([derived], { ...of(8e-4, 1e-5, 100), of: 'pinned' }, 3));
  expect(chosen(of(7.9e-4, 1e-5, 110))).toBe('derived 0–');
  expect(chosen(of(7.9e-4, 1.09e-5, 110))).toBe('derived 0–');
  expect(chosen(of(7.9e-4, 1.11e-5, 110))).toBe('pinned 0–');
  expect(chosen(of(8e-4, 0.5e-5, 110))).toBe('pinned 0–');
});

it('asks for no exact cost of a pinned program that must be slower, unless the derived one is short', () => {
  const never = () => {
    throw new Error('asked');
  };
  const slow = entrant('pinned', { ...cost(0, 0), seconds: never, least: () => 100 });
  expect(said(compete([entrant('derived', cost(10, 0))], slow, 3))).toBe('derived 0–');
  const short = cost(10, 0);
  const derived = entrant('derived', { ...short, early: { ...short.early, launches: () => 2 } });
  expect(() => compete([derived], slow, 3)).toThrow('asked');
  // A short time is asked for where the saving is uncertain: operations and bytes may decide.
  const close = entrant('pinned', { ...slow.cost, least: () => 4e-4 });
  expect(said(compete([entrant('derived', cost(1.8e-4, 0))], close, 3))).toBe('derived 0–');
  expect(() => compete([entrant('derived', cost(3e-4, 0))], close, 3)).toThrow('asked');
  const longer = entrant('pinned', { ...slow.cost, least: () => 6e-4 });
  expect(said(compete([entrant('derived', cost(5e-4, 0))], longer, 3))).toBe('derived 0–');
});

it('asks for no exact cost of a pinned program whose early costs are well above', () => {
  const never = () => {
    throw new Error('asked');
  };
  const pinned = (early: number) =>
    entrant('pinned', { ...cost(0, 0), seconds: never, early: cost(early, 0, early) });
  const derived = [entrant('derived', cost(10, 0, 10))];
  expect(said(compete(derived, pinned(10.8), 3))).toBe('derived 0–');
  expect(() => compete(derived, pinned(10.6), 3)).toThrow('asked');
  // More bytes are no reason to ask where time decides.
  const many = entrant('derived', cost(10, 0, 100));
  expect(said(compete([many], pinned(10.8), 3))).toBe('derived 0–');
});

it('takes a program that kernels can compute before one that they cannot', () => {
  const [can, cannot] = [cost(10, 1), cost(Infinity, 0)];
  expect(said(compete([entrant('derived', cannot)], entrant('pinned', can), 3))).toBe('pinned 0–');
  expect(said(compete([entrant('derived', can)], entrant('pinned', cannot), 3))).toBe('derived 0–');
  expect(said(compete([entrant('derived', cannot)], entrant('pinned', cannot), 3))).toBe('derived 0–');
});

it('has few ranges, none of them worse than pinned at the counts that it looks at', () => {
  const line = fc.tuple(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 0, max: 1000 }));
  const starts = fc.uniqueArray(fc.integer({ min: 1, max: 5000 }), { minLength: 2, maxLength: 2 });
  const seen = { both: 0, merged: 0 };
  fc.assert(
    fc.property(
      fc.tuple(line, line, line),
      line,
      starts,
      fc.integer({ min: 1, max: 4 }),
      (lines, w, at, most) => {
        const begins = [0, ...at.sort((a, b) => a - b)];
        const derived = lines.map(([a, b], i) =>
          entrant(`${i}`, cost(a, b), begins[i], begins[i + 1] ? begins[i + 1]! - 1 : null),
        );
        const pinned = cost(...w);
        const chosen = compete(derived, entrant('pinned', pinned), most);
        expect(chosen.length).toBeLessThanOrEqual(Math.max(most, 1));
        expect(chosen[0]!.minTokens).toBe(0);
        expect(chosen.at(-1)!.maxTokens).toBeNull();
        for (const [i, e] of chosen.slice(1).entries()) expect(e.minTokens).toBe(chosen[i]!.maxTokens! + 1);
        const counts = [
          ...chosen.flatMap((e) => [e.minTokens - 1, e.minTokens]),
          ...Array.from({ length: 25 }, (_, k) => 2 ** k),
        ];
        for (const t of counts.filter((t) => t > 0)) {
          const own = chosen.find((e) => e.maxTokens === null || t <= e.maxTokens)!;
          expect(own.cost.seconds(t) / pinned.seconds(t), `at ${t}`).toBeLessThanOrEqual(1 + 1e-9);
        }
        const names = new Set(chosen.map((e) => e.of));
        if (names.has('pinned') && names.size > 1) seen.both++;
        if (compete(derived, entrant('pinned', pinned), 9).length > most) seen.merged++;
      },
    ),
    runs(300, 10_000),
  );
  expect(seen.both).toBeGreaterThan(30);
  expect(seen.merged).toBeGreaterThan(10);
});

it('leaves the choice alone where the objective is memory', () => {
  const program = layer(
    { x: input('tokens', 'in'), W: frozen('in', 'in'), u: trainable('in', 'k'), v: trainable('in', 'k') },
    ({ x, W, u, v }) =>
      x.matmul(polynomial(householder(u).matmul(householder(v)), [0.3, 1, -0.2, 0.1]).matmul(W.T)),
  ).trace();
  const sizes = solveDims(program, { in: 128, k: 8 });
  const of = (objective: 'latency' | 'memory') =>
    compileOn(gpu, program, { gradients: true, objective, sizes });
  expect(of('latency').pinned).toBeDefined();
  expect(of('memory').pinned).toBeUndefined();
});
