/** Sums gradients over batches and computes their norms, before the optimiser. */
import { input, layer, sum } from '../../language/dsl/index.ts';
import type { AdamW } from '../adamw.ts';
import { type Bucket, bytesOf, isSingle, joined, joinedBytes } from '../buckets.ts';
import type { Gradients } from '../model-types.ts';
import type { Place, Value } from '../place.ts';
import { countsOf, type Ran, Stage } from '../stage.ts';

/** The sum of two tensors, whose elements are their tokens. */
const plus = layer({ a: input('tokens'), b: input('tokens') }, ({ a, b }) => a.add(b), { name: 'plus' });
const squares = layer({ g: input('tokens') }, ({ g }) => ({ sum: sum(g.mul(g), 0) }), { name: 'squares' });

/** The gradients of one batch, or their sums over several, by the optimiser's buckets; held until freed. */
export interface Summed {
  readonly values: readonly Value[];
  free(): void;
}

/** Device memory that sums take. */
export interface SumBytes {
  readonly stages: number;
  /** The results of `squares`. */
  readonly squares: number;
  /** The copies of joined tensors. */
  readonly joined: number;
  /** A sum of several batches. */
  readonly sum: number;
  /** Whether a batch's gradients stay until the step is taken, because a bucket of one tensor has no copy. */
  readonly keeps: boolean;
}

export class Sums {
  readonly #place: Place;
  readonly #buckets: readonly Bucket[];
  readonly #plus: Stage;
  readonly #squares: Stage;

  private constructor(place: Place, buckets: readonly Bucket[], stages: readonly [Stage, Stage]) {
    this.#place = place;
    this.#buckets = buckets;
    [this.#plus, this.#squares] = stages;
  }

  /** Prepares the sums of gradients that an optimiser follows. */
  static async prepare(place: Place, { buckets }: Pick<AdamW, 'buckets'>): Promise<Sums> {
    const [a, b] = [await Stage.prepare(place, plus.trace()), await Stage.prepare(place, squares.trace())];
    return new Sums(place, buckets, [a, b]);
  }

  get #keeps(): boolean {
    return this.#buckets.some(isSingle);
  }

  /** Joins a batch's gradients to buckets, and frees them. */
  async join(gradients: Gradients): Promise<Summed> {
    const values = (path: string) => gradients.values.get(path)!;
    const all = await joined(this.#place, 'gradients', this.#buckets, values).catch((failed: unknown) => {
      gradients.free();
      throw failed;
    });
    if (!this.#keeps) gradients.free();
    return {
      values: all.map((g) => g.value),
      free: () => {
        for (const g of all) g.free();
        if (this.#keeps) gradients.free();
      },
    };
  }

  /** Adds a batch's gradients to a sum, and frees both arguments, also where it fails. */
  async add(a: Summed, gradients: Gradients): Promise<Summed> {
    const runs: Ran[] = [];
    const free = () => {
      for (const r of runs) r.free();
    };
    let b: Summed | undefined;
    try {
      b = await this.join(gradients);
      for (const [n, { elements }] of this.#buckets.entries())
        runs.push(await this.#plus.run(elements, { a: a.values[n]!, b: b.values[n]! }));
      await Promise.all(runs.map((r) => r.done()));
      return { values: runs.map((r) => r.values.y!), free };
    } catch (failed) {
      free();
      throw failed;
    } finally {
      a.free();
      b?.free();
    }
  }

  /** The sum Σ g² of each bucket. */
  squares({ values }: Summed): Promise<readonly number[]> {
    return this.#squaresOf(values.map((g, n) => [this.#buckets[n]!.elements, g]));
  }

  /** The path of a tensor whose gradient is not finite, in bucket `n`. */
  async culprit({ values }: Summed, n: number): Promise<string> {
    const { parts } = this.#buckets[n]!;
    const rooms = await Promise.all(parts.map((t) => this.#place.room('a gradient', t.elements)));
    const from = values[n]!;
    this.#place.copy(
      parts.map(({ at, elements }, k) => ({ from, first: at, count: elements, to: rooms[k]!.value, at: 0 })),
    );
    const each = await this.#squaresOf(rooms.map((r) => [r.elements, r.value]));
    for (const r of rooms) r.free();
    return (parts.find((_, k) => !Number.isFinite(each[k])) ?? parts[0]!).path;
  }

  async #squaresOf(tensors: readonly (readonly [elements: number, g: Value])[]): Promise<number[]> {
    const runs: Ran[] = [];
    try {
      for (const [elements, g] of tensors) runs.push(await this.#squares.run(elements, { g }));
      // All sums are read at once: each read waits for the device.
      return await Promise.all(runs.map(async (run) => (await run.read('sum'))[0]!));
    } finally {
      for (const run of runs) run.free();
    }
  }

  /** Device memory for a step of so many batches. */
  bytes(accumulate: number): SumBytes {
    const counts = countsOf(this.#buckets.map((b) => b.elements));
    const { own, results } = this.#squares.bytes(counts, []);
    const plus = accumulate > 1 ? this.#plus.bytes(counts, []).own : 0;
    return {
      stages: own + plus,
      squares: this.#buckets.length * results,
      joined: joinedBytes(this.#buckets),
      sum: this.#buckets.reduce((sum, b) => sum + bytesOf(b), 0),
      keeps: this.#keeps,
    };
  }

  /** The operations for a step of so many batches: their sum, and its norm. */
  async operations(accumulate: number): Promise<number> {
    const each = this.#buckets.map(async ({ elements }) => {
      const plus = await this.#plus.operations(elements);
      return (await this.#squares.operations(elements)) + (accumulate - 1) * plus;
    });
    return (await Promise.all(each)).reduce((a, b) => a + b, 0);
  }

  dispose(): void {
    this.#plus.dispose();
    this.#squares.dispose();
  }
}
