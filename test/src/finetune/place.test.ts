/** A place holds tensors on the device and not on the host as well. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { ledgerOf } from '../../../runtime/memory.ts';
import { openPlace, type Place, type PlacedTensor } from '../../../src/finetune/place.ts';
import { Stage } from '../../../src/finetune/stage.ts';
import { rowsOf } from '../../../src/finetune/uploads.ts';
import { frozen, input, layer } from '../../../src/index.ts';
import { faulty } from '../../faults/gpu.ts';
import { plainDevice, testDevice } from '../../support/device.ts';

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

/** Places a tensor. The array is a local of this function, so that nothing else keeps it from collection. */
function held(place: Place): [PlacedTensor, WeakRef<ArrayBuffer>] {
  const data = Float32Array.from({ length: 4096 }, (_, i) => i);
  return [place.hold('a weight', data), new WeakRef(data.buffer)];
}

it('a place lets go of the host data that it has uploaded, and reads it back', async () => {
  const device = await testDevice();
  const place = await openPlace(device);
  const before = ledgerOf(device).now;
  const [weight, host] = held(place);
  expect(place.ledger!.now - before).toBe(4 * 4096);
  await place.settled();
  // A WeakRef keeps its target alive until the current turn of the event loop ends.
  await new Promise((resolve) => setTimeout(resolve, 0));
  collect();
  expect(host.deref()).toBeUndefined();
  const read = await weight.read();
  expect([read.length, read[0], read[4095]]).toEqual([4096, 0, 4095]);
  weight.free();
  expect(place.ledger!.now).toBe(before);
  place.dispose();
});

it('the first error of copies stays until it is asked for, and is told once', async () => {
  const { device, set } = faulty(await plainDevice());
  const place = await openPlace(device);
  const hold = (label: string) => place.hold(label, new Float32Array(64));
  hold('a fit');
  set({
    before: (call, label) => (call === 'createBuffer' && label.includes('a miss') ? 'fail' : undefined),
  });
  hold('a miss');
  hold('a miss, again');
  set(undefined);
  await new Promise((resolve) => setTimeout(resolve, 0));
  await expect(place.checked()).rejects.toMatchObject({
    code: 'OutOfMemory',
    message: expect.not.stringContaining('again'),
  });
  await place.checked();
  place.dispose();
  device.destroy();
});

it('the ledger knows the most bytes held at once since it was last reset', async () => {
  const device = await testDevice();
  const [place, ledger] = [await openPlace(device), ledgerOf(device)];
  const hold = (n: number) => place.hold('x', new Float32Array(n));
  const before = ledger.now;
  ledger.restart();
  const [a, b] = [hold(64), hold(32)];
  b.free();
  b.free();
  expect([ledger.now - before, ledger.most - before]).toEqual([256, 384]);
  ledger.restart();
  expect(ledger.most - before).toBe(256);
  a.free();
  expect([ledger.now - before, ledger.most - before]).toEqual([0, 256]);
  place.dispose();
});

it('rows are read alone where that is possible, else cut from the whole', async () => {
  const data = Float32Array.from({ length: 12 }, (_, i) => i);
  const whole = await rowsOf({ read: async () => ({ data, shape: [4, 3] }) }, 'w', 3);
  expect([...(await whole(2, 2))]).toEqual([6, 7, 8, 9, 10, 11]);
  const read = async () => {
    throw new Error('read as a whole');
  };
  const lazy = await rowsOf({ read, rows: async () => async (n) => data.subarray(n, n + 1) }, 'w', 3);
  expect([...(await lazy(5, 1))]).toEqual([5]);
});

it('a stage in the reference has no Plan until it is asked for', async () => {
  // A Plan of this layer would be refused: its weight has more elements than a kernel can count.
  const many = layer({ x: input('tokens', 'n'), W: frozen('n', 'n') }, ({ x, W }) => x.matmul(W));
  const place = await openPlace('cpu');
  const stage = await Stage.prepare(place, many.trace(), { dims: { n: 2 ** 16 } });
  expect(() => stage.plan()).toThrow('elements');
  stage.dispose();
  place.dispose();
});
