/** Folds an adapter into a model's weights, by the claims of the adapter's layer. */
import { join } from 'node:path';
import { OftcError } from '../../compiler/errors/error.ts';
import type { KeptEntry } from '../energy/kept.ts';
import { requantize, requantizedTensors } from '../formats/checkpoint/requantize.ts';
import type { StoredWeight } from '../formats/checkpoint/weights.ts';
import { writeCheckpoint } from '../formats/checkpoint/write.ts';
import { OUTPUT_LAYER } from '../formats/config/names.ts';
import { parseJson, readText, withFields } from '../formats/json.ts';
import type { OpenModel } from '../formats/model.ts';
import { dtypeBits, type TensorData } from '../formats/safetensors/index.ts';
import { filesBeside } from './beside.ts';
import { DENSE, type Dense, denseTensor, dtypeField, isDense } from './dense.ts';
import { type KeptByProjection, keptAt, measured, summarisedAngles } from './kept-angles.ts';
import { Merger, mergedProgram, type Part, partsOf } from './merger.ts';
import { embeddingPath, HEAD, shortName, shortNames, targetsOf } from './models/linear-layers.ts';
import { expectedWeights } from './models/weights.ts';
import type { Place } from './place.ts';
import { type Entry, entryOf, type Requantisations, summarised } from './requantisation.ts';
import type { TargetModule } from './start.ts';
import type { Weights } from './uploads.ts';

export interface MergeOptions {
  /** The dtype of every weight, as plain floats; by default each keeps its form, requantised if need be. */
  readonly dtype?: Dense | undefined;
  /** Whether to measure the angles between neurons; by default, those of layers that rotate. */
  readonly angles?: boolean | undefined;
}

/** The measurements of a merge. */
export interface Measurements {
  /** The error of requantising; undefined if nothing was requantised. */
  readonly requantised?: Requantisations | undefined;
  /** The angles between neurons, of W′ before it is stored; undefined if none were measured. */
  readonly angles?: KeptByProjection | undefined;
}

/**
 * Writes the merged model in Hugging Face's layout. Without `dtype`, a merged weight keeps its form and its tensors'
 * names; the other weights keep their bytes, as do config.json and the files of `filesBeside`. A merged head that
 * was tied to the embedding becomes a
 * weight of its own, and config.json says so. Throws OFT6010, OFT6011 for a merged value that is not finite,
 * QuantizationError for a merged weight
 * that its form cannot hold, and what `writeCheckpoint` throws.
 */
export async function writeMerged(
  out: string,
  files: OpenModel,
  sites: readonly TargetModule[],
  tensors: Weights,
  place: Place,
  { dtype, angles }: MergeOptions = {},
): Promise<Measurements> {
  for (const site of sites) checkMerged(site, files);
  const merger = new Merger(place);
  const places = new Map<string, { readonly site: TargetModule; readonly part: Part }>();
  for (const site of sites)
    for (const part of partsOf(site.adapted.program)) places.set(`${site.module}.${part}`, { site, part });
  const untied = files.config.tiedEmbeddings && sites.some((s) => s.target === HEAD);
  const shapes = expectedWeights({ ...files.config, tiedEmbeddings: files.config.tiedEmbeddings && !untied });
  const [head, embedding] = [`${OUTPUT_LAYER}.weight`, `${embeddingPath(files.config)}.weight`];
  const weights = [...files.weights.values()];
  if (untied) weights.push({ ...files.weights.get(embedding)!, name: head });
  const lost: Entry[] = [];
  const turned: KeptEntry[] = [];
  const written = async (stored: StoredWeight): Promise<readonly TensorData[]> => {
    const { name } = stored;
    const { site, part } = places.get(name) ?? {};
    if (!site && !dtype) return copied(files, stored);
    const W = await files.weight(untied && name === head ? embedding : name);
    const model = async (of: Part) => (of === part ? W : files.weight(`${site!.module}.${of}`));
    const computed = site && part ? await merger.merged(site, part, model, tensors) : W;
    if (site && part === 'weight' && measured(site.adapted.program, angles))
      turned.push(await keptAt(merger, files.config, site, { W, merged: computed, model, tensors }));
    const merged = Float32Array.from(computed);
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
    const order = shortNames(files.config, targetsOf(files.config));
    return {
      requantised: lost.length > 0 ? summarised(lost, order) : undefined,
      angles: summarisedAngles(turned, order),
    };
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
  const text = await readText(config, remedy);
  const fields = {
    ...(dtype ? { quantization_config: undefined, ...dtypeField(parseJson(text, config), dtype) } : {}),
    ...(untied ? { tie_word_embeddings: false } : {}),
  };
  const changed = dtype || untied ? withFields(text, config, fields) : text;
  return { ...(await filesBeside(files.path)), 'config.json': changed };
}
