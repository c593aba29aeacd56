/** Draws the masks of a model's blocks and head. */
import type { ModelShape } from '../../formats/config/model-config.ts';
import type { Adapted } from '../models/adapted.ts';
import { type BlockPlace, HEAD, moduleOf, type Target } from '../models/linear-layers.ts';
import { type DrawnFor, type DropoutOptions, maskFor, moduleNumber } from './draws.ts';
import { masksOf, type NamedMask } from './masks.ts';

/** Masks by their names among a program's inputs. */
export type Masks = Readonly<Record<string, Float32Array<ArrayBuffer>>>;

const ON_HEAD = { [HEAD]: undefined };

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

  /** The masks of a block. */
  of({ path, linear }: BlockPlace, at: DrawnFor, tokens: number): Masks {
    return this.#drawn(this.#in(linear), `${path}.`, at, tokens);
  }

  ofHead(at: DrawnFor, tokens: number): Masks {
    return this.#drawn(this.#in(ON_HEAD), '', at, tokens);
  }

  /**
   * The masks of each block that reads the encoder's tokens, of each of the decoder's, and then the head's, for
   * processes that draw them themselves.
   */
  described(reading: readonly BlockPlace[], blocks: readonly BlockPlace[]) {
    const modules = [
      ...reading,
      ...blocks,
      { path: '', linear: ON_HEAD as Readonly<Record<Target, unknown>> },
    ].map(({ path, linear }) =>
      Object.fromEntries(
        this.#in(linear).map(({ name, shape, inputShape, target }) => [
          name,
          { ...shape, shape: inputShape, module: this.#number(path === '' ? '' : `${path}.`, target) },
        ]),
      ),
    );
    return { ...this.#options, modules, reading: reading.length };
  }

  #in(linear: Readonly<Record<Target, unknown>>): readonly NamedMask[] {
    return this.#masks.filter((m) => Object.hasOwn(linear, m.target));
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
