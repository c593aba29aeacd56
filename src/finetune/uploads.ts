/** Uploads each tensor of a checkpoint once, to the place that computes with it. */
import { gradName } from '../../compiler/autodiff/differentiate.ts';
import { evalDim, printDim } from '../../compiler/dims/dims.ts';
import { OftcError } from '../../compiler/errors/error.ts';
import type { InputNode, Program } from '../../compiler/ir/node.ts';
import { type Storage, storageName } from '../../compiler/primitives/storage.ts';
import { emptyRecord } from '../../compiler/records.ts';
import { padded } from '../../runtime/schedule.ts';
import { OUTPUT_LAYER } from '../formats/config/names.ts';
import { type QuantizedTensor, storageOf, wordsOf } from '../formats/quantized/index.ts';
import type { Stored } from '../session/quantized.ts';
import type { HostArray, HostTensor } from '../session/tensors.ts';
import type { Place, PlacedTensor, Value } from './place.ts';
import { isShared } from './seeded.ts';
import type { Ran } from './stage.ts';

/** Tensors of a checkpoint by name. The methods reject an unknown name. */
export interface Weights {
  /** Reads a tensor as f32 or i32, whatever dtype it is stored in. */
  read(name: string): Promise<HostTensor>;
  /** Gives a reader of a matrix's rows; without this method, `read` is used. */
  rows?(name: string): Promise<Rows>;
  /** Reads a tensor that is stored quantised, whose decoded values `read` gives; undefined for others. */
  quantised?(name: string): Promise<QuantizedTensor | undefined>;
  /** Reads all tensors and names the first that holds NaN or an infinity, with its file, for a message. */
  notFinite?(): Promise<string | undefined>;
}

/** Reads `count` rows from row `first` on, row-major. */
export type Rows = (first: number, count: number) => Promise<HostArray>;

/** A reader of the rows of a tensor (rows, width). */
export async function rowsOf(weights: Weights, name: string, width: number): Promise<Rows> {
  if (weights.rows) return weights.rows(name);
  const { data } = await weights.read(name);
  return async (first, count) => data.subarray(first * width, (first + count) * width);
}

/** Tensors in the memory of a place, and the storages of those that are quantised there. */
export interface Uploaded {
  readonly values: Readonly<Record<string, Value>>;
  readonly stored: Stored;
}

/** The form under which a tensor that is not quantised is counted. */
export const formOf = ({ role, type }: InputNode): string => (role === 'trainable' ? 'adapter' : type.dtype);

/** The starts of the names of the head's tensors, which have no block path and no `model.` before them in a checkpoint. */
const BESIDE = [`${OUTPUT_LAYER}.`, 'final_logits_bias'];

/** An input's name in the checkpoint, for a stage whose tensors are stored below a path. */
export const pathOf = ({ name, stored }: InputNode, below: string): string =>
  BESIDE.some((start) => stored?.startsWith(start)) ? stored! : `${below}.${stored ?? name}`;

/** The gradient of a trained tensor. */
export interface TrainedGradient {
  readonly value: Value;
  read(): Promise<HostArray>;
}

/** The gradients that a run computed for its trained inputs, by path. */
export const gradientsIn = (run: Ran, paths: ReadonlyMap<string, string>): Map<string, TrainedGradient> =>
  new Map(
    [...paths].map(([name, path]) => [
      path,
      { value: run.values[gradName(name)]!, read: () => run.read(gradName(name)) },
    ]),
  );

/** The weights that hold an input: the model's for inputs of the program without an adapter, else the adapter's. */
export function sourceOf(
  plain: Program,
  weights: Weights,
  adapter: Weights | undefined,
): (i: InputNode) => Weights {
  const own = new Set(plain.inputs.map((i) => i.name));
  return ({ name }) => (adapter === undefined || own.has(name) ? weights : adapter);
}

/** The tensors of a checkpoint in the memory of a place. */
export interface Uploads {
  /** The trained tensors, by path. */
  readonly trained: Map<string, PlacedTensor>;
  /** The bytes uploaded, by form: `f32`, `nf4:64`. Trained tensors count as `adapter`. */
  readonly bytes: Readonly<Record<string, number>>;
  /** The current values of trained inputs, by their names in a stage; `paths` has their paths. */
  now(paths: ReadonlyMap<string, string>): Record<string, Value>;
  /** Uploads numbers that are no stage's declared input. */
  hold(label: string, elements: number, data: () => HostArray | Promise<HostArray>): Promise<Value>;
  /** Uploads the stored inputs below a path as f32 or i32. Rejects with OFT6002 for a tensor of another size. */
  all(
    inputs: readonly InputNode[],
    below: string,
    from: (i: InputNode) => Weights,
  ): Promise<Uploaded['values']>;
  /** Uploads as `all` does, but the named inputs stay quantised as stored if the place's backend takes packed words. */
  asStored(
    inputs: readonly InputNode[],
    below: string,
    from: (i: InputNode) => Weights,
    names: readonly string[],
  ): Promise<Uploaded>;
  /** Uploads for an adapter beside these, which do not upload the tensors of these again. */
  beside(): Uploads;
  /** Frees the tensors, those of other uploads aside. */
  free(): void;
}

