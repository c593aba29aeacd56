/** Folds an adapter and its classifier into the weights of an image classifier. */
import { join } from 'node:path';
import { writeCheckpoint } from '../../formats/checkpoint/write.ts';
import { parseJson, readText, withFields } from '../../formats/json.ts';
import { dtypeBits, type TensorData } from '../../formats/safetensors/index.ts';
import type { HostTensor } from '../../session/tensors.ts';
import { filesBeside } from '../beside.ts';
import { moduleAdapters } from '../by-module.ts';
import { DENSE, type Dense, denseTensor, dtypeField, isDense } from '../dense.ts';
import { Merger } from '../merger.ts';
import type { Place } from '../place.ts';
import type { TargetModule } from '../start.ts';
import type { OpenVit } from './open.ts';
import type { ReadAdapter } from './read-saved.ts';
import { imageSites } from './saved.ts';
import { vitLinear, vitWeights } from './vit.ts';
import { CLASS, type VitShape } from './vit-config.ts';

/**
 * Writes the merged model in Hugging Face's layout, and returns the number of merged weights. A merged weight and the
 * classifier keep the dtype of the model's weights, or get `dtype`; the other weights keep their bytes then. config.json
 * names the classes of the classifier. Throws OFT6010 and OFT6011, and what `writeCheckpoint` throws.
 */
export async function writeMergedImages(
  out: string,
  files: OpenVit,
  { config, choice, tensors }: Pick<ReadAdapter, 'config' | 'choice' | 'tensors'>,
  place: Place,
  dtype?: Dense,
): Promise<number> {
  const sites = imageSites({ config, adapters: moduleAdapters(vitLinear(config), choice) });
  const at = new Map(sites.map((site) => [`${site.module}.weight`, site]));
  const merger = new Merger(place);
  const stored = [...files.tensors.tensors.values()];
  const common = stored.map((t) => t.dtype).find(isDense) ?? 'F32';
  const written = async (name: string, shape: readonly number[]): Promise<TensorData> => {
    const tensor = files.tensors.tensors.get(name);
    const [site, own] = [at.get(name), tensors.get(name)];
    if (tensor && !site && !own && !dtype)
      return { name, dtype: tensor.dtype, shape, data: await files.tensors.bytes(name) };
    const values = own?.data ?? (await mergedOr(files, merger, { name, site }, tensors));
    const kept = tensor && isDense(tensor.dtype) ? tensor.dtype : common;
    return denseTensor(name, shape, dtype ? DENSE[dtype].stored : kept, Float32Array.from(values));
  };
  const pending = [...vitWeights(config)].map(([name, shape]) => ({
    bytes: (shape.reduce((n, d) => n * d, 1) * dtypeBits(dtype ? DENSE[dtype].stored : common)) / 8,
    tensors: async () => [await written(name, shape)],
  }));
  try {
    const metadata = files.tensors.metadata ?? new Map([['format', 'pt']]);
    const json = await configText(files, config, dtype);
    const others = { ...(await filesBeside(files.path)), 'config.json': json };
    await writeCheckpoint(out, pending, { metadata, files: others });
    return sites.length;
  } finally {
    merger.dispose();
  }
}

/** A weight of the model, merged if an adapter is on it. */
async function mergedOr(
  files: OpenVit,
  merger: Merger,
  { name, site }: { readonly name: string; readonly site: TargetModule | undefined },
  tensors: ReadonlyMap<string, HostTensor>,
) {
  if (!site) return files.tensors.f32(name);
  const model = (part: string) => files.tensors.f32(`${site.module}.${part}`);
  return merger.merged(site, 'weight', model, { read: async (path) => tensors.get(path)! });
}

/** config.json with the classes of the merged classifier, and the dtype if it is another. */
async function configText(files: OpenVit, { labels }: VitShape, dtype: Dense | undefined): Promise<string> {
  const path = join(files.path, 'config.json');
  const text = await readText(path, 'Name the folder of a model.');
  return withFields(text, path, {
    num_labels: undefined,
    architectures: [CLASS],
    id2label: Object.fromEntries(labels.map((label, n) => [n, label])),
    label2id: Object.fromEntries(labels.map((label, n) => [label, n])),
    ...(dtype ? dtypeField(parseJson(text, path), dtype) : {}),
  });
}
