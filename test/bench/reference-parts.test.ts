/** The float64 references of a transformer's parts against the compiler's interpreter. They share no code. */
import { expect, it } from 'vitest';
import { adamWElement, attentionStep, crossEntropyRow, rmsNormRow } from '../../bench/reference-parts.ts';
import { relativeError } from '../../bench/statistics.ts';
import { values } from '../../bench/values.ts';
import { adamW } from '../../src/finetune/adamw.ts';
import { crossEntropy } from '../../src/finetune/models/head.ts';
import { rmsNorm } from '../../src/finetune/models/parts.ts';
import { compile } from '../../src/index.ts';
import { attention, input, layer } from '../../src/language/dsl/index.ts';

const LENGTH = 6;
const SIZE = { length: LENGTH, heads: 4, keyHeads: 2, width: 4 };
const close = (actual: ArrayLike<number>, expected: ArrayLike<number>, what: string) =>
  expect(relativeError(actual, expected), what).toBeLessThan(1e-6);

it('attention and its gradients agree, where key heads are shared', async () => {
  const { heads, keyHeads, width } = SIZE;
  const one = layer(
    {
      q: input('tokens', heads, width),
      k: input('tokens', keyHeads, width),
      v: input('tokens', keyHeads, width),
      start: input('tokens', { dtype: 'i32' }),
    },
    ({ q, k, v, start }) => attention(q, k, v, start),
  );
  const session = await compile(one, { device: 'cpu' });
  const tensor = (seed: number, of: number) => ({
    shape: [LENGTH, of, width],
    data: values(seed, LENGTH * of * width),
  });
  const [q, k, v, y] = [tensor(1, heads), tensor(2, keyHeads), tensor(3, keyHeads), tensor(4, heads)];
  const start = { shape: [LENGTH], data: new Int32Array(LENGTH) };
  const actual = await (await session.gradients({ q, k, v, start }, { y })).readAll();
  const reference = attentionStep({ query: q.data, key: k.data, value: v.data, g: y.data }, SIZE);
  const names = { y: 'y', 'grad.query': 'grad.q', 'grad.key': 'grad.k', 'grad.value': 'grad.v' };
  expect(Object.keys(reference).sort()).toEqual(Object.keys(names).sort());
  for (const [name, own] of Object.entries(names)) close(actual[own]!.data, reference[name]!, name);
});

it('a row of the RMS norm and its gradient agree', async () => {
  const n = 8;
  const session = await compile(rmsNorm, { dims: { n }, config: { epsilon: 0.01 }, device: 'cpu' });
  const [x, weight, g] = [1, 2, 3].map((seed) => values(seed, n)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const row = (data: Float32Array) => ({ shape: [1, n], data });
  const given = { x: row(x), weight: { shape: [n], data: weight } };
  const actual = await (await session.gradients(given, { y: row(g) })).readAll();
  const reference = rmsNormRow(x, weight, g, 0.01);
  for (const name of ['y', 'grad.x']) close(actual[name]!.data, reference[name]!, name);
});

it('the cross-entropy of tokens and its gradient agree', async () => {
  const [tokens, vocabulary] = [3, 7];
  const session = await compile(crossEntropy, { dims: { vocabulary }, device: 'cpu' });
  const z = values(1, tokens * vocabulary, 4);
  const labels = [2, 0, 6];
  const given = {
    z: { shape: [tokens, vocabulary], data: z },
    label: { shape: [tokens], data: Int32Array.from(labels) },
    weight: { shape: [tokens, 1], data: Float32Array.of(1, 0.5, 0) },
  };
  const actual = await (
    await session.gradients(given, { y: { shape: [1, 1], data: Float32Array.of(1) } })
  ).readAll();
  const rows = labels.map((label, t) =>
    crossEntropyRow(z.subarray(t * vocabulary, (t + 1) * vocabulary), label),
  );
  const weighted = rows.flatMap(({ gradient }, t) => [...gradient.map((s) => s * given.weight.data[t]!)]);
  close(actual.y!.data, [rows[0]!.loss + rows[1]!.loss / 2], 'y');
  close(actual['grad.z']!.data, weighted, 'grad.z');
});

it('an update of AdamW agrees', async () => {
  const session = await compile(adamW, { device: 'cpu' });
  const state = { p: 0.5, g: -0.25, m: 0.125, v: 0.0625 };
  const factors = { scale: 0.5, kept: 0.875, rate: 0.25, root: 2 };
  const given = Object.fromEntries(
    Object.entries({ ...state, ...factors }).map(([name, x]) => [name, Float32Array.of(x)]),
  );
  const actual = await (await session.run(given)).readAll();
  const reference = adamWElement(state, factors, [0.9, 0.999], 1e-8);
  for (const name of ['p', 'm', 'v'] as const) close(actual[name]!.data, [reference[name]], name);
});
