/** A map from tensors to what computes them, which also knows each tensor's readers while entries change. */
import type { Prim } from '../../compiler/primitives/prim.ts';

export class Readings<V> extends Map<Prim, V> {
  readonly #argsOf: (value: V) => readonly Prim[];
  readonly #readers = new Map<Prim, Set<Prim>>();
  /** The order in which tensors were added. */
  readonly #places = new Map<Prim, number>();

  constructor(argsOf: (value: V) => readonly Prim[]) {
    super();
    this.#argsOf = argsOf;
  }

  override set(tensor: Prim, value: V): this {
    this.#forget(tensor);
    for (const a of this.#argsOf(value)) {
      const readers = this.#readers.get(a) ?? new Set<Prim>();
      this.#readers.set(a, readers.add(tensor));
    }
    if (!this.#places.has(tensor)) this.#places.set(tensor, this.#places.size);
    return super.set(tensor, value);
  }

  override delete(tensor: Prim): boolean {
    this.#forget(tensor);
    return super.delete(tensor);
  }

  /** The tensors that are computed from a tensor, in the order in which they were added. */
  readersOf(tensor: Prim): readonly Prim[] {
    const readers = [...(this.#readers.get(tensor) ?? [])];
    return readers.sort((a, b) => this.#places.get(a)! - this.#places.get(b)!);
  }

  readerCount(tensor: Prim): number {
    return this.#readers.get(tensor)?.size ?? 0;
  }

  #forget(tensor: Prim): void {
    const old = this.get(tensor);
    if (old !== undefined) for (const a of this.#argsOf(old)) this.#readers.get(a)?.delete(tensor);
  }
}
