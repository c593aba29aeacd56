/**
 * Training runs of a whole model that PEFT computed in float64. By default there is one: the model of examples/ in
 * NF4, with OFT on every projection. Where OFTC_GOLDEN names a folder with `golden/llama` and `models`, its four runs
 * are used.
 */
import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { lora } from '../../../src/adapters/lora.ts';
import { oft } from '../../../src/adapters/oft.ts';
import type { AdapterChoice } from '../../../src/finetune/model-run.ts';
import type { HostArray } from '../../../src/index.ts';
import { FIXTURE, MODEL } from './support.ts';

/** PEFT's prefix of the names of an adapter's tensors. */
export const PEFT = 'base_model.model.';
/** The number of sequences in a batch. */
export const SEQUENCES = 4;

export interface GoldenRun {
  readonly name: string;
  readonly model: string;
  /** The folder of the adapter in PEFT's format and of expected.safetensors. */
  readonly folder: string;
}

const fixture: GoldenRun = { name: 'nf4', model: MODEL, folder: FIXTURE };

const given = process.env.OFTC_GOLDEN;
/** Whether OFTC_GOLDEN names the folder of all runs. */
export const ALL = given !== undefined && existsSync(given);
export const RUNS: readonly GoldenRun[] = ALL
  ? ['oft-b32', 'oft-b16-exact', 'lora-r8', 'qoft-b32-nf4'].map((name) => ({
      name,
      folder: `${given}/golden/llama/${name}`,
      model: `${given}/models/shakespeare-llama${name.startsWith('qoft') ? '-nf4' : ''}`,
    }))
  : [fixture];

/** The layer and configuration of an adapter, from its adapter_config.json. */
export function adapterOf(folder: string): Omit<AdapterChoice, 'tensors'> {
  const peft = JSON.parse(readFileSync(`${folder}/adapter_config.json`, 'utf8'));
  if (peft.peft_type === 'LORA')
    return { source: lora, config: { scale: peft.lora_alpha / peft.r }, dims: { r: peft.r } };
  return {
    source: oft,
    config: peft.use_cayley_neumann
      ? { cayley: 'neumann', terms: peft.num_cayley_neumann_terms }
      : { cayley: 'exact' },
    dims: { b: peft.oft_block_size },
  };
}

/** The path of an adapter's tensor in the model. */
export const pathOf = (name: string): string => name.slice(name.indexOf(PEFT) + PEFT.length);

export const furthest = (actual: HostArray, expected: HostArray): number =>
  Array.from(expected, (x, i) => Math.abs(actual[i]! - x)).reduce((m, x) => Math.max(m, x), 0);

/** The largest difference of two arrays, relative to the largest expected element. */
export function relative(actual: HostArray, expected: HostArray): number {
  expect(actual.length).toBe(expected.length);
  const scale = Array.from(expected, Math.abs).reduce((m, x) => Math.max(m, x), 0);
  return furthest(actual, expected) / (scale || 1);
}

/** The rows of the first batch's logits that the golden file has: all, or tokens 0, 1, 31 and 63 of each sequence. */
export function expectedRows(logits: HostArray, tokens: number, shape: readonly number[]): Float64Array {
  const length = tokens / SEQUENCES;
  const [, kept, width] = shape as [number, number, number];
  const at = kept === length ? [...Array(length).keys()] : [0, 1, 31, 63];
  const rows = Array.from({ length: SEQUENCES }, (_, n) => at.map((t) => n * length + t)).flat();
  return Float64Array.from(rows.flatMap((r) => [...logits.slice(r * width, (r + 1) * width)]));
}
