/** Sums gradients over batches and computes their norms, before the optimiser. */
import { input, layer, sum } from '../../language/dsl/index.ts';
import type { Trainee } from '../adamw.ts';
import type { Gradients } from '../model-types.ts';
import type { Value } from '../place.ts';
import { countsOf, type Ran, Stage } from '../stage.ts';

/** The sum of two tensors, whose elements are their tokens. */
const plus = layer({ a: input('tokens'), b: input('tokens') }, ({ a, b }) => a.add(b), { name: 'plus' });
const squares = layer({ g: input('tokens') }, ({ g }) => ({ sum: sum(g.mul(g), 0) }), { name: 'squares' });

/** The sums of several batches' gradients, held until freed. */
export interface Summed {
  readonly values: ReadonlyMap<string, Value>;
  free(): void;
}

export class Sums {
  readonly #model: Trainee;
  readonly #plus: Stage;
  readonly #squares: Stage;

  private constructor(model: Trainee, stages: readonly [Stage, Stage]) {
    this.#model = model;
    [this.#plus, this.#squares] = stages;
  }

  static async prepare(model: Trainee): Promise<Sums> {
    const [a, b] = [
      await Stage.prepare(model.place, plus.trace()),
      await Stage.prepare(model.place, squares.trace()),
    ];
    return new Sums(model, [a, b]);
  }

  /** Adds a batch's gradients to a sum, and frees both arguments. */
  async add(a: Summed, b: Gradients): Promise<Summed> {
    const runs: Ran[] = [];
    const values = new Map<string, Value>();
    for (const [path, g] of b.values) {
      const run = await this.#plus.run(this.#elements(path), { a: a.values.get(path)!, b: g });
      runs.push(run);
      values.set(path, run.values.y!);
    }
    await Promise.all(runs.map((r) => r.done()));
    a.free();
    b.free();
    return {
      values,
      free: () => {
        for (const r of runs) r.free();
      },
    };
  }

  /** The sum Σ g² of each tensor. */
  async squares(of: Summed): Promise<ReadonlyMap<string, number>> {
    const runs = new Map<string, Ran>();
    for (const [path, g] of of.values) runs.set(path, await this.#squares.run(this.#elements(path), { g }));
    // All sums are read at once: each read waits for the device.
    const read = async ([path, run]: [string, Ran]): Promise<[string, number]> => {
      const [square] = await run.read('sum');
      run.free();
      return [path, square!];
    };
    return new Map(await Promise.all([...runs].map(read)));
  }

  /** Device memory of the stages, and the memory that `squares` holds. */
  bytes(accumulate: number): { readonly stages: number; readonly squares: number } {
    const elements = [...this.#model.trained.values()].map((held) => held.elements);
    const counts = countsOf(elements);
    const { own, results } = this.#squares.bytes(counts, []);
    const plus = accumulate > 1 ? this.#plus.bytes(counts, []).own : 0;
    return { stages: own + plus, squares: elements.length * results };
  }

  /** The operations for a step of so many batches: their sum, and its norm. */
  async operations(accumulate: number): Promise<number> {
    const each = [...this.#model.trained.values()].map(async ({ elements }) => {
      const plus = await this.#plus.operations(elements);
      return (await this.#squares.operations(elements)) + (accumulate - 1) * plus;
    });
    return (await Promise.all(each)).reduce((a, b) => a + b, 0);
  }

  #elements(path: string): number {
    return this.#model.trained.get(path)!.elements;
  }

  dispose(): void {
    this.#plus.dispose();
    this.#squares.dispose();
  }
}
