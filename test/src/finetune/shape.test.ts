/**
 * Memory of a training step on a sharded checkpoint of Llama 3.2's architecture: the device holds what was planned. The
 * vocabulary is cut into pieces for a device that cannot bind it whole. OFTC_SHAPE=1 does the same through `oftc
 * finetune` with Llama-3.2-1B's own sizes, on two layers (minutes, 2.5 GB of memory, 0.8 GB of disk).
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ledgerOf } from '../../../runtime/memory.ts';
import { oft } from '../../../src/adapters/oft.ts';
import { nextTokens, packed } from '../../../src/finetune/batch.ts';
import { readMetrics } from '../../../src/finetune/loop/run-folder.ts';
import { Model, type Weights } from '../../../src/finetune/model-run.ts';
import { weightsFrom } from '../../../src/finetune/models/from-files.ts';
import { projectionsOf, shapeOf } from '../../../src/finetune/models/linear-layers.ts';
import { openModel } from '../../../src/finetune/models/open.ts';
import { sitesOf, startOf } from '../../../src/finetune/start.ts';
import type { OpenModel } from '../../../src/formats/model.ts';
import { testDevice } from '../../support/device.ts';
import { NIGHTLY, sample } from '../../support/sample.ts';
import { oftc } from '../cli/harness.ts';
import { DEVIATION, LLAMA_1B, type Shape, writeRandomLlama } from './random-llama.ts';

const root = mkdtempSync(join(tmpdir(), 'oftc-shape-'));
afterAll(() => rmSync(root, { recursive: true }));

const SMALL: Shape = {
  vocabulary: 1003,
  hidden: 64,
  intermediate: 96,
  layers: 3,
  heads: 4,
  keyHeads: 2,
  headWidth: 16,
};
const TEXT = 'It was the best of times, it was the worst of times, it was the age of wisdom.\n'.repeat(6);

/**
 * The expected loss of a random model. The logits z of normalised activations have the standard deviation σ =
 * 0.02·√hidden. The mean of log Σ exp z − z[label] over labels is about ln(vocabulary) + σ²/2.
 */
const startLoss = ({ vocabulary, hidden }: Shape): number =>
  Math.log(vocabulary) + (DEVIATION ** 2 * hidden) / 2;

describe('a small model', () => {
  const folder = join(root, 'small');
  let files: OpenModel;
  beforeAll(async () => {
    writeRandomLlama(folder, SMALL, { shardBytes: 100_000 });
    files = await openModel(folder);
  });
  afterAll(() => files.close());

  it('is in shards, and rows of a weight are those of the whole', async () => {
    expect(files.tensors.files.length).toBeGreaterThanOrEqual(3);
    expect(files.notes).toEqual([]);
    const name = 'model.embed_tokens.weight';
    const whole = await files.weight(name);
    const rows = await files.rows(name);
    expect(await rows(1000, 3)).toEqual(whole.slice(1000 * SMALL.hidden));
    expect(await rows(7, 1)).toEqual(whole.slice(7 * SMALL.hidden, 8 * SMALL.hidden));
    await expect(rows(1002, 2)).rejects.toThrow(/has 128384 bytes, and not 256 from 128256 on/);
    const mean = whole.reduce((a, b) => a + b, 0) / whole.length;
    const square = whole.reduce((a, b) => a + b * b, 0) / whole.length;
    expect(Math.abs(mean)).toBeLessThan(4 * (DEVIATION / Math.sqrt(whole.length)));
    expect(Math.sqrt(square) / DEVIATION).toBeCloseTo(1, 1);
  });

  /** Opens the model on a device whose bindings hold at most `largest` numbers. */
  const open = async (largest: number) => {
    const config = files.config;
    const choice = { source: oft, dims: { b: 4 }, targets: ['q', 'v'] as const };
    const all = weightsFrom(files);
    const asked: string[] = [];
    const weights: Weights = {
      ...all,
      read: async (name) => {
        asked.push(name);
        return all.read(name);
      },
    };
    const tensors = await startOf(config, sitesOf(config, choice), weights, 1);
    const read = async (name: string) => tensors.get(name)!;
    const model = await Model.open({
      ...{ config, weights, device: await testDevice(), largest: 4 * largest, tokensAtOnce: 23 },
      adapter: { ...choice, tensors: { read } },
    });
    return { model, asked };
  };

  const batchOf = (model: Model) => {
    const ids = Array.from({ length: 25 }, (_, i) => (37 * i * i + 11 * i) % SMALL.vocabulary);
    return packed([nextTokens(ids.slice(0, 16)), nextTokens(ids.slice(16))], model.config);
  };

  const everything = SMALL.vocabulary * SMALL.hidden;
  const vocabularies: readonly (readonly [string, number])[] = [
    ['in five unequal pieces', 201 * SMALL.hidden],
    ['whole', everything],
  ];
  it.each(sample(vocabularies, ['in five unequal pieces']))(
    'holds what was planned with the vocabulary %s',
    async (_, largest) => {
      const ledger = ledgerOf(await testDevice());
      const before = ledger.now;
      const { model, asked } = await open(largest);
      // An embedding that is cut into pieces is read row by row, never whole.
      expect(asked.includes('model.embed_tokens.weight')).toBe(largest === everything);
      const batch = batchOf(model);
      const planned = await model.plannedBytes([{ tokens: batch.tokens }]);
      expect(ledger.now - before).toBe(planned.weights + planned.adapter);
      ledger.restart();
      const g = await model.gradients(batch);
      expect(ledger.most - before).toBe(planned.total);
      const {
        layers,
        hiddenSize: hidden,
        maxPositions: positions,
        headDim: headWidth,
        vocabSize: vocabulary,
      } = model.config;
      const block = projectionsOf(model.config).reduce(
        (sum, p) => sum + shapeOf(model.config, p).reduce((a, b) => a * b),
        2 * hidden,
      );
      const tables = positions * headWidth;
      const onHost = largest < everything;
      expect(planned.weights).toBe(4 * (vocabulary * hidden + hidden + layers * block + tables));
      expect(onHost ? planned.activations : 0).toBeLessThan(4 * batch.tokens * vocabulary);
      expect(g.loss).toBeCloseTo(startLoss(SMALL), 0);
      g.free();
      model.dispose();
      expect(ledger.now).toBe(before);
    },
  );

  it('computes the same in pieces as in one', async () => {
    const [{ model: cut }, { model: whole }] = [await open(201 * SMALL.hidden), await open(everything)];
    const [a, b] = [await cut.gradients(batchOf(cut)), await whole.gradients(batchOf(whole))];
    expect(a.loss).toBeCloseTo(b.loss, 5);
    for (const path of b.values.keys()) {
      const [x, y] = [await a.read(path), await b.read(path)];
      const scale = Math.max(...Array.from(y, Math.abs));
      expect(scale).toBeGreaterThan(0);
      Array.from(y, (v, i) => expect(Math.abs(x[i]! - v)).toBeLessThan(1e-4 * scale));
    }
    for (const m of [cut, whole]) m.dispose();
  });

  it.runIf(NIGHTLY)(
    'is trained by `oftc finetune` in the memory that was planned, with three batches a step and held-out texts',
    async () => {
      const data = join(root, 'text.txt');
      writeFileSync(data, TEXT);
      const { exit, stdout, stderr } = await oftc(
        ...['finetune', '--model', folder, '--data', data, '--out', join(root, 'run'), '--json'],
        ...['--adapter', 'oft', '--set', 'b=4', '--targets', 'q_proj,v_proj', '--length', '20'],
        ...['--batch', '2', '--steps', '2', '--accumulate', '3', '--hold-out', '1/2'],
      );
      expect(exit, stderr).toBe(0);
      const { deviceBytes } = JSON.parse(stdout);
      expect(deviceBytes.most).toBe(deviceBytes.planned);
    },
  );
});

