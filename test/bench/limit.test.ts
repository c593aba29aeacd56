import { describe, expect, it } from 'vitest';
import { compilationOf, compiled } from '../../bench/compiled.ts';
import { type LimitRow, limitRows, limitSeconds, workOf, workOfAll } from '../../bench/limit.ts';
import { COPIED, PEAK_FLOPS } from '../../bench/probe.ts';
import { runsDuring } from '../../bench/recorded-runs.ts';
import { Executable } from '../../runtime/index.ts';
import { attention, frozen, input, layer, take } from '../../src/language/dsl/index.ts';
import { planOf } from '../../src/session/session.ts';
import { testDevice } from '../support/device.ts';

const TOKENS = 5;
const [IN, OUT] = [64, 128];
const linear = (dtype: 'f32' | 'f16' = 'f32') =>
  layer({ x: input('tokens', 'in', { dtype }), W: frozen('out', 'in', { dtype }) }, ({ x, W }) =>
    x.matmul(W.T),
  ).trace();
const dims = { in: IN, out: OUT };
const product = 2 * TOKENS * IN * OUT;
const [x, y, W] = [TOKENS * IN, TOKENS * OUT, IN * OUT];

describe('the work of a run', () => {
  it('is two operations a multiply-add, and each tensor that is read or written once', () => {
    const plan = compiled(linear(), { dims, gradients: true });
    const work = workOf({ plan, tokens: TOKENS });
    // The outputs are y and the gradient of x. W is read for both, and counts once.
    expect(work).toEqual({ flops: 2 * product, bytes: 4 * (x + W + y + (y + x)) });
    expect(
      workOfAll([
        { plan, tokens: TOKENS },
        { plan, tokens: TOKENS },
      ]),
    ).toEqual({
      flops: 2 * work.flops,
      bytes: 2 * work.bytes,
    });
  });

  it('leaves inputs out that no kernel reads', () => {
    const scaled = layer({ x: input('tokens'), s: frozen(1) }, ({ x, s }) => x.mul(s)).trace();
    const plan = compiled(scaled, { dims: {}, gradients: false });
    const unread = { ...plan.inputs[0]!, name: 'unread' };
    const both = { ...plan, inputs: [...plan.inputs, unread] };
    expect(workOf({ plan: both, tokens: 32 })).toEqual({ flops: 32, bytes: 4 * (32 + 1 + 32) });
  });

  it('counts two bytes for an element in half precision', () => {
    const plan = compiled(linear('f16'), { dims, gradients: false });
    expect(workOf({ plan, tokens: TOKENS })).toEqual({ flops: product, bytes: 2 * (x + W + y) });
  });

  it('counts the codes and the scales of a quantised tensor, and nothing for decoding them', () => {
    const stored = { W: { format: 'nf4', block: 64 } } as const;
    const plan = compiled(linear(), { dims, gradients: false, stored });
    // Four bits a weight and a scale for each 64 of them.
    const held = W / 2 + 4 * (W / 64);
    expect(workOf({ plan, tokens: TOKENS })).toEqual({ flops: product, bytes: held + 4 * (x + y) });
  });

  it('counts of a table the rows that a gather may read', () => {
    const rows = 1000;
    const embed = layer({ ids: input('tokens', { dtype: 'i32' }), E: frozen(rows, IN) }, ({ ids, E }) =>
      take(E, ids, 0),
    ).trace();
    const plan = compiled(embed, { dims: {}, gradients: false });
    const [ids, gathered] = [4 * TOKENS, 4 * TOKENS * IN];
    // The kernel states ids, rows and results together: the table counts no more than that.
    expect(workOf({ plan, tokens: TOKENS }).bytes).toBe(ids + (ids + 2 * gathered) + gathered);
    expect(workOf({ plan, tokens: 4 * rows }).bytes).toBe(4 * (4 * rows + rows * IN + 4 * rows * IN));
  });

  it('counts attention within sequences alone', () => {
    const [heads, keyHeads, width, tokens] = [4, 2, 8, 32];
    const attended = layer(
      {
        query: input('tokens', heads, width),
        key: input('tokens', keyHeads, width),
        value: input('tokens', keyHeads, width),
        start: input('tokens', { dtype: 'i32' }),
      },
      ({ query, key, value, start }) => attention(query, key, value, start),
    ).trace();
    const plan = compiled(attended, { dims: {}, gradients: false });
    const [whole, quarter] = [workOf({ plan, tokens }), workOf({ plan, tokens, sequences: 4 })];
    expect(quarter.flops).toBe(whole.flops / 4);
    expect(quarter.bytes).toBe(whole.bytes);
    expect(whole.bytes).toBe(4 * tokens * (2 * heads * width + 2 * keyHeads * width + 1));
    // At least the scores and the weighted values, for half of the pairs.
    expect(whole.flops).toBeGreaterThanOrEqual(2 * tokens * tokens * heads * width);
  });
});

describe('the limit', () => {
  it('is the time of the operations at the peak and of the bytes at the rate of a copy', () => {
    expect(limitSeconds({ flops: PEAK_FLOPS, bytes: COPIED }, 3, 5)).toBe(8);
    expect(limitSeconds({ flops: PEAK_FLOPS / 2, bytes: 0 }, 3, 5)).toBe(1.5);
    expect(limitSeconds({ flops: 0, bytes: COPIED / 4 }, 4, 8)).toBe(2);
  });

  it('is divided by the time within each round, with the rates of that round', () => {
    const all = (samples: number[]) => ({ wall: samples, cpu: samples.map((s) => 2 * s) });
    const timings = {
      peak: all([1, 10, 1]),
      'copy by a kernel': all([9, 90, 9]),
      copyBufferToBuffer: all([1, 10, 1]),
      own: all([4, 40, 4]),
    };
    const work = { flops: PEAK_FLOPS, bytes: COPIED };
    const rows = limitRows(timings, { own: work, failed: work }, (name) => `a product, ${name}`);
    expect(rows.map((r) => r.row)).toEqual(['a product, own']);
    const [row] = rows as [LimitRow];
    expect(row).toMatchObject(work);
    // The machine is ten times slower in the second round, for the row and for the probes.
    expect(row.share.wall).toEqual({ median: 0.5, low: 0.5, high: 0.5, runs: 3 });
    expect(row.share.cpu).toEqual({ median: 0.5, low: 0.5, high: 0.5, runs: 3 });
    expect(row.limitSeconds.wall!.median).toBe(2);
    expect(row.seconds.wall.median).toBe(4);
  });
});

it('runsDuring records the runs of all Plans, and no run after them', async () => {
  const doubled = layer({ x: input('tokens') }, ({ x }) => x.add(x)).trace();
  const plan = planOf(compilationOf(doubled, { dims: {}, gradients: false }));
  const executable = await Executable.create(await testDevice(), plan);
  const run = (tokens: number) => executable.run(tokens, { x: new Float32Array(tokens) }).done();
  const runs = await runsDuring(async () => {
    await run(3);
    await run(8);
  });
  await run(5);
  executable.dispose();
  expect(runs.map((r) => r.tokens)).toEqual([3, 8]);
  expect(workOf(runs[1]!)).toEqual({ flops: 8, bytes: 64 });
});
