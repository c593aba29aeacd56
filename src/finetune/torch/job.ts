/** Describes a model to the processes of PyTorch: printed modules, and where each of their tensors lies. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { evalDim } from '../../../compiler/dims/dims.ts';
import { bindProgram } from '../../../compiler/ir/bind.ts';
import type { Program } from '../../../compiler/ir/node.ts';
import { type Storage, storageName } from '../../../compiler/primitives/storage.ts';
import type { ModelShape } from '../../formats/config/model-config.ts';
import type { Rope } from '../../formats/config/rope.ts';
import type { OpenModel } from '../../formats/model.ts';
import { storageOf, wordsOf } from '../../formats/quantized/index.ts';
import { type TensorData, writeSafetensors } from '../../formats/safetensors/index.ts';
import type { HostTensor } from '../../session/tensors.ts';
import { type TorchModule, torchModule } from '../../targets/torch/module.ts';
import { type Kind, kindsOf } from '../block-kinds.ts';
import { type AdapterChoice, adaptersOf } from '../blocks.ts';
import { Dropout } from '../dropout/dropout.ts';
import { SOURCES } from '../models/encoder-block.ts';
import type { StackName } from '../models/family.ts';
import * as layers from '../models/head.ts';
import { embeddingPath, HEAD, projectionsOf, ROOT } from '../models/linear-layers.ts';
import { encodedOf } from '../models/registry.ts';
import { firstRow, ropeOf, ropeTables, TABLES, tableRows } from '../models/rope.ts';
import { stackedIn } from '../models/stacked.ts';
import { windowOf } from '../models/windows.ts';
import { checkSize, pathOf, sourceOf, type Weights } from '../uploads.ts';

/** Where a tensor lies: a file of safetensors and a name there. Quantised ones are words in a storage. */
interface Source {
  readonly file: string;
  readonly name: string;
  readonly storage?: Storage;
  readonly shape?: readonly number[];
  /** The path of a trained tensor in the adapter. */
  readonly trained?: string;
}

/** A printed module with its tensors. */
interface Description {
  readonly file: string;
  readonly class: string;
  /** The shapes of the constructor's arguments. */
  readonly given: Readonly<Record<string, readonly number[]>>;
  /** The tensors by their names in the state dict. */
  readonly tensors: Readonly<Record<string, Source>>;
}

/** The encoder, and the parts of the decoder's blocks that read its result. */
interface EncoderDescription {
  readonly blocks: readonly Description[];
  readonly memory: readonly Description[];
  /** The modules that add positions to the rows of the embedding. */
  readonly placed: Readonly<Record<StackName, Description>>;
}

/** A block, with the number of tokens that a token sees; null if all before it. */
interface BlockDescription extends Description {
  readonly window: number | null;
}

export interface JobOptions {
  readonly files: OpenModel;
  /** The weights, which may be quantised as they are read. */
  readonly weights: Weights;
  readonly adapter: AdapterChoice;
  /** The version of oftc, for the printed files. */
  readonly version: string;
  /** Whether the processes will continue prompts, for which they need logits. */
  readonly generates?: boolean;
}

export interface Job {
  /** The embedding's table, and the factor of its rows. */
  readonly embedding: Source & { readonly scale: number };
  /** The number of positions that the model has. */
  readonly positions: number;
  /** The length above which a text has other rows of the rotary tables, which follow those; null if none has. */
  readonly short: number | null;
  readonly blocks: readonly BlockDescription[];
  readonly encoder?: EncoderDescription;
  readonly head: Description;
  /** The head without its loss, which shares the head's tensors. */
  readonly logits?: Omit<Description, 'tensors'>;
  readonly dropout?: ReturnType<Dropout['described']>;
}

/** Writes the modules and tensors of a job into a folder. */
export class JobFolder {
  readonly #folder: string;
  readonly #options: JobOptions;
  readonly #config: ModelShape;
  readonly #bytes = new Map<string, number>();
  readonly #known = new Map<string, Source>();

