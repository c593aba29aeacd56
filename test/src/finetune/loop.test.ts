/** Parts of the training loop: rates, order of the data, clipping, accumulation; every method trains. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Batch, IGNORED, nextTokens } from '../../../src/finetune/batch.ts';
import { lossChart } from '../../../src/finetune/loop/chart.ts';
import { readCheckpoint } from '../../../src/finetune/loop/checkpoint.ts';
import { meanLoss } from '../../../src/finetune/loop/feed.ts';
import { Order } from '../../../src/finetune/loop/order.ts';
import { readMetrics } from '../../../src/finetune/loop/run-folder.ts';
import { rateAt } from '../../../src/finetune/loop/schedule.ts';
import { METHODS, methodOf, WORDS } from '../../../src/finetune/methods.ts';
import { runs } from '../../support/runs.ts';
import { SMALL } from './support.ts';
import { at, finetune } from './tiny.ts';

describe('the rate', () => {
  const of = (schedule: 'cosine' | 'linear' | 'constant') =>
    Array.from({ length: 10 }, (_, step) => rateAt(step, { rate: 8, schedule, warmup: 2, steps: 10 }));

  it('rises, then falls to 0 at the end or stays', () => {
    expect(of('linear')).toEqual([4, 8, 8, 7, 6, 5, 4, 3, 2, 1]);
    expect(of('constant')).toEqual([4, 8, 8, 8, 8, 8, 8, 8, 8, 8]);
    const cosine = of('cosine');
    expect(cosine.slice(0, 3)).toEqual([4, 8, 8]);
    // The rate falls by half a cosine from step 2 to step 10: at step 4 it is 8·cos²(π/8), at step 6 half of 8.
    expect(cosine[4]).toBeCloseTo(8 * Math.cos(Math.PI / 8) ** 2, 12);
    expect(cosine[6]).toBeCloseTo(4, 12);
    expect(cosine[8]).toBeCloseTo(8 * Math.sin(Math.PI / 8) ** 2, 12);
  });

  it('falls to a least rate as in torch', () => {
    const rates = (schedule: 'cosine' | 'linear' | 'constant') =>
      Array.from({ length: 6 }, (_, step) =>
        rateAt(step, { rate: 8, least: 2, schedule, warmup: 2, steps: 6 }),
      );
    expect(rates('linear')).toEqual([4, 8, 8, 6.5, 5, 3.5]);
    // CosineAnnealingLR with T_max 4 and eta_min 2 has these rates after 0 to 3 steps from 8.
    const torch = [8, 7.121320343559642, 5, 2.878679656440357];
    for (const [n, rate] of torch.entries()) expect(rates('cosine')[n + 2]).toBeCloseTo(rate, 12);
    // A rate that does not fall has no least one to fall to.
    expect(rates('constant').slice(2)).toEqual([8, 8, 8, 8]);
  });
});

describe('the order', () => {
  it('has all sequences once an epoch, another order each, and is a function of seed and position', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.nat(), fc.nat(200), (count, seed, position) => {
        const order = new Order(count, seed);
        const epoch = (n: number) => order.batch(n * count, count);
        expect([...epoch(0)].sort((a, b) => a - b)).toEqual([...Array(count).keys()]);
        expect([...epoch(3)].sort((a, b) => a - b)).toEqual([...Array(count).keys()]);
        expect(new Order(count, seed).at(position)).toBe(order.at(position));
      }),
      runs(50, 2000),
    );
    const [one, other] = [new Order(50, 1), new Order(50, 2)];
    expect(one.batch(0, 50)).not.toEqual(other.batch(0, 50));
    expect(one.batch(0, 50)).not.toEqual(one.batch(50, 50));
  });
});

describe('a step', () => {
  const first = async (run: string) => (await readMetrics(at(run))).filter((m) => 'loss' in m);

  it('of two batches is one of a batch twice as large', async () => {
    expect((await finetune('two', '--batch', '2', '--accumulate', '2', '--steps', '3')).exit).toBe(0);
    expect((await finetune('one', '--batch', '4', '--steps', '3')).exit).toBe(0);
    const [two, one] = [await first('two'), await first('one')];
    for (const [n, { loss, norm, tokens }] of one.entries()) {
      expect(two[n]!.loss).toBeCloseTo(loss, 6);
      expect(two[n]!.norm / norm).toBeCloseTo(1, 5);
      expect(two[n]!.tokens).toBe(tokens);
    }
  });

  it('follows a gradient of at most the norm to clip at', async () => {
    const norms = async (run: string, clip: string) => {
      expect((await finetune(run, '--steps', '1', '--clip', clip, '--accumulate', '2')).exit).toBe(0);
      const { moments } = await readCheckpoint(at(`${run}/checkpoint.safetensors`));
      const m = [...moments.values()].flatMap((x) => Array.from(x.m as Float64Array));
      // After one step AdamW's first mean is (1 − β₁)·g, with β₁ = 0.9.
      return { used: Math.hypot(...m) / 0.1, found: (await first(run))[0]!.norm };
    };
    const free = await norms('free', '1000');
    expect(free.used / free.found).toBeCloseTo(1, 6);
    const clipped = await norms('clipped', '0.01');
    expect(clipped.found).toBeCloseTo(free.found, 12);
    expect(clipped.used).toBeCloseTo(0.01, 9);
  });
});

it('the mean loss is over all sequences, in batches of one token count', async () => {
  const sequences = Array.from({ length: 7 }, (_, n) => nextTokens([n, n, n, n]));
  const counts = new Set<number>();
  // The loss of a token is its id.
  const loss = async ({ tokens, ids, weight }: Batch) => {
    counts.add(tokens);
    return ids.reduce((sum, id, i) => sum + id * weight[i]!, 0);
  };
  const mean = await meanLoss({ config: { ...SMALL, vocabSize: 7 }, loss }, sequences, 3);
  expect(mean).toBeCloseTo(3, 6);
  expect([...counts]).toEqual([9]);
  expect(await meanLoss({ config: { ...SMALL, vocabSize: 7 }, loss }, sequences.slice(0, 2), 3)).toBeCloseTo(
    0.5,
    6,
  );
  expect([...counts]).toEqual([9, 6]);
});

it('the mean loss is over the labels that count', async () => {
  const none = { ids: [1, 1, 1], labels: [IGNORED, IGNORED, 2] };
  const loss = async ({ ids, weight }: Batch) => ids.reduce((sum, id, i) => sum + id * weight[i]!, 0);
  const all = [none, nextTokens([5, 5, 5, 5])];
  // One token of id 1 and three of id 5 count.
  for (const batch of [1, 2])
    expect(await meanLoss({ config: { ...SMALL, vocabSize: 7 }, loss }, all, batch)).toBeCloseTo(4, 6);
});

describe('the library', () => {
  const SIZES: Readonly<Record<string, string>> = {
    ...{
      oft: 'b=4',
      boft: 'b=4',
      lycorisBoft: 'b=4',
      hra: 'r=2',
      road: 'g=4',
      lora: 'r=2',
      dora: 'r=2',
      diagOft: 'b=4',
      ether: 'k=2',
    },
    ...{
      etherPlus: 'k=2',
      goft: 'levels=3',
      qgoft: 'levels=3',
      gsoft: 'b=2',
      doubleGsoft: 'a=2,b=2',
      hoft: 'r=2',
      shoft: 'r=2',
      loft: 'r=3',
    },
    ...{ scaledOft: 'b=4', psoft: 'r=3', poet: 'a=4,b=4', walsh: 'levels=3' },
    ...{ frod: 'k=6', c3a: 'b=4', gralora: 'r=4', svft: 'k=4', ssvd: 'k=4', miss: 'r=4' },
    ...{ ia3: 'feedforward=true', loha: 'r=2', lokr: 'l=2,m=2,r=2', hira: 'r=2', delora: 'r=2', vera: 'r=2' },
    ...{ shira: 'r=1', fourierft: 'n=5', waveft: 'n=5' },
    ...{ randlora: 'r=2', deft: 'r=2', osf: 'k=2' },
  };

  it('has sizes here for every method', () => {
    expect(Object.keys(SIZES).sort()).toEqual(Object.keys(METHODS).sort());
  });

  it.each(Object.entries(SIZES))('%s trains', async (method, sizes) => {
    const { exit, stdout, stderr } = await finetune(
      `library-${method}`,
      ...['--adapter', method, '--set', sizes, '--targets', 'q_proj,up_proj', '--steps', '2', '--lr', '0.01'],
    );
    expect(exit, stderr + stdout).toBe(0);
    const { heldOut } = JSON.parse(stdout);
    expect(heldOut[1].loss).not.toBe(heldOut[0].loss);
  });

  it('has settings of words only where the command knows all their words', () => {
    for (const { defaults } of Object.values(METHODS))
      for (const [key, value] of Object.entries(defaults))
        if (typeof value === 'string') expect(WORDS[key], key).toContain(value);
    for (const word of WORDS.cayley!)
      expect(methodOf('oft', { b: '4', cayley: word }).config).toMatchObject({ cayley: word });
  });
});

it('the chart draws every step and evaluation', () => {
  const svg = lossChart(
    [
      { step: 0, heldOut: 3 },
      { step: 1, loss: 3.5, rate: 1, norm: 1, tokens: 1, seconds: 1 },
      { step: 2, loss: 2.5, rate: 1, norm: 1, tokens: 1, seconds: 1 },
      { step: 2, heldOut: 2 },
    ],
    'a & b',
  );
  expect(svg).toContain('a &amp; b');
  const [train, heldOut] = [...svg.matchAll(/points="([^"]*)"/g)].map(([, points]) =>
    points!.split(' ').map((p) => p.split(',').map(Number)),
  );
  expect(train!.map(([x]) => x)).toEqual([380, 700]);
  expect(heldOut!.map(([x]) => x)).toEqual([60, 700]);
  // The losses are 3.5, 2.5, 3 and 2, and heights in the chart are proportional to them.
  const [[, a], [, b]] = train as [number[], number[]];
  const [[, c], [, d]] = heldOut as [number[], number[]];
  expect((b! - a!) / (d! - c!)).toBeCloseTo(1, 2);
  expect(svg.match(/<circle/g)).toHaveLength(2);
  expect(svg).not.toContain('exact match');
});

it('the chart draws the exact match on a scale from 0 to 100 %', () => {
  const svg = lossChart(
    [
      { step: 0, heldOut: 3, correct: 0, asked: 4 },
      { step: 1, loss: 3.5, rate: 1, norm: 1, tokens: 1, seconds: 1 },
      { step: 1, heldOut: 2, correct: 3, asked: 4 },
    ],
    'a run',
  );
  const lines = [...svg.matchAll(/points="([^"]*)"/g)].map(([, points]) => points);
  // The box is 286 high, from 64 to 350.
  expect(lines.at(-1)).toBe('60.0,350.0 700.0,135.5');
  expect(svg.match(/<circle/g)).toHaveLength(4);
  expect(svg).toContain('exact match');
});
