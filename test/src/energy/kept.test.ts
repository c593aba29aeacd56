/** The angles between rows and their hyperspherical energy, against values that are known or computed otherwise. */
import { describe, expect, it } from 'vitest';
import { boft } from '../../../src/adapters/boft.ts';
import { lora } from '../../../src/adapters/lora.ts';
import { oft } from '../../../src/adapters/oft.ts';
import { psoft } from '../../../src/adapters/psoft.ts';
import { exactWeight, rotates } from '../../../src/energy/exact.ts';
import { keptEntry, keptOf } from '../../../src/energy/kept.ts';
import { pairsOf, separationsOf } from '../../../src/energy/separations.ts';
import { random } from '../../../src/start/random.ts';

const normal = (count: number, seed: number): Float64Array => {
  const next = random(seed);
  return Float64Array.from(
    { length: count },
    () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  );
};

const kept = (shape: [number, number], W: ArrayLike<number>, merged: ArrayLike<number>) =>
  keptOf([keptEntry('W', shape, { W, merged })]);

describe('pairs', () => {
  it('are all of a few rows', () =>
    expect([...pairsOf(4).list]).toEqual([0, 1, 0, 2, 0, 3, 1, 2, 1, 3, 2, 3]));

  it('are a seeded sample of different pairs of many rows', () => {
    const { all, list } = pairsOf(300, 1000, 7);
    expect(all).toBe(44_850);
    const named = Array.from({ length: 1000 }, (_, p) => `${list[2 * p]},${list[2 * p + 1]}`);
    expect(new Set(named).size).toBe(1000);
    expect(
      named.every((pair) =>
        pair
          .split(',')
          .map(Number)
          .every((row, k, of) => row < 300 && (k === 0 || of[0]! < row)),
      ),
    ).toBe(true);
    expect(pairsOf(300, 1000, 7).list).toEqual(list);
    expect(pairsOf(300, 1000, 8).list).not.toEqual(list);
  });
});

describe('separations', () => {
  it('of rows at 90°, 45° and 180°', () => {
    const W = [2, 0, 0, 3, 5, 5, -1, 0];
    const { angles, distances } = separationsOf(W, 2, pairsOf(4));
    const right = Math.PI / 2;
    const wanted = [right, right / 2, 2 * right, right / 2, right, 1.5 * right];
    wanted.forEach((angle, p) => {
      expect(angles[p]).toBeCloseTo(angle, 14);
      expect(distances[p]).toBeCloseTo(2 * Math.sin(angle / 2), 14);
    });
  });

  it('keep their digits where rows are nearly parallel', () => {
    const { angles } = separationsOf([1, 0, 1, 1e-9], 2, pairsOf(2));
    expect(Math.abs(angles[0]! / 1e-9 - 1)).toBeLessThan(1e-12);
  });
});

describe('what is kept', () => {
  it('is the energy of a regular triangle, 6/√3', () => {
    const W = [0, 120, 240].flatMap((a) => [Math.cos((a * Math.PI) / 180), Math.sin((a * Math.PI) / 180)]);
    expect(kept([3, 2], W, W)).toMatchObject({ largest: 0, rms: 0, energyChange: 0, pairs: 3, of: 3 });
    expect(
      kept(
        [3, 2],
        W,
        W.map((w) => 1.5 * w),
      ).moved,
    ).toBeCloseTo(0.5, 14);
    expect(kept([3, 2], W, W).energy).toBeCloseTo(6 / Math.sqrt(3), 13);
  });

  it('is nothing of an angle of 90° that becomes 60°', () => {
    const { largest, rms, energyChange } = kept([2, 2], [1, 0, 0, 1], [1, 0, 0.5, Math.sqrt(0.75)]);
    expect([largest, rms]).toEqual([expect.closeTo(30, 12), expect.closeTo(30, 12)]);
    expect(energyChange).toBeCloseTo(Math.SQRT2 - 1, 13);
  });

  it('does not depend on the lengths of rows', () => {
    const W = normal(60, 1);
    const scaled = W.map((w, k) => w * (1 + Math.floor(k / 6)));
    expect(kept([10, 6], W, scaled).largest).toBeLessThan(1e-12);
  });

  it('leaves out rows of zeros and of one direction', () => {
    const W = [1, 0, 2, 0, 0, 0, 0, 1];
    expect(kept([4, 2], W, W)).toMatchObject({ pairs: 6, leftOut: 4, largest: 0 });
    expect(kept([2, 2], [0, 0, 0, 0], [0, 0, 0, 0])).toMatchObject({
      energy: 0,
      energyChange: null,
      moved: null,
      rms: 0,
    });
  });

  it('is estimated by a sample', () => {
    const [rows, width] = [400, 8];
    const W = normal(rows * width, 3);
    const { distances } = separationsOf(W, width, pairsOf(rows, Number.POSITIVE_INFINITY));
    const whole = 2 * distances.reduce((sum, d) => sum + 1 / d, 0);
    const { pairs, of, energy } = kept([rows, width], W, W);
    expect([pairs, of]).toEqual([8192, 79_800]);
    expect(Math.abs(energy / whole - 1)).toBeLessThan(0.02);
  });

  it('says what a series misses', () => {
    const [W, exact, merged] = [
      [1, 0, 0, 1],
      [0, 1, -1, 0],
      [0, 1, -1, 0.5],
    ];
    const { truncation, largest } = keptOf([keptEntry('W', [2, 2], { W: W!, merged: merged!, exact })]);
    expect(truncation!.exact.largest).toBe(0);
    expect(truncation!.missed).toBeCloseTo(0.5 / 2, 14);
    expect(largest).toBeGreaterThan(20);
  });
});

describe('the exact weight', () => {
  const weightOf = (layer: { trace(c?: object): { claims?: { weight?: unknown } } }, c: object) =>
    JSON.stringify(layer.trace(c).claims!.weight, (k, v) =>
      k === 'spans' ? undefined : typeof v === 'bigint' ? `${v}` : v,
    );

  it('has Cayley transforms in place of truncated series', () => {
    const exact = JSON.stringify(exactWeight(psoft.trace({ cayley: 'neumann' })), (k, v) =>
      k === 'spans' ? undefined : typeof v === 'bigint' ? `${v}` : v,
    );
    expect(exact).toBe(weightOf(psoft, { cayley: 'exact' }));
  });

  it('is undefined without a series', () =>
    expect(exactWeight(oft.trace({ cayley: 'exact' }))).toBeUndefined());

  it('is asked of layers that rotate', () => {
    expect([oft, boft, psoft].map((l) => rotates(l.trace()))).toEqual([true, true, true]);
    expect(rotates(lora.trace())).toBe(false);
  });
});
