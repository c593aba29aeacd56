/** A model with its adapter folded into the weights, by what the adapter's layer claims. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { topological } from '../../compiler/ir/build.ts';
import { OftcError } from '../../compiler/ir/error.ts';
import type { Program } from '../../compiler/ir/node.ts';
import { writeCheckpoint } from '../formats/checkpoint/write.ts';
import { expectedWeights } from '../formats/config/expected.ts';
import { formatJson, isObject, type JsonObject, readJsonFile, sizeOf } from '../formats/json.ts';
import type { OpenModel } from '../formats/model.ts';
import { encodeBF16, encodeF16, type SafetensorsDtype } from '../formats/safetensors/index.ts';
import { io } from '../formats/safetensors/io.ts';
import type { HostArray } from '../tensors.ts';
import { heldOn, type Place } from './place.ts';
import { Stage } from './stage.ts';
import { type Site, tensorPath } from './start.ts';
import type { Weights } from './uploads.ts';

/** The layer's claimed weight as a program of its own. Throws OFT6010 where it claims none. */
function mergedProgram(program: Program): Program {
  const weight = program.claims?.weight;
  if (!weight)
    throw new OftcError(
      'OFT6010',
      `'${program.name}' does not say what its weight becomes: claims: ({ W, … }) => ({ weight: … })`,
    );
  const needed = new Set(topological([weight]));
  const { claims: _, ...rest } = program;
  return {
    ...rest,
    inputs: program.inputs.filter((i) => needed.has(i)),
    outputs: [{ name: 'weight', node: weight }],
  };
}

/** Merges one module after another; a stage serves all blocks. */
export class Merger {
  readonly #place: Place;
  readonly #stages = new Map<string, Stage>();

  constructor(place: Place) {
    this.#place = place;
  }

  /** (out, in), row-major. */
  async merged({ module, projection, adapted }: Site, W: HostArray, tensors: Weights): Promise<Float32Array> {
    const stage =
      this.#stages.get(projection) ?? (await Stage.prepare(this.#place, mergedProgram(adapted.program)));
    this.#stages.set(projection, stage);
    const held = [];
    const values: Record<string, HostArray | GPUBuffer> = {};
    for (const i of stage.program.inputs) {
      const data = i.name === 'W' ? W : (await tensors.read(tensorPath(module, i))).data;
      const one = heldOn(this.#place, i.name, data);
      held.push(one);
      values[i.name] = one.value;
    }
    const ran = await stage.run(1, values);
    try {
      return Float32Array.from(await ran.read('weight'));
    } finally {
      ran.free();
      for (const h of held) h.free();
    }
  }

  dispose(): void {
    for (const stage of this.#stages.values()) stage.dispose();
  }
}

const ENCODE: Partial<Record<SafetensorsDtype, (data: Float32Array) => ArrayBufferView>> = {
  F32: (data) => data,
  F16: (data) => encodeF16(data),
  BF16: (data) => encodeBF16(data),
};

/** Files beside the weights that a model is used with. */
const BESIDE = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'generation_config.json',
];

/**
 * Writes the merged model as Hugging Face lays it out. Weights keep their dtype, quantised ones are written as f32, and
 * what is not merged keeps its bytes. Throws OFT6010, and what `writeCheckpoint` throws.
 */
export async function writeMerged(
  out: string,
  files: OpenModel,
  sites: readonly Site[],
  tensors: Weights,
  place: Place,
): Promise<void> {
  for (const { adapted } of sites) mergedProgram(adapted.program);
  const merger = new Merger(place);
  const bySite = new Map(sites.map((s) => [`${s.module}.weight`, s]));
  const shapes = expectedWeights(files.config);
  try {
    const pending = [...files.weights.values()].map(({ name, form, tensors: [stored] }) => {
      const site = bySite.get(name);
      const plain = form === 'plain' && stored !== undefined;
      const encode = plain ? ENCODE[stored.dtype] : undefined;
      const copied = plain && !site;
      const dtype: SafetensorsDtype = copied || encode ? stored!.dtype : 'F32';
      const data = async () => {
        if (copied) return files.tensors.bytes(stored.name);
        const weight = await files.weight(name);
        const merged = site ? await merger.merged(site, weight, tensors) : weight;
        return encode ? encode(merged) : merged;
      };
      return { name, dtype, shape: shapes.get(name)!, data };
    });
    await writeCheckpoint(out, pending, { files: await textsOf(files) });
  } finally {
    merger.dispose();
  }
}

async function textsOf(files: OpenModel): Promise<Record<string, string>> {
  const json = await readJsonFile(join(files.path, 'config.json'), 'Name the folder of a model.');
  const config: JsonObject = isObject(json) ? json : {};
  const plain = Object.fromEntries(Object.entries(config).filter(([k]) => k !== 'quantization_config'));
  const texts: Record<string, string> = { 'config.json': formatJson(plain) };
  for (const name of BESIDE) {
    const path = join(files.path, name);
    if ((await sizeOf(path)) !== undefined)
      texts[name] = await io(path, 'cannot read it', readFile(path, 'utf8'));
  }
  return texts;
}
