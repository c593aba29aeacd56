/**
 * Decodes sequences, a few tokens at a time. Each block keeps the keys and values of all tokens so far, so that a token
 * is computed once. A block runs as two Plans, with the cache update between them.
 */
import { OftcError } from '../../compiler/errors/error.ts';
import type { Program } from '../../compiler/ir/node.ts';
import { getOrMake } from '../../compiler/keyed.ts';
import type { ModelShape } from '../formats/config/model-config.ts';
import { type Stored, storedIn } from '../session/quantized.ts';
import type { HostArray } from '../session/tensors.ts';
import { packed, packedSources, type Source, type SourceText } from './batch.ts';
import { ByStorage } from './blocks.ts';
import type { Embedding } from './embedding.ts';
import type { Head } from './head-stages.ts';
import type { Adapted } from './models/adapted.ts';
import { beforeAttention, fromAttention } from './models/decoder-block.ts';
import type { Target } from './models/linear-layers.ts';
import { firstRow } from './models/rope.ts';
import type { Copy, Place, PlacedTensor, Value } from './place.ts';
import { LateStage, type Ran, Stage } from './stage.ts';

/** Parts of a model that the decoder uses and does not free. */
export interface DecoderParts {
  readonly config: ModelShape;
  readonly place: Place;
  readonly adapters: Partial<Record<Target, Adapted>>;
  readonly embedding: Embedding;
  readonly head: Head;
  /** Runs the encoder of a model that has one. */
  encoded?(source: Source): Promise<Ran>;
  readonly layers: readonly {
    /** The shape that the block is computed from. */
    readonly shape: ModelShape;
    /** The storages of the block's quantised tensors. */
    readonly stored: Stored;
    /** The number of tokens that a token sees; undefined if all before it. */
    readonly window: number | undefined;
    /** Keys and values of the encoder's result, of a model with an encoder. */
    remembered?(source: Source, result: Value): Promise<Ran>;
    /** The tensors that the block reads besides its activations. */
    tensors(): Readonly<Record<string, Value>>;
  }[];
}

/** The stages of a block: before the cache is updated, and from there on for few tokens and for many. */
interface Halves {
  readonly [of: string]: Stage | LateStage;
  readonly before: Stage;
  readonly from: Stage;
  readonly many: Stage | LateStage;
}

interface KeyValueCache {
  readonly keys: PlacedTensor;
  readonly values: PlacedTensor;
}

/** The most tokens of a sequence, and the number of sequences. */
export interface DecoderSize {
  readonly room: number;
  readonly sequences: number;
  /** The tokens that the encoder reads for all sequences together, of a model with an encoder. */
  readonly sources?: number;
  /** Whether sequences may take each other's places. */
  readonly moves?: boolean;
}

/** The encoder's result for a decoder: each block's keys and values, and the rows that each sequence sees. */
interface Memory {
  readonly blocks: readonly Ran[];
  readonly seen: readonly (readonly [first: number, last: number])[];
}

export class Decoder {
  readonly #parts: DecoderParts;
  readonly #room: number;
  readonly #compiled: readonly ByStorage<Halves>[];
  /** The stages of each block. */
  readonly #halves: readonly Halves[];
  /** The keys and values of each block, (sequences·room, key heads, channels) each. */
  #kept: readonly KeyValueCache[];
  /** Caches to move keys and values into, which then take the place of those in use. */
  #spare: readonly KeyValueCache[];
  #memory: Memory | undefined;
  /** The tokens of each sequence whose keys and values are kept: so many of its `room` rows are filled. */
  readonly #lengths: number[];
  /** The tokens read of each sequence. */
  readonly #ids: (readonly number[])[];

  private constructor(
    parts: DecoderParts,
    { room, sequences }: DecoderSize,
    compiled: readonly ByStorage<Halves>[],
    halves: readonly Halves[],
    kept: readonly KeyValueCache[],
    spare: readonly KeyValueCache[],
  ) {
    this.#parts = parts;
    this.#room = room;
    this.#compiled = compiled;
    this.#halves = halves;
    this.#kept = kept;
    this.#spare = spare;
    this.#lengths = Array.from({ length: sequences }, () => 0);
    this.#ids = this.#lengths.map(() => []);
  }

