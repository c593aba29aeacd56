/** Several adapters on one model: their names, which of them is used, and which go together. */
import { OftcError } from '../../compiler/errors/error.ts';
import { boft } from '../adapters/boft.ts';
import { ether } from '../adapters/ether.ts';
import { goft } from '../adapters/goft.ts';
import { doubleGsoft, gsoft } from '../adapters/gsoft.ts';
import { hra } from '../adapters/hra.ts';
import { loha } from '../adapters/loha.ts';
import { lokr } from '../adapters/lokr.ts';
import { lora } from '../adapters/lora.ts';
import { oft } from '../adapters/oft.ts';
import { inMemory } from '../plans/memory.ts';
import type { LibraryLayer } from './methods.ts';
import { type AdapterChoice, Model, type ModelOptions } from './model-run.ts';
import { FOLLOWING } from './models/adapted.ts';
import { shortName } from './models/linear-layers.ts';
import { sitesOf } from './start.ts';

export interface NamedAdapter {
  readonly name: string;
  readonly choice: AdapterChoice;
}

/**
 * A model with adapters by name. The weights of the model are held once, and each adapter adds its own tensors. Equal
 * programs are compiled once.
 */
export class Adapters {
  readonly #base: Model;
  readonly #models: ReadonlyMap<string, Model>;

  private constructor(base: Model, models: ReadonlyMap<string, Model>) {
    this.#base = base;
    this.#models = models;
  }

  /** Rejects as `Model.open` does. */
  static async open(
    options: Omit<ModelOptions, 'adapter'>,
    adapters: readonly NamedAdapter[],
  ): Promise<Adapters> {
    const base = await Model.open({ ...options, plans: inMemory(options.plans) });
    const models = new Map<string, Model>();
    try {
      for (const { name, choice } of adapters) models.set(name, await base.with(choice));
      return new Adapters(base, models);
    } catch (e) {
      base.dispose();
      throw e;
    }
  }

  get names(): readonly string[] {
    return [...this.#models.keys()];
  }

  /** The model with an adapter, or without any. Nothing is uploaded. Throws OFT6017 for an unknown name. */
  use(name?: string): Model {
    if (name === undefined) return this.#base;
    const model = this.#models.get(name);
    if (model) return model;
    throw new OftcError('OFT6017', `there is no adapter '${name}'; there are ${this.names.join(', ')}`);
  }

  /** Frees all adapters and the model. */
  dispose(): void {
    for (const model of this.#models.values()) model.dispose();
    this.#base.dispose();
  }
}

/**
 * The adapters as one. On a module that several change, each takes the merged weight of those before it for W. Throws
 * OFT6017 where that is not what two adapters mean together.
 */
export function composed(
  config: ModelOptions['config'],
  [first, ...others]: readonly [NamedAdapter, ...NamedAdapter[]],
): NamedAdapter {
  const onModule = new Map<string, NamedAdapter[]>();
  for (const adapter of [first, ...others])
    for (const { module, target } of sitesOf(config, adapter.choice)) {
      const before = onModule.get(module) ?? [];
      for (const other of before) checkSameKind(other, adapter, shortName(config, target));
      onModule.set(module, [...before, adapter]);
    }
  const modules = [...onModule.keys()];
  const read = (path: string) => {
    const module = modules.find((m) => path.startsWith(`${m}.`))!;
    let [place, name] = [0, path.slice(module.length + 1)];
    for (; name.startsWith(FOLLOWING); place++) name = name.slice(FOLLOWING.length);
    return onModule.get(module)![place]!.choice.tensors.read(`${module}.${name}`);
  };
  return {
    name: [first, ...others].map(({ name }) => name).join('+'),
    choice: { ...first.choice, also: others.map(({ choice }) => choice), tensors: { read } },
  };
}

/** The methods that go together on a module: W′ = W + Δ with a Δ of their own, or W′ = W·R with a rotation of their own. */
const KINDS: Readonly<Record<string, readonly LibraryLayer[]>> = {
  additions: [lora, loha, lokr],
  rotations: [oft, boft, hra, gsoft, doubleGsoft, goft, ether],
};

function checkSameKind(one: NamedAdapter, other: NamedAdapter, module: string): void {
  const kinds = [one, other].map(({ choice }) =>
    Object.keys(KINDS).find((kind) => KINDS[kind]!.some((layer) => layer === choice.source)),
  );
  if (kinds[0] !== undefined && kinds[0] === kinds[1]) return;
  const [a, b] = [one, other].map(
    ({ name }, i) => `'${name}' (${kinds[i] ?? 'neither additions nor rotations'})`,
  );
  throw new OftcError(
    'OFT6017',
    `${a} and ${b} both change ${module}, and each was trained on the weight without the other: compose additions with additions (LoRA, LoHa, LoKr), rotations with rotations (OFT, BOFT, HRA, GSOFT, GOFT, ETHER), or adapters on different modules`,
  );
}
