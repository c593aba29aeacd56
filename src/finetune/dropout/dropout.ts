/** Draws the masks of a model's blocks and head. */
import type { ModelShape } from '../../formats/config/model-config.ts';
import type { Adapted } from '../models/adapted.ts';
import { HEAD, moduleOf, type Target } from '../models/linear-layers.ts';
import { blockPath } from '../models/weights.ts';
import { type DrawnFor, type DropoutOptions, maskFor, moduleNumber } from './draws.ts';
import { masksOf, type NamedMask } from './masks.ts';

/** Masks by their names among a program's inputs. */
export type Masks = Readonly<Record<string, Float32Array<ArrayBuffer>>>;

export class Dropout {
  readonly #config: ModelShape;
  readonly #options: DropoutOptions;
  readonly #masks: readonly NamedMask[];

  constructor(config: ModelShape, adapters: Partial<Record<Target, Adapted>>, options: DropoutOptions) {
    this.#config = config;
    this.#options = options;
    this.#masks = masksOf(adapters);
  }

  /** The names of all masks. */
  get names(): string[] {
    return this.#masks.map((m) => m.name);
  }

  ofBlock(n: number, at: DrawnFor, tokens: number): Masks {
    const own = this.#masks.filter((m) => m.target !== HEAD);
    return this.#drawn(own, `${blockPath(n)}.`, at, tokens);
  }

  ofHead(at: DrawnFor, tokens: number): Masks {
    const own = this.#masks.filter((m) => m.target === HEAD);
    return this.#drawn(own, '', at, tokens);
  }

  /** The masks of each block, and then the head's, for processes that draw them themselves. */
  get description() {
    const modules = Array.from({ length: this.#config.layers + 1 }, (_, n) => {
      const isHead = n === this.#config.layers;
      const own = this.#masks.filter((m) => (m.target === HEAD) === isHead);
      return Object.fromEntries(
        own.map(({ name, shape, inputShape, target }) => [
          name,
          { ...shape, shape: inputShape, module: this.#number(isHead ? '' : `${blockPath(n)}.`, target) },
        ]),
      );
    });
    return { ...this.#options, modules };
  }

  #number(path: string, target: Target): number {
    return moduleNumber(`${path}${moduleOf(this.#config, target)}`);
  }

  #drawn(masks: readonly NamedMask[], path: string, at: DrawnFor, tokens: number): Masks {
    const one = ({ shape, target }: NamedMask) => {
      return maskFor(shape, this.#options, at, this.#number(path, target), tokens);
    };
    return Object.fromEntries(masks.map((mask) => [mask.name, one(mask)]));
  }
}