/** Reads the tensors and copies them to a place. */
export class PlacedUploads implements Uploads {
  readonly trained = new Map<string, PlacedTensor>();
  readonly #place: Place;
  readonly #held = new Map<string, PlacedTensor>();
  /** The tensors of data that several layers share. */
  readonly #same = new Map<HostArray, PlacedTensor>();
  readonly #bytes = new Map<string, number>();
  readonly #shared: PlacedUploads | undefined;

  /** `shared` has tensors that are not uploaded again. */
  constructor(place: Place, shared?: PlacedUploads) {
    this.#place = place;
    this.#shared = shared;
  }

  /** A tensor that was uploaded by its path. */
  held(path: string): PlacedTensor | undefined {
    return this.#held.get(path);
  }

  beside(): PlacedUploads {
    return new PlacedUploads(this.#place, this);
  }

  free(): void {
    const kept = [...this.#held].flatMap(([path, held]) => (this.trained.has(path) ? [] : [held]));
    for (const held of new Set(kept)) held.free();
    for (const held of this.trained.values()) held.free();
  }

  get bytes(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#bytes);
  }

  now(paths: ReadonlyMap<string, string>): Record<string, Value> {
    return Object.fromEntries([...paths].map(([name, path]) => [name, this.trained.get(path)!.value]));
  }

  async hold(label: string, _: number, data: () => HostArray | Promise<HostArray>): Promise<Value> {
    return (await this.#upload('f32', label, heldAs(await data()))).value;
  }

  async all(
    inputs: readonly InputNode[],
    below: string,
    from: (i: InputNode) => Weights,
  ): Promise<Uploaded['values']> {
    const held = emptyRecord<Value>();
    for (const i of inputs)
      if (i.stored !== undefined) held[i.name] = await this.#one(i, pathOf(i, below), from(i));
    return held;
  }

  async asStored(
    inputs: readonly InputNode[],
    below: string,
    from: (i: InputNode) => Weights,
    names: readonly string[],
  ): Promise<Uploaded> {
    const [values, stored]: [Record<string, Value>, Record<string, Storage>] = [{}, {}];
    for (const i of this.#place.backend.words ? inputs.filter(({ name }) => names.includes(name)) : []) {
      const path = pathOf(i, below);
      const tensor = await from(i).quantised?.(path);
      if (!tensor) continue;
      checkSize(path, i, tensor.shape);
      const storage = storageOf(tensor);
      const words = new Int32Array(wordsOf(tensor, storage, { tensor: path }).buffer);
      values[i.name] = (await this.#upload(storageName(storage), path, words)).value;
      stored[i.name] = storage;
    }
    const others = inputs.filter(({ name }) => !Object.hasOwn(stored, name));
    return { values: { ...values, ...(await this.all(others, below, from)) }, stored };
  }

  async #one(i: InputNode, path: string, from: Weights): Promise<Value> {
    const known = this.#held.get(path) ?? this.#shared?.held(path);
    if (known) return known.value;
    const { data, shape } = await from.read(path);
    checkSize(path, i, shape);
    const form = formOf(i);
    const same = isShared(data) ? this.#same.get(data) : undefined;
    const held = same ?? (await this.#upload(form, path, heldAs(data)));
    if (isShared(data)) this.#same.set(data, held);
    this.#held.set(path, held);
    if (i.role === 'trainable') this.trained.set(path, held);
    return held.value;
  }

  /** Uploads and waits for the arrival, since until then the device's queue holds a second copy. */
  async #upload(form: string, label: string, data: Float32Array | Int32Array): Promise<PlacedTensor> {
    const held = this.#place.hold(label, data);
    await this.#place.settled();
    this.#bytes.set(form, (this.#bytes.get(form) ?? 0) + padded(data.byteLength));
    return held;
  }
}

/** Throws OFT6002 for a tensor of another size. */
export function checkSize(path: string, { type }: InputNode, shape: readonly number[]): void {
  if (type.shape.map((d) => evalDim(d, {})).join() === shape.join()) return;
  throw new OftcError(
    'OFT6002',
    `'${path}' is (${shape.join(', ')}) where the model wants (${type.shape.map(printDim).join(', ')})`,
  );
}

/** The data in a form that is uploaded: float32 or int32. */
const heldAs = (data: HostArray): Float32Array | Int32Array =>
  data instanceof Int32Array || data instanceof Float32Array ? data : Float32Array.from(data);
