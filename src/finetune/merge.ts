/** Folds an adapter into a model's weights, by the claims of the adapter's layer. */
import { join } from 'node:path';
import { OftcError } from '../../compiler/errors/error.ts';
import { topological } from '../../compiler/ir/build.ts';
import type { Program } from '../../compiler/ir/node.ts';
import { emptyRecord } from '../../compiler/records.ts';
import { requantize, requantizedTensors } from '../formats/checkpoint/requantize.ts';
import type { StoredWeight } from '../formats/checkpoint/weights.ts';
import { writeCheckpoint } from '../formats/checkpoint/write.ts';
import { EMBEDDING, OUTPUT_LAYER } from '../formats/config/names.ts';
import { formatJson, isObject, type Json, type JsonObject, readJsonFile, readText } from '../formats/json.ts';
import type { OpenModel } from '../formats/model.ts';
import { dtypeBits, type TensorData } from '../formats/safetensors/index.ts';
import type { HostArray } from '../session/tensors.ts';
import { filesBeside } from './beside.ts';
import { DENSE, type Dense, denseTensor, isDense } from './dense.ts';
import { HEAD, shortName, targetsOf } from './models/linear-layers.ts';
import { expectedWeights } from './models/weights.ts';
import { type Place, placedOn } from './place.ts';
import { type Entry, entryOf, type Requantisations, summarised } from './requantisation.ts';
import { Stage } from './stage.ts';
import { type TargetModule, tensorPath } from './start.ts';
import type { Weights } from './uploads.ts';

export type Part = 'weight' | 'bias';

/** The layer's claimed weight or bias as a program of its own. Throws OFT6010 if the layer claims none. */
function mergedProgram(program: Program, part: Part): Program {
  const claim = program.claims?.[part];
  if (!claim)
    throw new OftcError(
      'OFT6010',
      `'${program.name}' does not say what its ${part} becomes: claims: ({ W, … }) => ({ ${part}: … })`,
    );
  const needed = new Set(topological([claim]));
  const { claims: _, ...rest } = program;
  return {
    ...rest,
    inputs: program.inputs.filter((i) => needed.has(i)),
    outputs: [{ name: part, node: claim }],
  };
}

/** The parts that the layer changes; a bias that it claims to be unchanged is not merged. */
export function partsOf({ claims }: Program): readonly Part[] {
  const bias = claims?.bias;
  return !bias || (bias.kind === 'input' && bias.name === 'bias') ? ['weight'] : ['weight', 'bias'];
}

/** The model's tensors among the layer's inputs. */
const PART_OF: Readonly<Record<string, Part>> = { W: 'weight', bias: 'bias' };

/** Whether every element is finite, in float32 too. */
const allFinite = (data: HostArray): boolean => data.every((x: number) => Number.isFinite(Math.fround(x)));

/** Merges modules one after another; one stage serves all modules that share a layer. */
export class Merger {
  readonly #place: Place;
  readonly #stages = new Map<Program, Partial<Record<Part, Stage>>>();

  constructor(place: Place) {
    this.#place = place;
  }

