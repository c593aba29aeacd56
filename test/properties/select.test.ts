/** Selection of variants: at every token count, the guards choose the candidate that is best for the objective. */
import fc, { type Arbitrary } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addCost, atTokens, type Cost, seconds } from '../../compiler/associate/cost.ts';
import { compareAt, crossings, inOneUnit, type WholeNumbers } from '../../compiler/associate/crossings.ts';
import {
  type Choice,
  MAX_VARIANTS,
  type Objective,
  select,
  TRAINING_TOLERANCE,
} from '../../compiler/associate/select.ts';
import type { DeviceProfile } from '../../compiler/devices/index.ts';
import { type Dim, dimConst, dimVar, productDim, sumDim } from '../../compiler/dims/dims.ts';
import { addQ, divQ, fromNumber, mulQ, ONE, type Rational, rational } from '../../compiler/dims/rational.ts';
import { compileProgram } from '../../compiler/pipeline.ts';
import { collectChains } from '../../compiler/rewrite/chains.ts';
import { productsCost } from '../support/program-cost.ts';
import { randomProducts } from '../support/random-group.ts';
import { runs } from '../support/runs.ts';

/** Draws p and q without negative coefficients. p − q has up to three roots, most of them between whole numbers. */
const crossing = fc.array(fc.nat({ max: 200 }), { minLength: 1, maxLength: 3 }).map((roots) => {
  const times = (p: readonly bigint[], root: number) =>
    [...p, 0n].map((_, k) => 4n * (p[k - 1] ?? 0n) - BigInt(root) * (p[k] ?? 0n));
  const product = roots.reduce(times, [1n]);
  const part = (sign: bigint) => product.map((c) => rational(sign * c > 0n ? sign * c : 0n));
  return [part(1n), part(-1n)] as const;
});

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

/** The exact value of a count that has no other name than `tokens`. */
const valueAt = (d: Dim, tokens: number): Rational =>
  d.terms.reduce((sum, { coef, powers }) => {
    const power = powers.reduce((p, [, own]) => p + own, 0);
    return addQ(sum, mulQ(coef, rational(BigInt(tokens) ** BigInt(power))));
  }, rational(0n));

const order = (a: Rational, b: Rational): number => {
  const [x, y] = [a.num * b.den, b.num * a.den];
  return x < y ? -1 : Number(x > y);
};

/** Whether a candidate is the best for the objective at a token count, by exact costs. */
function isBest(
  chosen: Candidate,
  all: readonly Candidate[],
  profile: DeviceProfile,
  objective: Objective,
  tolerance: number,
  tokens: number,
): boolean {
  const rate = (count: Rational, perSecond: number) => divQ(count, fromNumber(perSecond));
  const time = ({ cost }: Candidate) =>
    addQ(
      addQ(
        rate(valueAt(cost.ops, tokens), profile.flops),
        rate(valueAt(cost.bytes, tokens), profile.bandwidth),
      ),
      mulQ(fromNumber(cost.launches), fromNumber(profile.launch)),
    );
  const timed = all.map((c) => ({
    candidate: c,
    time: time(c),
    memory: [valueAt(c.cost.memory, 0), valueAt(c.cost.memory, tokens)],
  }));
  const fastest = timed.map((c) => c.time).reduce((a, b) => (order(b, a) < 0 ? b : a));
  const longest = mulQ(fastest, addQ(ONE, fromNumber(tolerance)));
  const allowed = objective === 'memory' ? timed : timed.filter((c) => order(c.time, longest) <= 0);
  const own = allowed.find((c) => c.candidate === chosen);
  if (!own) return false;
  const key = (c: (typeof timed)[number]) =>
    objective === 'latency' && tolerance === 0 ? [c.time, ...c.memory] : [...c.memory, c.time];
  return allowed.every((c) => {
    const differing = key(c)
      .map((x, i) => order(x, key(own)[i]!))
      .find((o) => o !== 0);
    return (differing ?? 0) >= 0;
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

  it('puts the guard between two candidates exactly where the best one changes', () => {
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

  it('counts times as equal that are equal before rounding', () => {
    const tokens = dimVar('tokens');
    const cost = (ops: Dim, bytes: Dim, memory: number, launches: number): Candidate => ({
      cost: { ops, bytes, memory: dimConst(memory), launches },
    });
    const [fast, small, other] = [
      cost(sumDim([tokens, dimConst(6713)]), dimConst(9628), 1, 4),
      cost(dimConst(10), tokens, 0, 5),
      cost(dimConst(0), tokens, 10, 1),
    ];
    const rates = { name: 'drawn', flops: 100, bandwidth: 1, launch: 1 };
    // At 10,287 tokens the second takes 1.05 times as long as the first: 10,292.1 s.
    expect(select([fast, small, other], rates, 'latency', TRAINING_TOLERANCE)).toEqual([
      { candidate: other, minTokens: 0, maxTokens: 80 },
      { candidate: small, minTokens: 81, maxTokens: 10_287 },
      { candidate: fast, minTokens: 10_288, maxTokens: null },
    ]);
  });

  it('finds every token count at which an order changes', () => {
    fc.assert(
      fc.property(crossing, (polys) => {
        const [p, q] = inOneUnit(polys) as [WholeNumbers, WholeNumbers];
        const found = crossings(p, q);
        for (let t = 2; t < 60; t++) {
          const [now, before] = [t, t - 1].map((at) => Math.sign(compareAt(p, q, at)));
          if (now !== before) expect(found).toContain(t);
        }
      }),
      runs(1000, 20_000),
    );
  });

  it('takes no more time than the written program', () => {
    fc.assert(
      fc.property(fc.gen(), profile, (g, profile) => {
        const program = randomProducts(g, 2, 5);
        const compiled = compileProgram(program, { gradients: false, profile });
        // diag(A)·diag(B) = diag(A·B) hides a product from the longer ones that could share it. never-worse.test.ts
        // compares whole derivations of such programs with the written program.
        fc.pre(!compiled.passes.some((p) => p.fired.some((f) => f.rule === 'blockdiag-product')));
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
