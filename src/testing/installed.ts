/**
 * The test libraries that the user installs. `oftc/testing` loads without them, and outside of a test run: what needs one
 * says so when it is called.
 */

/** A library, or the error with which it did not load. */
class Optional<Module> {
  readonly #name: string;
  readonly #loaded: Module | undefined;
  readonly #failure: unknown;

  private constructor(name: string, loaded: Module | undefined, failure: unknown) {
    this.#name = name;
    this.#loaded = loaded;
    this.#failure = failure;
  }

  static async load<Module>(name: string, load: () => Promise<Module>): Promise<Optional<Module>> {
    try {
      return new Optional(name, await load(), undefined);
    } catch (failure) {
      return new Optional<Module>(name, undefined, failure);
    }
  }

  get(): Module | undefined {
    return this.#loaded;
  }

  /** The library. Throws for one that did not load. */
  needed(by: string): Module {
    if (this.#loaded !== undefined) return this.#loaded;
    throw new Error(
      `${by} of oftc/testing needs ${this.#name}: npm install --save-dev vitest fast-check, and run the file by npx vitest`,
      { cause: this.#failure },
    );
  }
}

export const vitest = await Optional.load('vitest', () => import('vitest'));
export const fastCheck = await Optional.load('fast-check', () => import('fast-check'));
