/** Compares a family with its definition in Python, in float64: logits, gradients, steps of AdamW, and decoding. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { full } from '../../../../examples/full.ts';
import { oft } from '../../../../src/adapters/oft.ts';
import { AdamW } from '../../../../src/finetune/adamw.ts';
import { nextTokens, packed, type Sequence } from '../../../../src/finetune/batch.ts';
import { Model, type ModelOptions } from '../../../../src/finetune/model-run.ts';
import { weightsFrom } from '../../../../src/finetune/models/from-files.ts';
import { pathsOf, projectionsOf } from '../../../../src/finetune/models/linear-layers.ts';
import { openModel } from '../../../../src/finetune/models/open.ts';
import { stackedIn } from '../../../../src/finetune/models/stacked.ts';
import { expectedWeights } from '../../../../src/finetune/models/weights.ts';
import { sitesOf, startOf } from '../../../../src/finetune/start.ts';
import { TorchEngine } from '../../../../src/finetune/torch/engine.ts';
import type { JsonObject } from '../../../../src/formats/json.ts';
import type { OpenModel } from '../../../../src/formats/model.ts';
import { writeSafetensors } from '../../../../src/formats/safetensors/index.ts';
import type { HostTensor } from '../../../../src/index.ts';
import { testDevice } from '../../../support/device.ts';
import { PACKAGE, PYTHON, python } from '../../../support/torch.ts';
import { relative } from '../golden.ts';
import { coarse, from, random, readConfig, type TensorFile, tensorFile } from '../support.ts';

export interface Reference {
  readonly name: string;
  /** The script beside this file that defines the family. */
  readonly script: string;
  readonly config: JsonObject;
  /** The form of the linear layers; as floats if undefined. */
  readonly quantised?: string;
  /** The middle of random norm weights: 1, or 0 where they are offsets. */
  readonly norms?: number;
  /** Whether the head is also tried with its vocabulary in pieces. */
  readonly pieces?: boolean;
  /** Whether all weights of the linear layers are trained, by examples/full.ts, instead of OFT. */
  readonly full?: boolean;
  /** The number of steps of AdamW; 3 unless given. The batches come again after the third. */
  readonly steps?: number;
}

const BLOCK = 4;

export async function write(file: string, tensors: ReadonlyMap<string, HostTensor>): Promise<void> {
  const all = [...tensors].map(([name, { data, shape }]) => ({
    ...{ name, shape, dtype: 'F32' as const },
    data: Float32Array.from(data),
  }));
  await writeSafetensors(file, all);
}

function randomWeights(folder: string, next: () => number, norms: number): Map<string, HostTensor> {
  const drawn = [...expectedWeights(readConfig(folder))].map(([name, shape]): [string, HostTensor] => {
    const flat = shape.length === 1;
    const scale = flat ? 0.4 : /embed|shared|bias/.test(name) ? 0.5 : 2 / Math.sqrt(shape[1]!);
    const middle = flat && /norm(_embedding)?\.weight$/.test(name) ? norms : 0;
    const count = shape.reduce((a, b) => a * b, 1);
    return [name, { data: Float32Array.from({ length: count }, () => middle + coarse(next, scale)), shape }];
  });
  return new Map(drawn);
}

/** The engines that a run of tests tries beside the interpreter. */
export interface Tried {
  readonly device: boolean;
  readonly torch: boolean;
}

