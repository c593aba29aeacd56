/** Selection of variants: at every token count, the guards choose the candidate that is best for the objective. */

import fc, { type Arbitrary } from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeviceProfile } from '../../compiler/devices/index.ts';
import { dimConst, dimVar, productDim, sumDim } from '../../compiler/dims/dims.ts';
import { compileProgram } from '../../compiler/pipeline.ts';
import { collectChains } from '../../compiler/rewrite/chains.ts';
import { addCost, atTokens, type Cost, inTokens, seconds } from '../../compiler/rewrite/cost.ts';
import {
  type Choice,
  MAX_VARIANTS,
  type Objective,
  select,
  TRAINING_TOLERANCE,
} from '../../compiler/rewrite/select.ts';
import { productsCost } from '../support/program-cost.ts';
import { randomProducts } from '../support/random-group.ts';
import { runs } from '../support/runs.ts';

interface Candidate {
  readonly cost: Cost;
}

const polynomial = (degree: number) =>
  fc
    .array(fc.oneof(fc.constantFrom(0, 1, 10), fc.integer({ min: 0, max: 10_000 })), {
      minLength: 1,
      maxLength: degree + 1,
    })
    .map((coefs) =>
      sumDim(
        coefs.map((c, k) => productDim([dimConst(c), ...Array.from({ length: k }, () => dimVar('tokens'))])),
      ),
    );
const candidate: Arbitrary<Candidate> = fc
  .record({
    ops: polynomial(3),
    bytes: polynomial(2),
    memory: polynomial(2),
    launches: fc.integer({ min: 1, max: 6 }),
  })
  .map((cost) => ({ cost }));
const profile: Arbitrary<DeviceProfile> = fc.record({
  name: fc.constant('drawn'),
  flops: fc.constantFrom(1, 100, 1e4),
  bandwidth: fc.constantFrom(1, 100, 1e4),
  launch: fc.constantFrom(0, 1, 1e3),
});

const NEAR = 1e-9;

/** Whether a candidate is the best for the objective at a token count, apart from rounding. */
function isBest(
  chosen: Candidate,
  all: readonly Candidate[],
  profile: DeviceProfile,
  objective: Objective,
  tolerance: number,
  tokens: number,
): boolean {
  const time = (c: Candidate) => atTokens(seconds(c.cost, profile), tokens);
  const memory = (c: Candidate) =>
    [inTokens(c.cost.memory)[0]!, atTokens(inTokens(c.cost.memory), tokens)] as const;
  const fastest = Math.min(...all.map(time));
  const less = (a: number, b: number) => a < b - NEAR * Math.abs(b);
  if (objective === 'latency' && tolerance === 0) return !less(fastest, time(chosen));
  const allowed = (slack: number) =>
    objective === 'memory' ? all : all.filter((c) => time(c) <= fastest * (1 + tolerance + slack));
  if (!allowed(NEAR).includes(chosen)) return false;
  const [fixed, total] = memory(chosen);
  return !allowed(-NEAR).some((c) => {
    const [f, t] = memory(c);
    return less(f, fixed) || (f === fixed && less(t, total));
  });
}

function checkRanges(choices: readonly Choice<Candidate>[]): void {
  expect(choices[0]!.minTokens).toBe(0);
  expect(choices[0]!.maxTokens).not.toBe(0);
  expect(choices.at(-1)!.maxTokens).toBeNull();
  for (const [i, c] of choices.slice(1).entries()) expect(c.minTokens).toBe(choices[i]!.maxTokens! + 1);
}

const HORIZON = 2 ** 24;
/** Token counts near the ends of a range and in its middle, from 1 on: 0 tokens run the variant for 1. */
const ends = ({ minTokens, maxTokens: hi }: Choice<Candidate>, lo = Math.max(minTokens, 1)): number[] =>
  [lo, lo + 1, Math.floor((lo + (hi ?? HORIZON)) / 2), (hi ?? HORIZON) - 1, hi ?? HORIZON].filter(
    (t) => t >= lo && t <= (hi ?? HORIZON),
  );

const objectives = fc.constantFrom<readonly [Objective, number]>(
  ['latency', 0],
  ['latency', TRAINING_TOLERANCE],
  ['memory', 0],
  ['memory', TRAINING_TOLERANCE],
);

describe('select', () => {
  it('chooses the best at both ends of every range, and around every guard', () => {
    let guards = 0;
    fc.assert(
      fc.property(
        fc.array(candidate, { minLength: 1, maxLength: 5 }),
        profile,
        objectives,
        (all, p, [objective, tolerance]) => {
          const choices = select(all, p, objective, tolerance, Infinity);
          checkRanges(choices);
          guards += choices.length - 1;
          for (const choice of choices) {
            for (const t of ends(choice)) {
              expect(isBest(choice.candidate, all, p, objective, tolerance, t), `at ${t} tokens`).toBe(true);
            }
          }
        },
      ),
      runs(1000, 50_000),
    );
    expect(guards).toBeGreaterThan(100);
  });

  it('with two candidates no guard could lie elsewhere', () => {
    fc.assert(
      fc.property(candidate, candidate, profile, (a, b, p) => {
        const choices = select([a, b], p, 'latency', 0, Infinity);
        for (const { candidate, minTokens } of choices.slice(1)) {
          expect(isBest(candidate, [a, b], p, 'latency', 0, minTokens)).toBe(true);
          const other = candidate === a ? b : a;
          expect(isBest(other, [a, b], p, 'latency', 0, minTokens - 1)).toBe(true);
        }
      }),
      runs(500, 10_000),
    );
  });

  it('merges ranges so that many candidates make at most three variants', () => {
    fc.assert(
      fc.property(
        fc.array(candidate, { minLength: 4, maxLength: 12 }),
        profile,
        objectives,
        (all, p, [o, t]) => {
          const [exact, merged] = [select(all, p, o, t, Infinity), select(all, p, o, t)];
          checkRanges(merged);
          expect(merged.length).toBeLessThanOrEqual(MAX_VARIANTS);
          if (exact.length <= MAX_VARIANTS) expect(merged).toEqual(exact);
        },
      ),
      runs(200, 5000),
    );
  });

  it('takes no more time than the written program', () => {
    fc.assert(
      fc.property(fc.gen(), profile, (g, profile) => {
        const program = randomProducts(g, 2, 5);
        const compiled = compileProgram(program, { gradients: false, profile });
        const options = { gradients: false, disable: ['associate', 'normalise'] } as const;
        const written = productsCost(
          compileProgram(program, options).variants[0]!.program.outputs.map((o) => o.node),
        );
        const pool = [compiled, compiled.few].flatMap((way) => {
          if (!way) return [];
          const decided = new Set(way.decision!.groups.flatMap((g) => g.chains.map((c) => c.site)));
          const sites = collectChains(way.derived).map((c) => c.site);
          const alone = productsCost(sites.filter((s) => !decided.has(s)));
          return way.decision!.candidates.map((c) => ({ cost: addCost(c.cost, alone) }));
        });
        const choices = select(pool, profile, 'latency', 0, Infinity);
        for (const choice of choices) {
          for (const t of ends(choice)) {
            const [now, before] = [choice.candidate.cost, written].map((c) =>
              atTokens(seconds(c, profile), t),
            );
            expect(now).toBeLessThanOrEqual(before! * (1 + NEAR));
          }
        }
      }),
      runs(300, 10_000),
    );
  });
});
