/** Counts the bytes that the tensors of a checkpoint would take, by their shapes. No tensor is read. */
import { evalDim } from '../../../compiler/dims/dims.ts';
import type { InputNode } from '../../../compiler/ir/node.ts';
import { layoutOf, type Storage, storageName } from '../../../compiler/primitives/storage.ts';
import { emptyRecord } from '../../../compiler/records.ts';
import { dtypeBytes } from '../../../runtime/index.ts';
import { padded } from '../../../runtime/schedule.ts';
import { storageOfStack } from '../models/stacked.ts';
import type { PlacedTensor, Value } from '../place.ts';
import { formOf, pathOf, type Uploaded, type Uploads } from '../uploads.ts';

const NOTHING = new Float32Array();
const WORD = Uint32Array.BYTES_PER_ELEMENT;

export class SizedUploads implements Uploads {
  readonly trained = new Map<string, PlacedTensor>();
  readonly #storageOf: (shape: readonly number[]) => Storage | undefined;
  readonly #counted = new Set<string>();
  readonly #bytes = new Map<string, number>();

  /** `storageOf` gives the storage of a projection's weight by its shape; undefined for float32. */
  constructor(storageOf: (shape: readonly number[]) => Storage | undefined) {
    this.#storageOf = storageOf;
  }

  get bytes(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#bytes);
  }

  beside(): SizedUploads {
    const uploads = new SizedUploads(this.#storageOf);
    for (const path of this.#counted) uploads.#counted.add(path);
    return uploads;
  }

  free(): void {}

  now(paths: ReadonlyMap<string, string>): Record<string, Value> {
    return Object.fromEntries([...paths.keys()].map((name) => [name, NOTHING]));
  }

  async hold(_: string, elements: number): Promise<Value> {
    this.#add('f32', Float32Array.BYTES_PER_ELEMENT * elements);
    return NOTHING;
  }

  async all(inputs: readonly InputNode[], below: string): Promise<Uploaded['values']> {
    const held = emptyRecord<Value>();
    for (const i of inputs) {
      if (i.stored === undefined) continue;
      held[i.name] = NOTHING;
      this.#count(i, pathOf(i, below));
    }
    return held;
  }

  async asStored(
    inputs: readonly InputNode[],
    below: string,
    _: unknown,
    names: readonly string[],
  ): Promise<Uploaded> {
    const stored = emptyRecord<Storage>();
    for (const i of inputs) {
      if (!names.includes(i.name)) continue;
      const shape = shapeOf(i);
      const one = this.#storageOf(shape);
      if (!one) continue;
      const storage = shape.length > 2 ? storageOfStack(pathOf(i, below), one) : one;
      stored[i.name] = storage;
      this.#add(storageName(storage), WORD * layoutOf(storage, shape).words);
    }
    const others = await this.all(
      inputs.filter((i) => !Object.hasOwn(stored, i.name)),
      below,
    );
    const packed = Object.fromEntries(Object.keys(stored).map((name) => [name, NOTHING]));
    return { values: { ...packed, ...others }, stored };
  }

  /** Counts a tensor once, whatever the number of its readers: a tied head reads the embedding. */
  #count(i: InputNode, path: string): void {
    if (this.#counted.has(path)) return;
    this.#counted.add(path);
    const elements = shapeOf(i).reduce((n, d) => n * d, 1);
    this.#add(formOf(i), dtypeBytes(i.type.dtype) * elements);
    if (i.role === 'trainable') this.trained.set(path, sizedTensor(elements));
  }

  #add(form: string, bytes: number): void {
    this.#bytes.set(form, (this.#bytes.get(form) ?? 0) + padded(bytes));
  }
}

const shapeOf = ({ type }: InputNode): number[] => type.shape.map((d) => evalDim(d, {}));

const sizedTensor = (elements: number): PlacedTensor => ({
  value: NOTHING,
  elements,
  read: () => Promise.reject(new TypeError('a tensor that is not there has no elements to read')),
  free: () => {},
});
