/** The replacement of setImmediate, by which oftc sleeps while it waits for Dawn. */
import { promisify } from 'node:util';
import { expect, it, vi } from 'vitest';
import { nodeGpu } from '../../runtime/node.ts';
import { pollPatiently } from '../../runtime/patience.ts';

const before = globalThis.setImmediate;
await nodeGpu();

it('setImmediate is replaced once', () => {
  const patient = globalThis.setImmediate;
  expect(patient).toHaveProperty('patient', true);
  pollPatiently();
  expect(globalThis.setImmediate).toBe(patient);
  expect(Object.keys(before).every((k) => k in patient)).toBe(true);
});

it('the replacement passes arguments on, in order, and can be cleared and awaited', async () => {
  const seen: unknown[] = [];
  setImmediate((...args: unknown[]) => seen.push(['own', ...args]), 1, 2);
  setImmediate(seen.push.bind(seen, 'native'), 3);
  clearImmediate(setImmediate(() => seen.push('never')));
  clearImmediate(setImmediate(seen.push.bind(seen, 'never')));
  expect(await promisify(setImmediate)('value')).toBe('value');
  expect(seen).toEqual([['own', 1, 2], 'native', 3]);
});

it('the replacement sleeps only before callbacks of native code', async () => {
  const wait = vi.spyOn(Atomics, 'wait');
  await new Promise<void>((done) => setImmediate(() => done()));
  expect(wait).not.toHaveBeenCalled();
  await new Promise<void>((done) => setImmediate(done.bind(null)));
  expect(wait).toHaveBeenCalledOnce();
  wait.mockRestore();
});
