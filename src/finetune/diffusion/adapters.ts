/** Adapters on the linear layers of an MM-DiT block: their layers at each module, and their starts. */
import { OftcError } from '../../../compiler/errors/error.ts';
import { referenceOf } from '../../../compiler/ir/init.ts';
import type { HostTensor } from '../../session/tensors.ts';
import { initialise } from '../../start/initialise.ts';
import { type AdapterChoice, onModule, programFor } from '../blocks.ts';
import { seedOf } from '../loop/order.ts';
import { adaptedAt } from '../models/adapted.ts';
import { tensorPath } from '../start.ts';
import type { Weights } from '../uploads.ts';
import { type MmDitShape, mmDitLinear, mmDitProjections } from './linear-layers.ts';
import type { MmDitAdapters } from './mm-dit.ts';

/** A method and what it replaces. `targets` are modules of the block; by default all projections. */
export interface MmDitChoice extends Pick<AdapterChoice, 'source' | 'layer' | 'config' | 'dims'> {
  readonly targets?: readonly string[];
}

/** The adapter's layer at each module that it targets. Throws OFT6001 for a layer or a target that does not fit. */
export function mmDitAdapters(c: MmDitShape, { targets, ...choice }: MmDitChoice): MmDitAdapters {
  const layers = new Map(mmDitLinear(c).map((l) => [l.module, l]));
  const at = (module: string) => {
    const linear = layers.get(module);
    if (!linear)
      throw new OftcError(
        'OFT6001',
        `a block has no module '${module}'; it has ${[...layers.keys()].join(', ')}`,
      );
    const program = programFor(choice, linear.bias);
    return onModule(module, () => adaptedAt(program, linear.shape, choice.dims ?? {}));
  };
  return Object.fromEntries((targets ?? mmDitProjections(c)).map((module) => [module, at(module)]));
}

/**
 * The adapters' tensors at their starts, by path: `transformer_blocks.0.attn.to_q.oft_R.weight` for a block at
 * `transformer_blocks.0.`. `weights` has the block's tensors, which are read if a start refers to them.
 */
export async function mmDitStarts(
  adapters: MmDitAdapters,
  weights: Pick<Weights, 'read'>,
  { at = '', seed }: { readonly at?: string; readonly seed: number },
): Promise<Map<string, HostTensor>> {
  const all = new Map<string, HostTensor>();
  for (const [n, [module, { program, own }]] of Object.entries(adapters).entries()) {
    const wanted = own.map((i) => i.init && referenceOf(i.init));
    const frozen: Record<string, HostTensor> = {};
    for (const [name, path] of [
      ['W', 'weight'],
      ['bias', 'bias'],
    ] as const)
      if (name === 'W' || wanted.includes(name)) frozen[name] = await weights.read(`${at}${module}.${path}`);
    const made = onModule(module, () => initialise(program, { frozen, seed: seedOf(seed, n) }));
    for (const i of own) all.set(`${at}${tensorPath(module, i)}`, made[i.name]!);
  }
  return all;
}
