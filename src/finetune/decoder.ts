/**
 * Decodes one sequence, a few tokens at a time. Each block keeps the keys and values of all tokens so far, so that a
 * token is computed once. A block runs as two Plans, with the cache update between them.
 */
import { OftcError } from '../../compiler/errors/error.ts';
import type { ModelShape } from '../formats/config/model-config.ts';
import { type Stored, storedIn } from '../session/quantized.ts';
import type { HostArray } from '../session/tensors.ts';
import { packed } from './batch.ts';
import { ByStorage } from './blocks.ts';
import type { Embedding } from './embedding.ts';
import type { Head } from './head-stages.ts';
import type { Adapted } from './models/adapted.ts';
import { beforeAttention, fromAttention } from './models/decoder-block.ts';
import type { Target } from './models/linear-layers.ts';
import type { GrowingTensor, Place, Value } from './place.ts';
import { type Ran, Stage } from './stage.ts';

/** Parts of a model that the decoder uses and does not free. */
export interface DecoderParts {
  readonly config: ModelShape;
  readonly place: Place;
  readonly adapters: Partial<Record<Target, Adapted>>;
  readonly embedding: Embedding;
  readonly head: Head;
  readonly layers: readonly {
    /** The storages of the block's quantised tensors. */
    readonly stored: Stored;
    /** The tensors that the block reads besides its activations. */
    tensors(): Readonly<Record<string, Value>>;
  }[];
}

/** The two stages of a block: before the cache is updated, and from there on. */
type Halves = Readonly<Record<'before' | 'from', Stage>>;

interface KeyValueCache {
  readonly keys: GrowingTensor;
  readonly values: GrowingTensor;
}

export class Decoder {
  readonly #parts: DecoderParts;
  readonly #room: number;
  readonly #compiled: ByStorage<Halves>;
  /** The stages of each block. */
  readonly #halves: readonly Halves[];
  /** The keys and values of each block, (room, key heads, channels) each, of which `#length` rows are filled. */
  readonly #kept: readonly KeyValueCache[];
  #length = 0;

  private constructor(
    parts: DecoderParts,
    room: number,
    compiled: ByStorage<Halves>,
    halves: readonly Halves[],
    kept: readonly KeyValueCache[],
  ) {
    this.#parts = parts;
    this.#room = room;
    this.#compiled = compiled;
    this.#halves = halves;
    this.#kept = kept;
  }

  /** Makes a decoder for sequences of at most `room` tokens, which the model must have positions for. */
  static async prepare(parts: DecoderParts, room: number): Promise<Decoder> {
    const { config, place, adapters, layers } = parts;
    const programs = {
      before: beforeAttention(config, adapters).trace(),
      from: fromAttention(config, room, adapters).trace(),
    };
    const compiled = new ByStorage(async (stored) => ({
      before: await Stage.prepare(place, programs.before, { stored: storedIn(programs.before, stored) }),
      from: await Stage.prepare(place, programs.from, { stored: storedIn(programs.from, stored) }),
    }));
    const halves: Halves[] = [];
    for (const { stored } of layers) halves.push(await compiled.holding(stored));
    const kept: KeyValueCache[] = [];
    for (let n = 0; n < config.layers; n++) {
      const one = (what: string) => place.room(`${what} of block ${n}`, room * width(config));
      kept.push({ keys: await one('keys'), values: await one('values') });
    }
    return new Decoder(parts, room, compiled, halves, kept);
  }

  /** The number of tokens read so far. */
  get length(): number {
    return this.#length;
  }

  /** Reads further tokens and returns the logits after the last. Throws OFT6003 for unknown or too many ids. */
  async read(ids: ArrayLike<number>): Promise<HostArray> {
    const all = Array.from(ids);
    if (this.#length + all.length > this.#room)
      throw new OftcError(
        'OFT6003',
        `${all.length} tokens after ${this.#length} are more than the ${this.#room} that there is room for`,
      );
    // Compute logits only for the last token of a prompt: those of all tokens would be many numbers.
    if (all.length > 1) (await this.#forward(all.slice(0, -1))).free();
    const last = await this.#forward(all.slice(-1));
    try {
      return await this.#parts.head.logits(1, last.values.y!);
    } finally {
      last.free();
    }
  }

  async #forward(read: readonly number[]): Promise<Ran> {
    const { config, embedding } = this.#parts;
    const { ids, tokens, position: own } = packed([{ ids: read, labels: read }], config);
    const position = own.map((i) => this.#length + i);
    const seen = Int32Array.from([...position].flatMap((i) => [0, i]));
    let x = await embedding.run({ tokens, ids });
    for (const [n, { keys, values }] of this.#kept.entries()) {
      const halves = this.#halves[n]!;
      const before = await this.#run(halves.before, n, tokens, { x: x.values.y!, position });
      const { query, key, value } = before.values;
      for (const [room, rows] of [
        [keys, key],
        [values, value],
      ] as const)
        room.put(this.#length * width(config), rows!, tokens * width(config));
      const kept = { keys: keys.value, values: values.value };
      const next = await this.#run(halves.from, n, tokens, { x: x.values.y!, query: query!, seen, ...kept });
      before.free();
      x.free();
      x = next;
    }
    this.#length += tokens;
    return x;
  }

  #run(stage: Stage, layer: number, tokens: number, given: Readonly<Record<string, Value>>): Promise<Ran> {
    const all: Readonly<Record<string, Value>> = { ...this.#parts.layers[layer]!.tensors(), ...given };
    const wanted = stage.signature.inputs.map((i) => [i.name, all[i.name]!]);
    return stage.run(tokens, Object.fromEntries(wanted));
  }

  dispose(): void {
    for (const { keys, values } of this.#kept) for (const room of [keys, values]) room.free();
    this.#compiled.dispose();
  }
}

/** The number of elements of a token's keys. */
const width = (c: ModelShape): number => c.kvHeads * c.headDim;
