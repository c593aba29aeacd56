/** Estimates a run on a device, before a weight is loaded. */

import { traitsOf } from '../../../runtime/choose.ts';
import { targetsNamed } from '../../cli/finetune/targets.ts';
import { short } from '../../explain/units.ts';
import { planTraining, trainedIn } from '../../finetune/sized/training.ts';
import { sitesOf } from '../../finetune/start.ts';
import type { OpenModel } from '../../formats/model.ts';
import { classOf } from '../../session/backends/gpu.ts';
import { askedFor } from './arguments.ts';
import { kept } from './job.ts';
import type { Estimate, RunSettings } from './protocol.ts';

export async function estimateOf(
  { config }: OpenModel,
  settings: RunSettings,
  device: GPUDevice,
): Promise<Estimate> {
  const { method, modules, option } = askedFor(settings) as Extract<
    ReturnType<typeof askedFor>,
    { readonly method: unknown }
  >;
  const targets = targetsNamed(config, modules, option);
  const { batch, length } = settings;
  const adapter = {
    source: method.source,
    ...(method.own ? {} : { config: method.config }),
    ...{ dims: method.dims, targets },
  };
  const { memory, refusals } = await planTraining({
    ...{ config, adapter, batch, length, accumulate: 1, plans: kept },
    device: { class: classOf(device), traits: traitsOf(device), limits: device.limits },
  });
  const { total, ...bytes } = memory;
  return { trained: trainedIn(sitesOf(config, { ...method, targets })), bytes, total, refusals };
}

/** Throws where the device would refuse the run. */
export function checkFits({ total, refusals }: Estimate, { limits }: GPUDevice): void {
  const [first] = refusals;
  if (first === undefined) return;
  const largest = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
  throw new Error(
    `the run takes ${short(total)}B of device memory, and this device takes tensors of at most ${short(largest)}B: ${first}. Take a smaller model, or fewer or shorter sequences`,
  );
}
