/** Linear layers by their modules' paths, in blocks that no text runs through: their tensors, adapters and starts. */
import { OftcError } from '../../compiler/errors/error.ts';
import { referencesOf } from '../../compiler/ir/init.ts';
import { frozen, type Param, type Tensor, trainable } from '../language/dsl/index.ts';
import type { HostTensor } from '../session/tensors.ts';
import { initialise } from '../start/initialise.ts';
import { type AdapterChoice, onModule, programFor } from './blocks.ts';
import { seedOf } from './loop/order.ts';
import { type Adapted, adaptedAt, applyAdapter, prefixed } from './models/adapted.ts';
import type { Linear } from './models/modules.ts';
import { checkNamed } from './module-settings.ts';
import { tensorPath } from './start.ts';
import type { Weights } from './uploads.ts';

/** Adapters by the modules that they replace: `attn.to_q`. */
export type ModuleAdapters = Readonly<Record<string, Adapted>>;

/** A method, and the modules that it is on. */
export interface ModuleChoice extends Pick<AdapterChoice, 'source' | 'layer' | 'config' | 'dims'> {
  readonly targets: readonly string[];
}

/** The name of a module's weight in a layer: `attn_to_out_0` of attn.to_out.0. */
export const nameOf = (module: string): string => module.replaceAll('.', '_');
const biasOf = (module: string): string => `${nameOf(module)}_bias`;

/** Declares the weights and biases of linear layers, and the adapters' tensors. */
export function linearTensors(
  layers: readonly Linear[],
  adapters: ModuleAdapters = {},
  role: 'frozen' | 'trainable' = 'frozen',
): Record<string, Param> {
  const weight = role === 'trainable' ? trainable : frozen;
  const own = layers.flatMap(({ module, shape: [out, inner], bias }): [string, Param][] => [
    [nameOf(module), weight(out, inner, { stored: `${module}.weight` })],
    ...(bias ? [[biasOf(module), weight(out, { stored: `${module}.bias` })] as [string, Param]] : []),
  ]);
  const trained = Object.entries(adapters).map(([module, adapted]) =>
    prefixed(nameOf(module), module, adapted),
  );
  return { ...Object.fromEntries(own), ...Object.assign({}, ...trained) };
}

/** The result of a linear layer on rows, or of the adapter that replaces it. */
export function applyLinear(
  module: string,
  x: Tensor,
  all: Readonly<Record<string, Tensor>>,
  adapted: Adapted | undefined,
): Tensor {
  const [W, bias] = [all[nameOf(module)]!, all[biasOf(module)]];
  if (adapted) return applyAdapter(adapted, nameOf(module), { x, W, bias }, all);
  const y = x.matmul(W.T);
  return bias ? y.add(bias) : y;
}

/** The adapter's layer at each module that it targets. Throws OFT6001 for a layer or a target that does not fit. */
export function moduleAdapters(
  layers: readonly Linear[],
  { targets, ...choice }: ModuleChoice,
): ModuleAdapters {
  checkNamed(choice.config, targets);
  const at = (module: string) => {
    const linear = layers.find((l) => l.module === module);
    if (!linear)
      throw new OftcError(
        'OFT6001',
        `there is no module '${module}' to adapt; there are ${layers.map((l) => l.module).join(', ')}`,
      );
    const program = programFor(choice, linear);
    return onModule(module, () => adaptedAt(program, linear.shape, choice.dims ?? {}));
  };
  return Object.fromEntries(targets.map((module) => [module, at(module)]));
}

interface StartPart {
  readonly at?: string;
  readonly seed: number;
  readonly first?: number;
  readonly given?: ReadonlyMap<string, HostTensor>;
}

/**
 * The adapters' tensors at their starts, by path: `transformer_blocks.0.attn.to_q.oft_R.weight` for a block at
 * `transformer_blocks.0.`. `weights` has the block's tensors, which are read if a start refers to them. The modules draw
 * random numbers as the parts `first`, `first` + 1, … of a run with the seed. Frozen tensors that are `given` by path are
 * taken as they are.
 */
export async function moduleStarts(
  adapters: ModuleAdapters,
  weights: Pick<Weights, 'read'>,
  { at = '', seed, first = 0, given }: StartPart,
): Promise<Map<string, HostTensor>> {
  const all = new Map<string, HostTensor>();
  for (const [n, [module, { program, own }]] of Object.entries(adapters).entries()) {
    const wanted = own.flatMap((i) => referencesOf(i.init));
    const frozen: Record<string, HostTensor> = { W: await weights.read(`${at}${module}.weight`) };
    for (const i of own.filter((o) => o.role === 'frozen')) {
      const known = given?.get(`${at}${tensorPath(module, i)}`);
      if (known) frozen[i.name] = known;
    }
    if (wanted.includes('bias')) frozen.bias = await weights.read(`${at}${module}.bias`);
    const made = onModule(module, () => initialise(program, { frozen, seed: seedOf(seed, first + n) }));
    for (const i of own) all.set(`${at}${tensorPath(module, i)}`, made[i.name] ?? frozen[i.name]!);
  }
  return all;
}