  constructor(folder: string, options: JobOptions) {
    this.#folder = folder;
    const c = options.files.config;
    const { adapter, weights } = options;
    this.#options = {
      ...options,
      weights: stackedIn(weights, c),
      adapter: { ...adapter, tensors: stackedIn(adapter.tensors, c) },
    };
    this.#config = c;
  }

  /** The bytes of the tensors, by the form that they are held in; the adapter's as `adapter`. */
  get bytes(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#bytes);
  }

  /** Writes all but job.json. Rejects with OFT6002 for a tensor whose size is not the configuration's. */
  async write(): Promise<Job> {
    const { adapter, version } = this.#options;
    const c = this.#config;
    mkdirSync(join(this.#folder, 'tensors'));
    const onHead = (choice: typeof adapter) =>
      choice.targets?.includes(HEAD) ? adaptersOf(c, { ...choice, targets: [HEAD] }).head : undefined;
    const printed = (program: Program, name: string): TorchModule => {
      const module = torchModule(program, name, version);
      writeFileSync(join(this.#folder, `${name}.py`), module.text);
      return module;
    };
    const head = printed(layers.loss(c, onHead(adapter)).trace(), 'head');
    const plainHead = sourceOf(layers.loss(c).trace(), this.#options.weights, adapter.tensors);
    const embedding = await this.#source(`${embeddingPath(c)}.weight`);
    this.#count('f32', embedding, c.vocabSize * c.hiddenSize);
    const kinds = kindsOf(c);
    const rows = c.encoder ? { [SOURCES]: c.maxPositions } : {};
    const ofKind = async (name: string, kind: Kind): Promise<Description[]> => {
      // The printed text has no number of rows of the encoder's result: it holds for any.
      const module = printed(bindProgram(kind.program(adaptersOf(c, adapter)), rows, 'sources'), name);
      const from = sourceOf(kind.program(), this.#options.weights, adapter.tensors);
      const all: Description[] = [];
      for (const { path, number } of kind.places)
        all.push(await this.#description(name, module, path, from, ropeOf(c, number)));
      return all;
    };
    const blocks: BlockDescription[] = [];
    for (const [k, kind] of kinds.decoder.entries()) {
      const all = await ofKind(k === 0 ? 'block' : `block_${k}`, kind);
      for (const [n, { number }] of kind.places.entries())
        blocks[number] = { ...all[n]!, window: windowOf(c, number) ?? null };
    }
    const placed = (stack: StackName) => {
      const name = `placed_${stack}`;
      const module = printed(encodedOf(c).placed(c, stack), name);
      return this.#description(name, module, ROOT, () => this.#options.weights);
    };
    const encoder = kinds.encoder && {
      blocks: await ofKind('encoder_block', kinds.encoder.blocks),
      memory: await ofKind('memory', kinds.encoder.memory),
      placed: { encoder: await placed('encoder'), decoder: await placed('decoder') },
    };
    const described = await this.#description('head', head, ROOT, plainHead);
    const reading = kinds.encoder ? [...kinds.encoder.blocks.places, ...kinds.encoder.memory.places] : [];
    const decoding = kinds.decoder.flatMap(({ places }) => places).sort((a, b) => a.number - b.number);
    const dropout =
      adapter.dropout && new Dropout(c, adaptersOf(c, adapter), adapter.dropout).described(reading, decoding);
    const positions = c.maxPositions;
    const short = firstRow(c, positions) || null;
    const job = {
      ...{ embedding: { ...embedding, scale: c.embeddingScale ?? 1 }, positions, short, blocks },
      head: described,
      ...(encoder ? { encoder } : {}),
      ...(dropout ? { dropout } : {}),
    };
    if (!this.#options.generates) return job;
    const steady = onHead({ ...adapter, dropout: undefined });
    const logits = printed(layers.logits(c, steady).trace(), 'logits');
    return { ...job, logits: { file: 'logits', class: logits.class, given: described.given } };
  }

  async #description(
    file: string,
    module: TorchModule,
    below: string,
    from: ReturnType<typeof sourceOf>,
    rope: Rope | undefined = this.#config.rope,
  ): Promise<Description> {
    const given: Record<string, readonly number[]> = {};
    const tensors: Record<string, Source> = {};
    for (const { input, path, argument } of module.tensors) {
      const shape = input.type.shape.map((d) => evalDim(d, {}));
      if (argument !== undefined) given[argument] = shape;
      const table = TABLES.some((t) => t === input.name) ? rope : undefined;
      const name = table ? `${input.name} ${JSON.stringify(table)}` : pathOf(input, below);
      const weights = from(input);
      const source =
        table || weights === this.#options.adapter.tensors
          ? await this.#written(
              name,
              table ? this.#table(input.name, table) : await weights.read(name),
              input,
            )
          : await this.#source(name, projectionsOf(this.#config).includes(input.name));
      const trained = input.role === 'trainable';
      tensors[path] = trained ? { ...source, trained: name } : source;
      const form = trained ? 'adapter' : source.storage ? storageName(source.storage) : input.type.dtype;
      if (!source.storage)
        this.#count(
          form,
          source,
          shape.reduce((a, b) => a * b, 1),
        );
    }
    return { file, class: module.class, given, tensors };
  }

  /** The source of a weight of the model: its own file, or words that are written here. */
  async #source(name: string, projection = false): Promise<Source> {
    const known = this.#known.get(name);
    if (known) return known;
    const { files, weights } = this.#options;
    const quantised = projection ? await weights.quantised?.(name) : undefined;
    const stored = files.weights.get(name);
    let source: Source;
    if (quantised) {
      const storage = storageOf(quantised, { tensor: name });
      const words = new Int32Array(wordsOf(quantised, storage, { tensor: name }).buffer);
      const written = await this.#file(name, { name, dtype: 'I32', shape: [words.length], data: words });
      source = { ...written, storage, shape: quantised.shape };
      this.#bytes.set(storageName(storage), (this.#bytes.get(storageName(storage)) ?? 0) + words.byteLength);
    } else if (stored?.form === 'plain') {
      const [tensor] = stored.tensors;
      source = { file: resolve(tensor!.file), name: tensor!.stored ?? tensor!.name };
    } else {
      const { data, shape } = await weights.read(name);
      source = await this.#file(name, { name, dtype: 'F32', shape, data: Float32Array.from(data) });
    }
    this.#known.set(name, source);
    return source;
  }

  async #written(
    name: string,
    { data, shape }: HostTensor,
    input: Parameters<typeof checkSize>[1],
  ): Promise<Source> {
    const known = this.#known.get(name);
    if (known) return known;
    checkSize(name, input, shape);
    const isIndex = data instanceof Int32Array;
    const source = await this.#file(name, {
      name,
      dtype: isIndex ? 'I32' : 'F32',
      shape,
      data: isIndex ? data : Float32Array.from(data),
    });
    this.#known.set(name, source);
    return source;
  }

  async #file(name: string, tensor: TensorData): Promise<Source> {
    const file = resolve(this.#folder, 'tensors', `${this.#known.size}.safetensors`);
    await writeSafetensors(file, [tensor]);
    return { file, name };
  }

  #table(name: string, rope: Rope): HostTensor {
    const { headDim, maxPositions } = this.#config;
    const { cos, sin } = ropeTables(rope, headDim, maxPositions);
    return { data: name === 'cosTable' ? cos : sin, shape: [tableRows(this.#config), headDim / 2] };
  }

  readonly #counted = new Set<string>();
  /** Adds the bytes of a tensor, which several modules may share. */
  #count(form: string, { file, name }: Source, elements: number): void {
    const key = `${file} ${name}`;
    if (this.#counted.has(key)) return;
    this.#counted.add(key);
    this.#bytes.set(form, (this.#bytes.get(form) ?? 0) + 4 * elements);
  }
}
