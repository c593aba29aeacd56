/** A new adapter on a model: every tensor at the start that its declaration states. */
import { OftcError } from '../../compiler/ir/error.ts';
import { initialise } from '../initialise.ts';
import type { HostTensor } from '../tensors.ts';
import { type AdapterChoice, adaptersOf } from './blocks.ts';
import { seedOf } from './loop/order.ts';
import type { Adapted } from './models/adapted.ts';
import { MODULES, type ModelConfig, PROJECTIONS, type Projection, shapeOf } from './models/config.ts';
import { checkSize, type Weights } from './uploads.ts';

/** A module that is adapted, and the layer in its place. */
export interface Site {
  /** `model.layers.0.self_attn.q_proj` */
  readonly module: string;
  readonly projection: Projection;
  readonly adapted: Adapted;
}

/** Every module that the adapter is on, in the order of the model. Throws OFT6001 for a layer that cannot stand there. */
export function sitesOf(config: ModelConfig, choice: Omit<AdapterChoice, 'tensors'>): Site[] {
  const adapters = adaptersOf(config, choice);
  for (const [p, adapted] of Object.entries(adapters)) checkStored(p, adapted);
  return Array.from({ length: config.layers }, (_, n) =>
    PROJECTIONS.flatMap((projection) => {
      const adapted = adapters[projection];
      return adapted ? [{ module: `model.layers.${n}.${MODULES[projection]}`, projection, adapted }] : [];
    }),
  ).flat();
}

/** What is neither trained nor the model's has no values; what is stored under one name would be one tensor. */
function checkStored(projection: string, { program, own }: Adapted): void {
  const given = own.find((i) => i.role !== 'trainable' || i.type.dtype !== 'f32');
  if (given)
    throw new OftcError(
      'OFT6001',
      `'${program.name}' wants '${given.name}' (${given.role}, ${given.type.dtype}) beside x, W and bias, and a new adapter has only what it trains, in f32`,
      given.spans,
    );
  if (own.length === 0)
    throw new OftcError('OFT6001', `'${program.name}' declares nothing that is trained: trainable(…)`);
  const names = own.map((i) => i.stored ?? i.name);
  const twice = names.find((n, i) => names.indexOf(n) !== i);
  if (twice !== undefined)
    throw new OftcError(
      'OFT6001',
      `'${program.name}' stores two tensors of ${projection} as '${twice}': give them names of their own`,
    );
}

/** The path of a tensor that a module's adapter trains. */
export const tensorPath = (
  module: string,
  i: { readonly name: string; readonly stored?: string | undefined },
) => `${module}.${i.stored ?? i.name}`;

/**
 * The adapter's tensors by path; each module has random numbers of its own. `weights` are read only where a start
 * refers to W.
 */
export async function startOf(
  config: ModelConfig,
  sites: readonly Site[],
  weights: Weights,
  seed: number,
): Promise<Map<string, HostTensor>> {
  const all = new Map<string, HostTensor>();
  for (const [n, { module, projection, adapted }] of sites.entries()) {
    const { program, own } = adapted;
    const fromW = own.some((i) => typeof i.init === 'object' && ('rowNorms' in i.init || 'same' in i.init));
    const W = fromW
      ? await weights.read(`${module}.weight`)
      : { data: new Float32Array(), shape: shapeOf(config, projection) };
    const made = initialise(program, { frozen: { W }, seed: seedOf(seed, n) });
    for (const i of own) all.set(tensorPath(module, i), made[i.name]!);
  }
  return all;
}

/** The adapter's tensors by path, as they are given. Throws OFT6002 for one of another size, and what `given` throws. */
export async function startFrom(sites: readonly Site[], given: Weights): Promise<Map<string, HostTensor>> {
  const all = new Map<string, HostTensor>();
  for (const { module, adapted } of sites)
    for (const i of adapted.own) {
      const path = tensorPath(module, i);
      const tensor = await given.read(path);
      checkSize(path, i, tensor.shape);
      all.set(path, tensor);
    }
  return all;
}
