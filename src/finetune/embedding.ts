/** Turns ids into the first block's input: on the device, or on the host if the device cannot hold the table. */

import type { Program } from '../../compiler/ir/node.ts';
import { padded } from '../../runtime/schedule.ts';
import type { ModelShape } from '../formats/config/model-config.ts';
import type { Batch } from './batch.ts';
import { embed } from './models/decoder-block.ts';
import { embeddingPath, ROOT } from './models/linear-layers.ts';
import type { Place } from './place.ts';
import { type Counts, type Ran, Stage, type StageBytes } from './stage.ts';
import { rowsOf, type Uploads, type Weights } from './uploads.ts';

export interface Embedding {
  run(batch: Pick<Batch, 'tokens' | 'ids' | 'position'>): Promise<Ran>;
  bytes(counts: Counts): StageBytes;
  /** The operations of a run on the device. */
  operations(tokens: number): Promise<number>;
  dispose(): void;
}

export async function onDevice(
  place: Place,
  c: ModelShape,
  weights: Weights,
  upload: Uploads,
  root: string,
): Promise<Embedding> {
  const stage = await Stage.prepare(place, embed(c).trace());
  const tensors = await upload.all(stage.signature.inputs, root, () => weights);
  return {
    run: ({ tokens, ids }) => stage.run(tokens, { ...tensors, ids }),
    bytes: (counts) => stage.bytes(counts, ['ids']),
    operations: (tokens) => stage.operations(tokens),
    dispose: () => stage.dispose(),
  };
}

/** Reads the rows of a batch's ids on the host, each once, and uploads them. */
export async function onHost(place: Place, c: ModelShape, weights: Weights): Promise<Embedding> {
  const row = await rowsOf(weights, `${embeddingPath(c)}.weight`, c.hiddenSize);
  const scaledRow = async (id: number) => (await row(id, 1)).map((x) => x * (c.embeddingScale ?? 1));
  return {
    run: async ({ tokens, ids }) => {
      const data = new Float32Array(tokens * c.hiddenSize);
      const first = new Map<number, number>();
      for (const [i, id] of ids.entries()) {
        const known = first.get(id);
        data.set(
          known === undefined ? await scaledRow(id) : data.subarray(known, known + c.hiddenSize),
          i * c.hiddenSize,
        );
        first.set(id, i * c.hiddenSize);
      }
      // An array is narrowed where it is read, and a buffer of 32 bits is not.
      if (place.activations === 'f16')
        return { values: { y: data }, read: async () => data, done: async () => {}, free: () => {} };
      const held = place.hold('embedded tokens', data);
      return {
        values: { y: held.value },
        read: () => held.read(),
        done: async () => {},
        free: () => held.free(),
      };
    },
    bytes: ([most]) => ({ own: 0, results: padded(4 * most * c.hiddenSize) }),
    operations: async () => 0,
    dispose: () => {},
  };
}

/** The rows of another embedding, with positions added by a layer of a stack's own. It leaves the other's stages alone. */
export async function placed(
  {
    place,
    weights,
    uploads,
  }: { readonly place: Place; readonly weights: Weights; readonly uploads: Uploads },
  rows: Embedding,
  program: Program,
): Promise<Embedding> {
  const stage = await Stage.prepare(place, program);
  const tensors = await uploads.all(stage.signature.inputs, ROOT, () => weights);
  return {
    run: async (batch) => {
      const found = await rows.run(batch);
      const { tokens, position } = batch;
      const run = await stage.run(tokens, { ...tensors, x: found.values.y!, position });
      found.free();
      return run;
    },
    bytes: (counts) => {
      const [from, own] = [rows.bytes(counts), stage.bytes(counts, ['position'])];
      return { own: from.own + from.results + own.own, results: own.results };
    },
    operations: async (tokens) => (await rows.operations(tokens)) + (await stage.operations(tokens)),
    dispose: () => stage.dispose(),
  };
}
