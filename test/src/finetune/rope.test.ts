/** The angles of rotary embeddings, plain and with scaled positions. */
import { describe, expect, it } from 'vitest';
import { ropeTables } from '../../../src/finetune/models/rope.ts';
import { type Rope, ropeFrequencies } from '../../../src/formats/config/rope.ts';

const [THETA, WIDTH] = [500_000, 128];
const frequencies = (rope: Rope, width = WIDTH) => ropeFrequencies(rope, width, 1).inverse;
const PLAIN: Rope = { kind: 'default', theta: THETA };
const plain = frequencies(PLAIN);
const near = (actual: ArrayLike<number>, expected: readonly number[]) =>
  expected.forEach((e, i) => {
    expect(Math.abs(actual[i]! - e)).toBeLessThanOrEqual(1e-12 * Math.abs(e));
  });

it('turns channel pair i by θ^(−2i/d) a position', () => {
  expect(plain).toHaveLength(64);
  expect(plain[0]).toBe(1);
  near([plain[32]!, plain[16]!], [THETA ** -0.5, THETA ** -0.25]);
  const { cos, sin } = ropeTables(PLAIN, WIDTH, 3);
  expect(cos).toHaveLength(3 * 64);
  expect([cos[0], sin[0], cos[64], sin[64]]).toEqual([1, 0, Math.cos(1), Math.sin(1)].map(Math.fround));
  expect(sin[2 * 64 + 32]).toBe(Math.fround(Math.sin(2 * THETA ** -0.5)));
});

it('divides positions by a factor', () => {
  near(
    frequencies({ kind: 'linear', theta: THETA, factor: 4 }),
    Array.from(plain, (f) => f / 4),
  );
});

describe('as Llama 3', () => {
  const stretched = frequencies({
    kind: 'llama3',
    theta: THETA,
    factor: 8,
    lowFreqFactor: 1,
    highFreqFactor: 4,
    originalMaxPositions: 8192,
  });

  it('keeps wavelengths below a quarter of the original positions, and divides those above them', () => {
    plain.forEach((f, i) => {
      const wavelength = (2 * Math.PI) / f;
      if (wavelength < 8192 / 4) near([stretched[i]!], [f]);
      if (wavelength > 8192) near([stretched[i]!], [f / 8]);
    });
  });

  it('blends between', () => {
    const between = [...plain.keys()].filter((i) => {
      const wavelength = (2 * Math.PI) / plain[i]!;
      return wavelength > 8192 / 4 && wavelength < 8192;
    });
    expect(between.length).toBeGreaterThan(3);
    for (const i of between) {
      const smooth = (8192 / ((2 * Math.PI) / plain[i]!) - 1) / (4 - 1);
      near([stretched[i]!], [((1 - smooth) * plain[i]!) / 8 + smooth * plain[i]!]);
    }
  });
});

describe('as YaRN', () => {
  const yarn: Rope = {
    kind: 'yarn',
    theta: 10_000,
    factor: 16,
    attentionFactor: 0.5,
    betaFast: 32,
    betaSlow: 1,
    truncate: true,
    originalMaxPositions: 4096,
  };
  const stretched = frequencies(yarn);
  const own = frequencies({ kind: 'default', theta: 10_000 });
  /** The channel that makes this many full turns within the original positions. */
  const channel = (turns: number) =>
    (WIDTH * Math.log(4096 / (turns * 2 * Math.PI))) / (2 * Math.log(10_000));

  it('keeps channels that turn 32 times, divides those that turn once, and interpolates between', () => {
    const [low, high] = [Math.floor(channel(32)), Math.ceil(channel(1))];
    expect([low, high]).toEqual([20, 46]);
    near([...stretched.slice(0, low + 1)], [...own.slice(0, low + 1)]);
    near(
      [...stretched.slice(high)],
      [...own.slice(high)].map((f) => f / 16),
    );
    const i = 33;
    near([stretched[i]!], [(own[i]! / 16) * 0.5 + own[i]! * 0.5]);
  });

  it('scales cos and sin', () => {
    expect(ropeTables(yarn, WIDTH, 1).cos[0]).toBe(0.5);
  });

  it('has a ramp even where both ends meet', () => {
    const same = frequencies({ ...yarn, betaFast: 1, betaSlow: 1, originalMaxPositions: 2 }, 4);
    expect(same.every(Number.isFinite)).toBe(true);
  });
});