  /** Makes a decoder for sequences of at most `room` tokens, which the model must have positions for. */
  static async prepare(parts: DecoderParts, size: DecoderSize): Promise<Decoder> {
    const { config, place, adapters, layers } = parts;
    const rows = size.room * size.sequences;
    const compiled = new Map<ModelShape, ByStorage<Halves>>();
    const halves: Halves[] = [];
    for (const { shape, stored } of layers) {
      const ofShape = getOrMake(compiled, shape, () => halvesOf(place, shape, adapters, { ...size, rows }));
      halves.push(await ofShape.holding(stored));
    }
    const caches = async (): Promise<KeyValueCache[]> => {
      const made: KeyValueCache[] = [];
      for (let n = 0; n < config.layers; n++) {
        const one = (what: string) => place.room(`${what} of block ${n}`, rows * width(config));
        made.push({ keys: await one('keys'), values: await one('values') });
      }
      return made;
    };
    return new Decoder(
      parts,
      size,
      [...compiled.values()],
      halves,
      await caches(),
      size.moves ? await caches() : [],
    );
  }

  /** The number of tokens read so far of the first sequence. */
  get length(): number {
    return this.#lengths[0]!;
  }

  /** Forgets what was read, for other sequences. */
  restart(): void {
    this.#lengths.fill(0);
    this.#ids.fill([]);
  }

  /**
   * Lets the encoder read texts of one length, which sequences then attend to: `of` has the number of its text for each.
   * The texts have as many tokens together as the decoder was prepared for.
   */
  async attend(texts: readonly SourceText[], of: readonly number[]): Promise<void> {
    const { config, encoded, layers } = this.#parts;
    this.#forget();
    const source = packedSources(
      texts.map((text) => ({ ids: [], source: text })),
      config,
    );
    const result = await encoded!(source);
    const blocks: Ran[] = [];
    for (const layer of layers) blocks.push(await layer.remembered!(source, result.values.y!));
    result.free();
    const each = source.tokens / texts.length;
    const seen = of.map((t) => [t * each, t * each + texts[t]!.count - 1] as const);
    this.#memory = { blocks, seen };
  }

  #forget(): void {
    for (const r of this.#memory?.blocks ?? []) r.free();
    this.#memory = undefined;
  }

