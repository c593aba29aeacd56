/** The options of `oftc finetune` that a page's settings stand for, so that both take the same steps. */

import { readProgram } from '../../../compiler/ir/stored.ts';
import type { FinetuneArguments } from '../../cli/finetune/arguments.ts';
import type { Asked } from '../../cli/finetune/start.ts';
import { dimsOf, fromLibrary, type Method, ownMethod } from '../../finetune/known-methods.ts';
import type { OwnLayer, RunSettings } from './protocol.ts';

export interface Places {
  readonly model: string;
  readonly text: string;
  readonly out: string;
}

export const argumentsOf = (
  { steps, batch, length, lr, seed, evalEvery, saveEvery, holdOut, inOrder, targets }: RunSettings,
  { model, text, out }: Places,
): FinetuneArguments => ({
  ...{
    model,
    data: [text],
    out,
    targets,
    steps,
    batch,
    length,
    lr,
    seed,
    evalEvery,
    saveEvery,
    holdOut,
    inOrder,
  },
  ...{ engine: 'webgpu', device: 'gpu', activations: 'f32' },
  ...{ schedule: 'cosine', warmup: 0, accumulate: 1, weightDecay: 0, betas: [0.9, 0.999] },
});

/** The method with its settings. Throws what `fromLibrary` throws, and StoredProgramError. */
export function askedFor({ adapter, set, targets }: RunSettings): Asked {
  const at = { modules: targets, option: '--targets' };
  if (typeof adapter === 'string') return { name: adapter, method: fromLibrary(adapter, set), ...at };
  return { name: adapter.name, method: methodOf(adapter, set), ...at };
}

function methodOf({ program: stored, config }: OwnLayer, set: RunSettings['set']): Method {
  const program = readProgram(stored);
  return ownMethod(program, config, dimsOf(program, set, Object.keys(config)), []);
}