  /**
   * The merged weight (out, in), row-major, or bias (out); `model` reads the original. It is float64 on the reference.
   * Rejects with OFT6011.
   */
  async merged(
    { module, adapted }: Pick<TargetModule, 'module' | 'adapted'>,
    part: Part,
    model: (part: Part) => Promise<HostArray>,
    tensors: Weights,
  ): Promise<HostArray> {
    const stages = this.#stages.get(adapted.program) ?? {};
    this.#stages.set(adapted.program, stages);
    stages[part] ??= await Stage.prepare(this.#place, mergedProgram(adapted.program, part));
    const stage = stages[part];
    const held = [];
    const values = emptyRecord<HostArray | GPUBuffer>();
    let culprit = ', though every tensor that it is made of is finite';
    for (const i of stage.signature.inputs) {
      const own = PART_OF[i.name];
      const data = own ? await model(own) : (await tensors.read(tensorPath(module, i))).data;
      if (!allFinite(data)) culprit = `, and so is '${own ? `${module}.${own}` : tensorPath(module, i)}'`;
      const one = placedOn(this.#place, i.name, data);
      held.push(one);
      values[i.name] = one.value;
    }
    const ran = await stage.run(1, values);
    try {
      const merged = await ran.read(part);
      if (allFinite(merged)) return merged;
      const first = merged.find((x: number) => !Number.isFinite(Math.fround(x)));
      throw new OftcError('OFT6011', `a number of the merged '${module}.${part}' is ${first}${culprit}`);
    } finally {
      ran.free();
      for (const h of held) h.free();
    }
  }

  dispose(): void {
    for (const stages of this.#stages.values()) for (const stage of Object.values(stages)) stage.dispose();
  }
}

export interface MergeOptions {
  /** The dtype of every weight, as plain floats; by default each keeps its form, requantised if need be. */
  readonly dtype?: Dense | undefined;
}

/**
 * Writes the merged model in Hugging Face's layout. Without `dtype`, a merged weight keeps its form and its tensors'
 * names; the other weights keep their bytes, as do config.json and the files of `filesBeside`. A merged head that was tied to the embedding becomes a
 * weight of its own, and config.json says so. The result is the error of requantising; undefined if nothing was
 * requantised. Throws OFT6010, OFT6011 for a merged value that is not finite, QuantizationError for a merged weight
 * that its form cannot hold, and what `writeCheckpoint` throws.
 */
export async function writeMerged(
  out: string,
  files: OpenModel,
  sites: readonly TargetModule[],
  tensors: Weights,
  place: Place,
  { dtype }: MergeOptions = {},
): Promise<Requantisations | undefined> {
  for (const site of sites) checkMerged(site, files);
  const merger = new Merger(place);
  const places = new Map<string, { readonly site: TargetModule; readonly part: Part }>();
  for (const site of sites)
    for (const part of partsOf(site.adapted.program)) places.set(`${site.module}.${part}`, { site, part });
  const untied = files.config.tiedEmbeddings && sites.some((s) => s.target === HEAD);
  const shapes = expectedWeights({ ...files.config, tiedEmbeddings: files.config.tiedEmbeddings && !untied });
  const [head, embedding] = [`${OUTPUT_LAYER}.weight`, `${EMBEDDING}.weight`];
  const weights = [...files.weights.values()];
  if (untied) weights.push({ ...files.weights.get(embedding)!, name: head });
  const lost: Entry[] = [];
  const written = async (stored: StoredWeight): Promise<readonly TensorData[]> => {
    const { name } = stored;
    const { site, part } = places.get(name) ?? {};
    if (!site && !dtype) return copied(files, stored);
    const W = await files.weight(untied && name === head ? embedding : name);
    const model = async (of: Part) => (of === part ? W : files.weight(`${site!.module}.${of}`));
    const merged = site && part ? Float32Array.from(await merger.merged(site, part, model, tensors)) : W;
    const weight = files.weights.has(name) ? await files.quantised(name) : undefined;
    if (!dtype && site && weight) {
      const base = { stored, weight, quantization: files.config.quantization };
      const requantised = requantize(merged, base);
      const own = { values: W, tensor: requantize(W, base) };
      lost.push(entryOf(shortName(files.config, site.target), own, { values: merged, tensor: requantised }));
      return requantizedTensors(requantised, merged, base, files.tensors);
    }
    const [first] = stored.tensors;
    const kept = first && isDense(first.dtype) ? first.dtype : 'F32';
    return [denseTensor(name, shapes.get(name)!, dtype ? DENSE[dtype].stored : kept, merged)];
  };
  try {
    const pending = weights.map((stored) => ({
      bytes: dtype
        ? (shapes.get(stored.name)!.reduce((n, d) => n * d, 1) * dtypeBits(DENSE[dtype].stored)) / 8
        : storedBytes(stored),
      tensors: () => written(stored),
    }));
    const metadata = files.tensors.metadata ?? new Map([['format', 'pt']]);
    await writeCheckpoint(out, pending, { metadata, files: await filesOf(files, dtype, untied) });
    const order = targetsOf(files.config).map((t) => shortName(files.config, t));
    return lost.length > 0 ? summarised(lost, order) : undefined;
  } finally {
    merger.dispose();
  }
}

/** Throws OFT6010 for a layer that claims no weight, or claims a bias that the model has no tensor for. */
export function checkMerged(
  { module, adapted: { program } }: Pick<TargetModule, 'module' | 'adapted'>,
  files: OpenModel,
): void {
  mergedProgram(program, 'weight');
  if (partsOf(program).includes('bias') && !files.weights.has(`${module}.bias`))
    throw new OftcError(
      'OFT6010',
      `'${program.name}' claims a bias, and the model has none at ${module} to put it into: it stays an adapter`,
    );
}

const copied = (files: OpenModel, { tensors }: StoredWeight): Promise<readonly TensorData[]> =>
  Promise.all(
    tensors.map(async ({ name, dtype, shape }) => ({
      name,
      dtype,
      shape,
      data: await files.tensors.bytes(name),
    })),
  );

const storedBytes = ({ tensors }: StoredWeight): number => tensors.reduce((n, t) => n + t.end - t.begin, 0);

async function filesOf(
  files: OpenModel,
  dtype: Dense | undefined,
  untied: boolean,
): Promise<Record<string, string | Uint8Array>> {
  const config = join(files.path, 'config.json');
  const remedy = 'Name the folder of a model.';
  const changed = async (): Promise<string> => {
    const json = await readJsonFile(config, remedy);
    const plain = dtype ? withoutQuantization(json, dtype) : isObject(json) ? json : {};
    return formatJson(untied ? { ...plain, tie_word_embeddings: false } : plain);
  };
  const text = dtype || untied ? await changed() : await readText(config, remedy);
  return { ...(await filesBeside(files.path)), 'config.json': text };
}

/** config.json with `dtype`'s name and without quantisation; transformers before 5 call the field `torch_dtype`. */
function withoutQuantization(json: Json, dtype: Dense): JsonObject {
  const config: JsonObject = isObject(json) ? json : {};
  const { quantization_config: _, ...plain } = config;
  return { ...plain, ['dtype' in plain ? 'dtype' : 'torch_dtype']: DENSE[dtype].named };
}
