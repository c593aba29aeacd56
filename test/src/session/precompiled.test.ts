/** Kernels go to a second device where that saves time: those of a new Plan, on a device of its own whose driver compiles late. */
import { expect, it, onTestFinished, vi } from 'vitest';
import { solveDims } from '../../../compiler/ir/bind.ts';
import { Precompiler } from '../../../runtime/precompile.ts';
import { lora } from '../../../src/adapters/lora.ts';
import { classOf, gpuBackend } from '../../../src/session/backends/gpu.ts';
import { prepare } from '../../../src/session/plan.ts';
import { testDevice } from '../../support/device.ts';

const program = lora.trace();
const options = { gradients: false, sizes: solveDims(program, { in: 64, out: 64, r: 4 }) };

it.each([
  { isOwned: true, isNew: true },
  { isOwned: true, isNew: false },
  { isOwned: false, isNew: true },
])('a device that is owned: $isOwned; a Plan that is new: $isNew', async ({ isOwned, isNew }) => {
  const add = vi.spyOn(Precompiler.prototype, 'add').mockResolvedValue();
  const close = vi.spyOn(Precompiler.prototype, 'close');
  const device = await testDevice();
  const destroy = vi.spyOn(device, 'destroy').mockReturnValue(undefined);
  onTestFinished(() => void vi.restoreAllMocks());
  const backend = gpuBackend(device, isOwned);
  const planned = prepare(program, options, backend, {});
  expect(planned.isNew).toBe(false);
  const runner = await backend.prepare({ ...planned, isNew }, true);
  await runner.ready(2);
  await runner.ready(2);
  backend.dispose();
  expect(destroy).toHaveBeenCalledTimes(isOwned ? 1 : 0);
  const hasPrecompiler = isOwned && classOf(device).compilesLate !== undefined;
  expect(close).toHaveBeenCalledTimes(hasPrecompiler ? 1 : 0);
  const given = add.mock.calls.map(([plan, kernels]) => kernels.map((k) => plan.kernels[k]!.name));
  if (!hasPrecompiler || !isNew) expect(given).toEqual([]);
  else {
    expect(given[0]!.length).toBeGreaterThan(1);
    expect(given.slice(1)).toEqual([[]]);
  }
  runner.dispose();
});
