/** From ids to what enters the first block: on the device, or on the host where the device cannot hold the table. */
import type { Batch } from './batch.ts';
import type { ModelConfig } from './models/config.ts';
import { embed } from './models/llama.ts';
import type { Place } from './place.ts';
import { type Ran, Stage } from './stage.ts';
import type { Uploads, Weights } from './uploads.ts';

export interface Embedding {
  run(batch: Pick<Batch, 'tokens' | 'ids'>): Promise<Ran>;
  dispose(): void;
}

export async function onDevice(
  place: Place,
  c: ModelConfig,
  weights: Weights,
  upload: Uploads,
  root: string,
): Promise<Embedding> {
  const stage = await Stage.prepare(place, embed(c).trace());
  const tensors = await upload.all(stage.program.inputs, root, () => weights);
  return {
    run: ({ tokens, ids }) => stage.run(tokens, { ...tensors, ids }),
    dispose: () => stage.dispose(),
  };
}

/** Rows are looked up on the host and uploaded for each batch. */
export async function onHost(
  place: Place,
  c: ModelConfig,
  weights: Weights,
  root: string,
): Promise<Embedding> {
  const { data } = await weights.read(`${root}.embed_tokens.weight`);
  return {
    run: async ({ tokens, ids }) => {
      const rows = new Float32Array(tokens * c.hidden);
      ids.forEach((id, i) => {
        rows.set(data.subarray(id * c.hidden, (id + 1) * c.hidden), i * c.hidden);
      });
      const held = place.hold('embedded tokens', rows);
      return {
        values: { y: held.value },
        read: () => held.read(),
        done: async () => {},
        free: () => held.free(),
      };
    },
    dispose: () => {},
  };
}
