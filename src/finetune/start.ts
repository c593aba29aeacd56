/** Makes a new adapter on a model: every tensor gets the initial value that its declaration states. */
import { OftcError } from '../../compiler/errors/error.ts';
import { decomposedOf, referencesOf } from '../../compiler/ir/init.ts';
import type { InputNode } from '../../compiler/ir/node.ts';
import type { ModelShape } from '../formats/config/model-config.ts';
import type { HostTensor } from '../session/tensors.ts';
import { checkStarts, initialise } from '../start/initialise.ts';
import { noStart } from '../start/missing.ts';
import { basisOf } from '../start/values.ts';
import { type AdapterChoice, adaptersOf, onModule } from './blocks.ts';
import { seedOf } from './loop/order.ts';
import { type Adapted, GIVEN } from './models/adapted.ts';
import { blocksOf, HEAD, layerAt, shapeOf, type Target, weightName } from './models/linear-layers.ts';
import { pathsIn } from './models/modules.ts';
import { checkNamed } from './module-settings.ts';
import { Seeded } from './seeded.ts';
import { checkSize, type Weights } from './uploads.ts';

/** A module of the model, and the adapter's layer that replaces it. */
export interface TargetModule {
  /** The module's path: `model.layers.0.self_attn.q_proj`. */
  readonly module: string;
  readonly target: Target;
  readonly adapted: Adapted;
}

/**
 * The modules that the adapter replaces, in the order of the model. Throws OFT6001 for a layer that cannot do so, and
 * what `checkNamed` throws.
 */
export function sitesOf(config: ModelShape, choice: Omit<AdapterChoice, 'tensors'>): TargetModule[] {
  const adapters = adaptersOf(config, choice);
  for (const [p, adapted] of Object.entries(adapters)) if (adapted) checkStored(p, adapted);
  const at = (target: Target, below = ''): TargetModule[] => {
    const adapted = adapters[target];
    const paths = adapted ? pathsIn(layerAt(config, target)) : [];
    return paths.map((path) => ({ module: `${below}${path}`, target, adapted: adapted! }));
  };
  const blocks = blocksOf(config).flatMap(({ path, linear }) =>
    Object.keys(linear).flatMap((t) => at(t, `${path}.`)),
  );
  const sites = [...blocks, ...at(HEAD)];
  checkNamed(
    choice.config,
    sites.map((s) => s.module),
  );
  return sites;
}

/**
 * Throws OFT6001 unless an adapter can store each of the layer's own tensors, each has a start and a name of its own,
 * and one is trained.
 */
function checkStored(projection: string, { program, own }: Adapted): void {
  const refuse = (i: InputNode, what: string) =>
    new OftcError(
      'OFT6001',
      `'${program.name}' wants '${i.name}' (${i.role}, ${i.type.dtype}) beside x, W and bias${what}`,
      i.spans,
    );
  for (const i of own) {
    if (i.role !== 'trainable' && i.role !== 'frozen')
      throw refuse(
        i,
        `, and a model has no such input: declare it frozen${i.type.dtype === 'i32' ? '' : ' or trainable'}`,
      );
    if (i.type.dtype === 'f16') throw refuse(i, ', and an adapter has f32, and i32 for indices');
    if (i.role !== 'frozen' || i.init !== undefined) continue;
    const lacking = own.filter((o) => o.role === 'frozen' && o.init === undefined);
    throw refuse(
      i,
      `, and ${lacking.length === 1 ? 'it does not say how it starts' : noStart(lacking)}: ${withStart(i)}`,
    );
  }
  if (own.every((i) => i.role !== 'trainable'))
    throw new OftcError('OFT6001', `'${program.name}' declares nothing that is trained: trainable(…)`);
  const names = own.map((i) => i.stored ?? i.name);
  const twice = names.find((n, i) => names.indexOf(n) !== i);
  if (twice !== undefined)
    throw new OftcError(
      'OFT6001',
      `'${program.name}' stores two tensors of ${projection} as '${twice}': give them names of their own`,
    );
}