  /** Gives each sequence the tokens, keys and values of another one, all of which attend to one text. */
  move(from: readonly number[]): void {
    const size = width(this.#parts.config);
    const pieces = from.flatMap((s, n) =>
      this.#lengths[s]
        ? [{ first: s * this.#room * size, count: this.#lengths[s] * size, at: n * this.#room * size }]
        : [],
    );
    const { place } = this.#parts;
    for (const [n, { keys, values }] of this.#kept.entries())
      place.copy([
        ...copies(pieces, keys.value, this.#spare[n]!.keys),
        ...copies(pieces, values.value, this.#spare[n]!.values),
      ]);
    [this.#kept, this.#spare] = [this.#spare, this.#kept];
    const [lengths, ids] = [[...this.#lengths], [...this.#ids]];
    for (const [n, s] of from.entries()) {
      this.#lengths[n] = lengths[s]!;
      this.#ids[n] = ids[s]!;
    }
  }

  /** Reads further tokens of the first sequence, and returns the logits after the last. See `readEach`. */
  async read(ids: ArrayLike<number>): Promise<HostArray> {
    const [logits] = await this.readEach([Array.from(ids)]);
    return logits!;
  }

  /**
   * Reads further tokens of each sequence, and returns the logits after the last token of each that has some. Throws
   * OFT6003 for unknown or too many ids, and where no sequence has any.
   */
  async readEach(added: readonly (readonly number[])[]): Promise<HostArray[]> {
    for (const [s, ids] of added.entries())
      if (this.#lengths[s]! + ids.length > this.#room)
        throw new OftcError(
          'OFT6003',
          `${ids.length} tokens after ${this.#lengths[s]} are more than the ${this.#room} that there is room for`,
        );
    const { head, config } = this.#parts;
    const whole = added.map((ids, s) => [...this.#ids[s]!, ...ids]);
    const rows = whole.map((ids) => firstRow(config, ids.length));
    const unread = added.map((ids, s) => {
      const kept = this.#ids[s]!;
      if (this.#lengths[s] === kept.length && firstRow(config, kept.length) === rows[s]) return ids;
      // A sequence of the new length has other angles: its keys are computed again.
      this.#lengths[s] = 0;
      return ids.length > 0 ? whole[s]! : ids;
    });
    // Compute logits only for the last token of a prompt: those of all tokens would be many numbers.
    const before = unread.map((ids) => ids.slice(0, -1));
    if (before.some((ids) => ids.length > 0)) (await this.#forward(before, rows)).free();
    const last = await this.#forward(
      unread.map((ids) => ids.slice(-1)),
      rows,
    );
    for (const [s, ids] of whole.entries()) this.#ids[s] = ids;
    try {
      const count = added.filter((ids) => ids.length > 0).length;
      const logits = await head.logits(count, last.values.y!);
      const each = config.vocabSize;
      return Array.from({ length: count }, (_, n) => logits.subarray(n * each, (n + 1) * each));
    } finally {
      last.free();
    }
  }

  /** Reads tokens of each sequence; `rows` has the first row of the rotary tables for each. */
  async #forward(added: readonly (readonly number[])[], rows: readonly number[]): Promise<Ran> {
    const { config, place, embedding, layers } = this.#parts;
    // The encoder has read already.
    const { encoder: _, ...decoding } = config;
    const some = [...added.entries()].filter(([, ids]) => ids.length > 0);
    const { ids, tokens, ...own } = packed(
      some.map(([, read]) => ({ ids: read, labels: read })),
      decoding,
    );
    const sequence = some.flatMap(([s, read]) => read.map(() => s));
    const places = sequence.map((s, n) => this.#lengths[s]! + n - own.start[n]!);
    const position = Int32Array.from(places, (i, n) => rows[sequence[n]!]! + i);
    const row = (n: number) => sequence[n]! * this.#room;
    const seenIn = (window = Infinity) =>
      Int32Array.from(places.flatMap((i, n) => [row(n) + Math.max(0, i - window + 1), row(n) + i]));
    const pieces = [...new Set(own.start)].map((n, k) => ({
      first: n * width(config),
      count: some[k]![1].length * width(config),
      at: (row(n) + places[n]!) * width(config),
    }));
    const sourceSeen = this.#memory && Int32Array.from(sequence.flatMap((s) => this.#memory!.seen[s]!));
    let x = await embedding.run({ tokens, ids, position });
    for (const [n, { keys, values }] of this.#kept.entries()) {
      const halves = this.#halves[n]!;
      const before = await this.#run(halves.before, n, tokens, { x: x.values.y!, position });
      const { query, key, value } = before.values;
      place.copy([...copies(pieces, key!, keys), ...copies(pieces, value!, values)]);
      const seen = seenIn(layers[n]!.window);
      const kept = { keys: keys.value, values: values.value };
      const read = this.#memory?.blocks[n]?.values;
      const sources = read && { sourceKeys: read.key!, sourceValues: read.value!, sourceSeen: sourceSeen! };
      const given = { x: x.values.y!, query: query!, seen, ...kept, ...sources };
      const isFilled = areMany(tokens, layers[n]!.shape) && halves.many instanceof LateStage;
      const from = isFilled ? await halves.many.ready() : halves.from;
      const next = await this.#run(from, n, tokens, given);
      before.free();
      x.free();
      x = next;
    }
    for (const [s, read] of some) this.#lengths[s]! += read.length;
    return x;
  }

  #run(stage: Stage, layer: number, tokens: number, given: Readonly<Record<string, Value>>): Promise<Ran> {
    const all: Readonly<Record<string, Value>> = { ...this.#parts.layers[layer]!.tensors(), ...given };
    const wanted = stage.signature.inputs.map((i) => [i.name, all[i.name]!]);
    return stage.run(tokens, Object.fromEntries(wanted));
  }

  dispose(): void {
    this.#forget();
    for (const { keys, values } of [...this.#kept, ...this.#spare])
      for (const room of [keys, values]) room.free();
    for (const ofShape of this.#compiled) ofShape.dispose();
  }
}

/** The stages of the blocks of a shape, by the storages of their weights, for caches of so many rows. */
function halvesOf(
  place: Place,
  shape: ModelShape,
  adapters: DecoderParts['adapters'],
  { rows, sources }: Pick<DecoderSize, 'sources'> & { readonly rows: number },
): ByStorage<Halves> {
  const before = beforeAttention(shape, adapters).trace();
  // Few tokens would leave most rows of a tile of an expert empty.
  const from = fromAttention(shape, rows, adapters, sources, 1).trace();
  const filled = shape.experts && fromAttention(shape, rows, adapters, sources).trace();
  return new ByStorage(async (stored) => {
    const options = (program: Program) => ({ stored: storedIn(program, stored) });
    const few = await Stage.prepare(place, from, options(from));
    return {
      before: await Stage.prepare(place, before, options(before)),
      from: few,
      many: filled ? new LateStage(place, filled, options(filled)) : few,
    };
  });
}

/** Whether tokens choose experts so often that these read their weights for several of them at once. */
const areMany = (tokens: number, { experts }: ModelShape): boolean =>
  experts !== undefined && tokens * experts.chosen > experts.count;

/** The number of elements of a token's keys. */
const width = (c: ModelShape): number => c.kvHeads * c.headDim;

/** Copies of some rows of a tensor to a cache. */
const copies = (
  pieces: readonly Pick<Copy, 'first' | 'count' | 'at'>[],
  from: Value,
  to: PlacedTensor,
): Copy[] => pieces.map((piece) => ({ ...piece, from, to: to.value }));
