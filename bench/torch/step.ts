/** Makes a model of random weights and its printed blocks, and runs step.py on them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lora } from '../../src/adapters/lora.ts';
import { oft } from '../../src/adapters/oft.ts';
import type { AdapterChoice } from '../../src/finetune/blocks.ts';
import { weightsFrom } from '../../src/finetune/models/from-files.ts';
import { projectionsOf } from '../../src/finetune/models/linear-layers.ts';
import { openModel } from '../../src/finetune/models/open.ts';
import { sitesOf, startOf } from '../../src/finetune/start.ts';
import { JobFolder } from '../../src/finetune/torch/job.ts';
import { writeSafetensors } from '../../src/formats/safetensors/index.ts';
import type { RandomBase } from '../models.ts';
import type { Summary } from '../statistics.ts';

/** The figures of step.py. The ratio is of processor times within rounds. */
export interface StepFigures {
  readonly milliseconds: Readonly<Record<'byHand' | 'printed', number>>;
  readonly printedOverByHand: Pick<Summary, 'median' | 'low' | 'high'>;
  readonly losses: Readonly<Record<'byHand' | 'printed', readonly number[]>>;
}

const ADAPTERS: Readonly<Record<string, Omit<AdapterChoice, 'tensors'>>> = {
  OFT: { source: oft, dims: { b: 32 } },
  LORA: { source: lora, dims: { r: 16 } },
};

/** Measures a step with each adapter on all projections; `run` runs a script of this folder, and returns its output. */
export async function measureSteps(
  base: RandomBase,
  rounds: number,
  run: (script: string, ...args: string[]) => string | undefined,
): Promise<Record<string, StepFigures>> {
  const figures: Record<string, StepFigures> = {};
  const c = base.config;
  for (const [name, choice] of Object.entries(ADAPTERS)) {
    const folder = mkdtempSync(join(tmpdir(), 'oftc-step-'));
    const config = {
      architectures: ['LlamaForCausalLM'],
      vocab_size: c.vocabSize,
      hidden_size: c.hiddenSize,
      intermediate_size: c.intermediateSize,
      num_hidden_layers: c.layers,
      num_attention_heads: c.heads,
      num_key_value_heads: c.kvHeads,
      max_position_embeddings: c.maxPositions,
      rms_norm_eps: c.rmsNormEps,
      tie_word_embeddings: c.tiedEmbeddings,
    };
    writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
    const stored = [...base.tensors].map(([path, { data, shape }]) => ({
      ...{ name: path, dtype: 'F32' as const, shape, data: Float32Array.from(data) },
    }));
    await writeSafetensors(join(folder, 'model.safetensors'), stored);
    const files = await openModel(folder);
    const adapter = { ...choice, targets: projectionsOf(files.config) };
    const weights = weightsFrom(files);
    const start = await startOf(files.config, sitesOf(files.config, adapter), weights, 0);
    const tensors = { read: async (path: string) => start.get(path)! };
    const options = { files, weights, adapter: { ...adapter, tensors }, version: 'bench' };
    const job = await new JobFolder(folder, options).write();
    writeFileSync(join(folder, 'job.json'), JSON.stringify(job));
    const output = run('step.py', folder, name, `${rounds}`);
    await files.close();
    rmSync(folder, { recursive: true });
    if (output !== undefined) figures[name] = JSON.parse(output) as StepFigures;
  }
  return figures;
}
