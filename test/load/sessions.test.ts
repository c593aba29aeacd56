/** Counts the GPU objects that closed sessions and dropped results leave: the bounded part of `npm run test:load`. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cayley, compile, frozen, input, layer, skew, trainable } from '../../src/index.ts';
import { collect, countObjects, liveObjects } from './measure.ts';

let restore: () => void;
beforeAll(async () => {
  setFlagsFromString('--expose-gc');
  globalThis.gc = runInNewContext('gc');
  restore = await countObjects();
});
afterAll(() => restore());

const rotated = layer(
  { x: input('tokens', 'n'), W: frozen('out', 'n'), v: trainable('tri(n)') },
  ({ x, W, v }) => x.matmul(cayley(skew(v))).matmul(W.T),
);
const ones = (n: number) => new Float32Array(n).fill(1);
const opened = async () => {
  const session = await compile(rotated, { dims: { n: 4, out: 2 }, device: 'gpu' });
  session.bind({ W: ones(8), v: ones(6) });
  return session;
};

/** A function of its own, so that nothing of the session is in reach once it returns. */
async function openAndClose(): Promise<void> {
  const session = await opened();
  await (await session.run({ x: ones(8) })).readAll();
  await (await session.gradients({ x: ones(8) }, { y: ones(4) })).readAll();
  await session.dispose();
}

it('sessions that are closed leave no device, buffer, pipeline or bind group', async () => {
  for (let n = 0; n < 6; n++) await openAndClose();
  await collect();
  expect(liveObjects()).toEqual({});
});

it('results that nobody frees are collected, one by one and 50 at once', async () => {
  const session = await opened();
  const run = async () => (await session.run({ x: ones(8) })).readAll();
  await run();
  await collect();
  const first = liveObjects();
  expect(first.buffers).toBeGreaterThan(2);
  for (let n = 0; n < 50; n++) await run();
  await Promise.all(Array.from({ length: 50 }, run));
  await collect();
  expect(liveObjects()).toEqual(first);
  await session.dispose();
});