/** The tests of one model with OFT on every linear layer. */
export function agrees(
  {
    name,
    script,
    config,
    quantised,
    norms = 1,
    pieces = false,
    full: trainsAll = false,
    steps = 3,
  }: Reference,
  tried: Tried,
): void {
  describe.runIf(PYTHON)(name, () => {
    const next = random(21);
    const vocabulary = Number(config.vocab_size);
    const ids = (count: number) => Array.from({ length: count }, () => Math.floor(vocabulary * next()));
    const isEncoded = config.is_encoder_decoder === true;
    const batches = Array.from({ length: 3 }, () => [ids(10), ids(7)]);
    /** The texts that an encoder reads for those of each batch. */
    const sources = Array.from({ length: 3 }, () => (isEncoded ? [ids(8), ids(11)] : []));
    const pairs = batches.map((texts, step) => texts.map((text, n) => [sources[step]![n]!, text]));
    const run = { batches: isEncoded ? pairs : batches, steps, block: BLOCK, rate: 1e-2, decay: 0.01 };
    const method = trainsAll ? { source: full } : { source: oft, dims: { b: BLOCK } };
    const folder = mkdtempSync(join(tmpdir(), 'oftc-family-'));
    let files: OpenModel;
    let adapter: Map<string, HostTensor>;
    let expected: TensorFile;
    /** A text for the encoder, with tokens after its end that nothing sees. */
    const sourceOf = (text: readonly number[]) => ({
      ids: [...text, 5].concat(Array(12).fill(6)).slice(0, 12),
      count: text.length,
    });
    const sequencesOf = (step: number): Sequence[] =>
      batches[step]!.map((text, n) =>
        isEncoded
          ? {
              ids: [files.config.encoder!.decoderStart, ...text.slice(0, -1)],
              labels: text,
              source: sourceOf(sources[step]![n]!),
            }
          : nextTokens(text),
      );
    const batchOf = (step: number) => packed(sequencesOf(step % batches.length), files.config);
    const weights = () => weightsFrom(files, quantised);
    const read = async (of: string) => (await stackedIn(expected, files.config).read(of)).data;

    beforeAll(async () => {
      const reference = join(folder, 'reference');
      mkdirSync(reference);
      for (const at of [folder, reference]) writeFileSync(join(at, 'config.json'), JSON.stringify(config));
      const plain = randomWeights(folder, next, norms);
      await write(join(folder, 'model.safetensors'), plain);
      files = await openModel(folder);
      expect(files.notes).toEqual([]);
      const decoded = new Map<string, HostTensor>();
      for (const at of plain.keys()) decoded.set(at, await weights().read(at));
      await write(join(reference, 'model.safetensors'), decoded);
      adapter = await startOf(files.config, sitesOf(files.config, method), weights(), 0);
      for (const [path, { data, shape }] of adapter)
        adapter.set(path, { data: Float32Array.from(data, () => 0.2 * next() - 0.1), shape });
      await write(join(reference, 'adapter.safetensors'), adapter);
      writeFileSync(join(reference, 'run.json'), JSON.stringify(run));
      python([fileURLToPath(new URL(script, import.meta.url)), reference], reference);
      expected = tensorFile(join(reference, 'expected.safetensors'));
    });
    afterAll(async () => {
      await files?.close();
      rmSync(folder, { recursive: true });
    });

    const open = (device: 'cpu' | GPUDevice, cut: Pick<ModelOptions, 'largest' | 'tokensAtOnce'> = {}) =>
      Model.open({
        ...{ config: files.config, weights: weights(), device, ...cut },
        adapter: { ...method, tensors: from(adapter) },
      });
    const isClose = async (model: Model, gradients: number) => {
      const { data } = await model.logits(batchOf(0));
      expect(relative(data, await read('logits'))).toBeLessThan(2e-6);
      const g = await model.gradients(batchOf(0));
      expect(Math.abs(g.loss - (await read('losses'))[0]!)).toBeLessThan(2e-6);
      const paths = projectionsOf(files.config).flatMap((t) => pathsOf(files.config, t));
      // The gradients of a layer's experts are one tensor.
      const tensors = new Set(paths.map((path) => path.replace(/\.experts\.\d+\./, '.experts.*.')));
      expect(new Set([...g.values.keys()].map((path) => path.replace(/\.(oft_R\.weight|D)$/, '')))).toEqual(
        tensors,
      );
      for (const path of g.values.keys())
        expect(relative(await g.read(path), await read(`grad.${path}`)), path).toBeLessThan(gradients);
      g.free();
    };

    it('has the logits and gradients of its definition, and decodes what it computes at once', async () => {
      const model = await open('cpu');
      await isClose(model, 1e-6);
      const [one] = sequencesOf(0);
      const { source } = one!;
      const decoder = await model.decoder(
        files.config.maxPositions,
        1,
        source && { sources: source.ids.length },
      );
      if (source) await decoder.attend([source], [0]);
      const text = Array.from(one!.ids);
      const { data } = await model.logits(packed([one!], files.config));
      await decoder.read(text.slice(0, 6));
      const last = await decoder.read(text.slice(6, 9));
      expect(relative(last, data.subarray(8 * vocabulary, 9 * vocabulary))).toBeLessThan(1e-12);
      decoder.dispose();
      model.dispose();
    });

    it.runIf(pieces)('has them with the vocabulary in pieces', async () => {
      const { hiddenSize } = files.config;
      const model = await open('cpu', { largest: 4 * 8 * hiddenSize, tokensAtOnce: hiddenSize });
      await isClose(model, 1e-6);
      model.dispose();
    });

    it.runIf(tried.device)('has its logits, its gradients and its steps of AdamW on the device', async () => {
      const model = await open(await testDevice());
      expect(Object.keys(model.bytes).some((form) => /^(nf4|int)/.test(form))).toBe(quantised !== undefined);
      await isClose(model, 1e-5);
      const optimizer = await AdamW.prepare(model, { rate: run.rate, decay: run.decay });
      for (let step = 0; step < steps; step++) {
        const g = await model.gradients(batchOf(step));
        expect(Math.abs(g.loss - (await read('losses'))[step]!)).toBeLessThan(2e-5);
        await optimizer.step(g);
        g.free();
      }
      await optimizer.done();
      for (const [path, value] of model.trained)
        expect(relative(await value.read(), await read(`final.${path}`)), path).toBeLessThan(1e-3);
      optimizer.dispose();
      model.dispose();
    });

    it.runIf(tried.torch)('takes its steps of AdamW in PyTorch', async () => {
      const engine = await TorchEngine.open({
        ...{ files, weights: weights(), version: '0.0.0', python: PYTHON!, library: PACKAGE },
        adapter: { ...method, targets: projectionsOf(files.config), tensors: from(adapter) },
        ...{ processes: 1, fsdp: false, device: 'cpu', tell: () => {} },
      });
      try {
        await engine.compile({ betas: [0.9, 0.999], decay: run.decay });
        for (let step = 0; step < steps; step++) {
          const options = { accumulate: 1, step: step + 1, rate: run.rate, clip: undefined };
          const { loss } = await engine.step(() => batchOf(step), options);
          expect(Math.abs(loss - (await read('losses'))[step]!)).toBeLessThan(2e-5);
        }
        for (const [path, data] of await engine.adapter())
          expect(relative(data, await read(`final.${path}`)), path).toBeLessThan(1e-3);
      } finally {
        await engine.dispose();
      }
    });
  });
}
