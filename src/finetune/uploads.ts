/** Tensors of checkpoints on their way to where they are computed with, each once. */
import { evalDim, printDim } from '../../compiler/ir/dims.ts';
import { OftcError } from '../../compiler/ir/error.ts';
import type { InputNode } from '../../compiler/ir/node.ts';
import { padded } from '../../runtime/schedule.ts';
import type { HostArray, HostTensor } from '../tensors.ts';
import type { Held, Place, Value } from './place.ts';

/** Tensors of a checkpoint by name, as f32 or i32 whatever they are stored as. Rejects for a name it does not have. */
export interface Weights {
  read(name: string): Promise<HostTensor>;
  /** Reads rows of a matrix without the others; where it is not there, `read` serves. */
  rows?(name: string): Promise<Rows>;
}

/** So many rows from one on, row-major. */
export type Rows = (first: number, count: number) => Promise<HostArray>;

/** A reader of rows of (rows, width). */
export async function rowsOf(weights: Weights, name: string, width: number): Promise<Rows> {
  if (weights.rows) return weights.rows(name);
  const { data } = await weights.read(name);
  return async (first, count) => data.subarray(first * width, (first + count) * width);
}

/** The head is beside the model in a checkpoint, everything else below it. */
const BESIDE = 'lm_head.weight';

/** A stored tensor's name in the checkpoint, for a stage whose tensors are below a path. */
export const pathOf = ({ name, stored }: InputNode, below: string): string =>
  stored === BESIDE ? BESIDE : `${below}.${stored ?? name}`;

/** Throws OFT6002 for a tensor of another size. */
export function checkSize(path: string, { type }: InputNode, shape: readonly number[]): void {
  if (type.shape.map((d) => evalDim(d, {})).join() === shape.join()) return;
  throw new OftcError(
    'OFT6002',
    `'${path}' is (${shape.join(', ')}) where the model wants (${type.shape.map(printDim).join(', ')})`,
  );
}

export class Uploads {
  /** What is trained, by path. */
  readonly trained = new Map<string, Held>();
  readonly #place: Place;
  readonly #held = new Map<string, Held>();

  constructor(place: Place) {
    this.#place = place;
  }

  /** All inputs that are stored, below a path. Rejects with OFT6002 for a tensor of another size. */
  async all(
    inputs: readonly InputNode[],
    below: string,
    from: (i: InputNode) => Weights,
  ): Promise<Record<string, Value>> {
    const held: Record<string, Value> = {};
    for (const i of inputs)
      if (i.stored !== undefined) held[i.name] = await this.#one(i, pathOf(i, below), from(i));
    return held;
  }

  async #one(i: InputNode, path: string, from: Weights): Promise<Value> {
    const known = this.#held.get(path);
    if (known) return known.value;
    const { data, shape } = await from.read(path);
    checkSize(path, i, shape);
    const held = this.#place.hold(path, heldAs(data));
    await this.#place.settled();
    this.#held.set(path, held);
    if (i.role === 'trainable') this.trained.set(path, held);
    return held.value;
  }
}

const sizesOf = (i: InputNode): readonly number[] => i.type.shape.map((d) => evalDim(d, {}));

/** Device memory of the stored inputs below a path, by path. */
export const weightBytes = (inputs: readonly InputNode[], below: string): Map<string, number> =>
  new Map(
    inputs.flatMap((i) =>
      i.stored === undefined
        ? []
        : [[pathOf(i, below), padded(4 * sizesOf(i).reduce((a, b) => a * b, 1))] as const],
    ),
  );

/** As tensors are uploaded. */
export const heldAs = (data: HostArray): Float32Array | Int32Array =>
  data instanceof Int32Array || data instanceof Float32Array ? data : Float32Array.from(data);