/** An example of a declaration with the input's dtype and a start. */
const withStart = ({ type: { dtype } }: InputNode): string =>
  dtype === 'i32'
    ? "frozen(…, { dtype: 'i32', init: 'permutation' })"
    : "frozen(…, { init: 'zeros' }), or another start that the layer means";

/** The path of a tensor that a module's adapter trains. */
export const tensorPath = (
  module: string,
  i: { readonly name: string; readonly stored?: string | undefined },
) => `${module}.${i.stored ?? i.name}`;

/**
 * The adapter's tensors at their starts, by path. Each module draws its own random numbers, and a weight of the model
 * is read only if a start refers to it. A basis that is `given` is taken as it is. Throws OFT1036; for sizes that a
 * start cannot have, before it reads any weight.
 */
export async function startOf(
  config: ModelShape,
  sites: readonly TargetModule[],
  weights: Weights,
  seed: number,
  given: ReadonlyMap<string, HostTensor> = new Map(),
): Promise<Map<string, HostTensor>> {
  for (const { module, adapted } of sites) onModule(module, () => checkStarts(adapted.program, {}, GIVEN));
  const all = new Map<string, HostTensor>();
  const bases = new SharedBases(config, weights);
  const seeded = new Seeded();
  for (const [n, { module, target, adapted }] of sites.entries()) {
    const { program, own } = adapted;
    const wanted = own.flatMap((i) => referencesOf(i.init));
    const frozen: Record<string, HostTensor> = {
      ...seeded.of(adapted),
      W: { data: new Float32Array(), shape: shapeOf(config, target) },
    };
    if (wanted.includes('W')) frozen.W = await weights.read(weightName(config, module));
    if (wanted.includes('bias')) frozen.bias = await weights.read(`${module}.bias`);
    for (const i of adapted.own.filter(isBasis)) {
      const known = given.get(tensorPath(module, i));
      frozen[i.name] = known ?? (await bases.of(sites, target, i));
    }
    const made = onModule(module, () => initialise(program, { frozen, seed: seedOf(seed, n) }));
    for (const i of own) all.set(tensorPath(module, i), made[i.name] ?? frozen[i.name]!);
  }
  return all;
}

/** The tensors of the adapter's modules that follow from a seed, by path. */
export function seededOf(sites: readonly TargetModule[]): Map<string, HostTensor> {
  const seeded = new Seeded();
  const all = new Map<string, HostTensor>();
  for (const { module, adapted } of sites) {
    const made = seeded.of(adapted);
    for (const i of adapted.own) if (made[i.name]) all.set(tensorPath(module, i), made[i.name]!);
  }
  return all;
}

/** Whether a tensor starts as a basis that the weights of all modules of a kind share. */
const isBasis = ({ init }: InputNode): boolean =>
  init !== undefined && decomposedOf(init)?.factor === 'basis';

/** The bases that the weights of all modules of a kind share, each made once. */
class SharedBases {
  readonly #config: ModelShape;
  readonly #weights: Weights;
  readonly #known = new Map<Target, Float32Array>();

  constructor(config: ModelShape, weights: Weights) {
    this.#config = config;
    this.#weights = weights;
  }

  /** The basis that a layer's own tensor starts as. Throws OFT1036 for weights that do not span one. */
  async of(sites: readonly TargetModule[], target: Target, i: InputNode): Promise<HostTensor> {
    const columns = shapeOf(this.#config, target)[1];
    const data = this.#known.get(target) ?? (await this.#make(sites, target, i));
    this.#known.set(target, data);
    return { data, shape: [columns, columns] };
  }

  async #make(sites: readonly TargetModule[], target: Target, i: InputNode): Promise<Float32Array> {
    const alike = sites.filter((s) => s.target === target).map((s) => s.module);
    const weights: HostTensor[] = [];
    for (const module of alike) weights.push(await this.#weights.read(weightName(this.#config, module)));
    return onModule(alike[0]!, () => Float32Array.from(basisOf(i, 'W', weights)));
  }
}

/** The adapter's given tensors by path. Throws OFT6002 for one of another size, and what `given` throws. */
export async function startFrom(
  sites: readonly TargetModule[],
  given: Weights,
): Promise<Map<string, HostTensor>> {
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