const MAIN = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));
const MEBI = 2 ** 20;

describe.skipIf(!process.env.OFTC_SHAPE)("Llama-3.2-1B's sizes", () => {
  const folder = join(root, 'llama');
  const data = join(root, 'few.txt');
  beforeAll(() => {
    writeRandomLlama(folder, LLAMA_1B);
    writeFileSync(data, TEXT.slice(0, 70));
  });

  it('make shards in which inspect finds no problem', async () => {
    expect(readdirSync(folder).filter((f) => f.endsWith('.safetensors')).length).toBeGreaterThanOrEqual(3);
    const { exit, stdout, stderr } = await oftc('inspect', folder);
    expect(exit, stderr).toBe(0);
    expect(stdout).toMatch(/LlamaForCausalLM, 384M parameters/);
  });

  it.each(['q_proj,v_proj', 'all-linear'])(
    '%s: two steps, in the memory that was planned',
    async (targets) => {
      const out = join(root, targets);
      const start = performance.now();
      // The command runs as a process, so that the process's memory is the run's.
      const code = `const { main } = await import(${JSON.stringify(MAIN.replace('main.ts', 'cli.ts'))});
process.exitCode = await main(process.argv.slice(1), process);
process.stderr.write('RSS ' + process.resourceUsage().maxRSS + '\\n');`;
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        [
          ...['--import', 'tsx', '--input-type=module', '-e', code, '--'],
          ...['finetune', '--model', folder, '--data', data, '--out', out, '--json', '--adapter', 'oft'],
          ...['--set', 'b=32', '--targets', targets, '--steps', '2', '--batch', '1', '--length', '32'],
          ...['--hold-out', '0'],
        ],
        { encoding: 'utf8', maxBuffer: 64 * MEBI },
      );
      expect(status, stderr).toBe(0);
      const { parameters, deviceBytes } = JSON.parse(stdout);
      const steps = (await readMetrics(out)).flatMap((m) => ('loss' in m ? [m] : []));
      const { loss } = steps[0]!;
      const rss = Number(/RSS (\d+)/.exec(stderr)?.[1]) * 1024;
      const seconds = { steps: steps.map((m) => m.seconds), all: (performance.now() - start) / 1000 };
      console.log({ targets, loss, parameters, deviceBytes, rss, seconds });
      expect(Math.abs(loss - startLoss(LLAMA_1B))).toBeLessThan(0.7);
      // The most is reached in the second step, which holds the optimiser's means beside the activations.
      expect(deviceBytes.most).toBe(deviceBytes.planned);
      // A software device's memory is part of the process. Beside it, there is no second copy of the model.
      expect(rss - deviceBytes.most).toBeLessThan(1024 * MEBI);
    },
  );
});
