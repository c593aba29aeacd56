import { expect, it } from 'vitest';
import { Allocations } from '../../bench/allocations.ts';
import { testDevice } from '../support/device.ts';

it('counts buffers from their creation until they are destroyed, once', async () => {
  const device = await testDevice();
  const allocations = new Allocations(device);
  const usage = 0x80;
  const create = (size: number) => device.createBuffer({ size, usage });
  const stays = create(64);
  const most = await allocations.peakOf(async () => {
    const [a, b] = [create(256), create(128)];
    b.destroy();
    b.destroy();
    create(32).destroy();
    stays.destroy();
    create(16).destroy();
    a.destroy();
  });
  expect(most).toBe(256 + 128);
  // A peak counts only buffers created within it. Freeing older buffers does not make it negative.
  expect(await allocations.peakOf(async () => {})).toBe(0);
  const later = create(512);
  expect(await allocations.peakOf(async () => create(8).destroy())).toBe(8);
  later.destroy();
});
