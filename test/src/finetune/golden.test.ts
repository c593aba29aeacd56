/**
 * A trained model with an adapter on every projection, compared with PEFT: logits, loss, gradients, 40 AdamW steps.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AdamW } from '../../../src/finetune/adamw.ts';
import { nextTokens, packed } from '../../../src/finetune/batch.ts';
import { Model } from '../../../src/finetune/model-run.ts';
import type { HostArray } from '../../../src/index.ts';
import { testDevice } from '../../support/device.ts';
import { NIGHTLY } from '../../support/sample.ts';
import { PYTHON } from '../../support/torch.ts';
import { adapterOf, expectedRows, furthest, PEFT, pathOf, RUNS, relative, SEQUENCES } from './golden.ts';
import { readConfig, type TensorFile, tensorFile } from './support.ts';

describe.each(RUNS)('$name', ({ model: source, folder }) => {
  const config = readConfig(source);
  let expected: TensorFile;
  let losses: HostArray;
  let model: Model | undefined;
  const batchOf = async (step: number) => {
    const { data, shape } = await expected.read('batches');
    const length = shape[2]!;
    const row = (n: number) => (data as Int32Array).slice(n * length, (n + 1) * length);
    const rows = Array.from({ length: SEQUENCES }, (_, n) => row(step * SEQUENCES + n));
    return packed(rows.map(nextTokens), config);
  };
  const open = async (device: 'cpu' | GPUDevice) => {
    const tensors = tensorFile(`${folder}/adapter_model.safetensors`, PEFT);
    const weights = tensorFile(`${source}/model.safetensors`);
    return Model.open({ config, weights, adapter: { ...adapterOf(folder), tensors }, device });
  };
  const named = (kind: string) => expected.names.filter((n) => n.startsWith(`${kind}.`));
  beforeAll(async () => {
    expected = tensorFile(`${folder}/expected.safetensors`);
    losses = (await expected.read('losses')).data;
    if (NIGHTLY) model = await open(await testDevice());
  });
  afterAll(() => model?.dispose());

  const matchesLogits = async (model: Model, tolerance: number) => {
    const batch = await batchOf(0);
    const [z, { data, shape }] = [await model.logits(batch), await expected.read('logits')];
    const actual = expectedRows(z.data, batch.tokens, shape);
    expect(relative(actual, data)).toBeLessThan(tolerance);
  };
  const matchesGradients = async (model: Model, tolerance: number) => {
    const g = await model.gradients(await batchOf(0));
    expect(Math.abs(g.loss - losses[0]!)).toBeLessThan(tolerance);
    expect(g.values.size).toBeGreaterThanOrEqual(7 * config.layers);
    for (const name of named('grad')) {
      const off = relative(await g.read(pathOf(name)), (await expected.read(name)).data);
      expect(off, name).toBeLessThan(tolerance);
    }
    g.free();
  };

  // torch-golden.test.ts compares the same numbers in float64 at every npm test, in a fifth of the time.
  it.runIf(NIGHTLY || !PYTHON)('has PEFT’s logits, loss and gradients in the reference', async () => {
    const reference = await open('cpu');
    await matchesLogits(reference, 2e-7);
    await matchesGradients(reference, 2e-6);
    reference.dispose();
  });

  // golden-command.test.ts has its logits, its gradients and a step on the device at every npm test.
  describe.runIf(NIGHTLY)('on the device', () => {
    it('holds its projections as the checkpoint has them', () => {
      const { adapter: _, ...held } = model!.bytes;
      const quantised = source.endsWith('nf4');
      expect(Object.keys(held)).toEqual(quantised ? ['f32', 'nf4:64 nested:256'] : ['f32']);
    });
    it('logits within 2e-6', () => matchesLogits(model!, 2e-6));
    it('loss and gradients within 1e-5', () => matchesGradients(model!, 1e-5));

    it('losses of forty steps within 2e-5, and then the adapter within 1e-3', async () => {
      const optimizer = await AdamW.prepare(model!, { rate: 2e-3, decay: 0.01 });
      for (const [step, loss] of [...losses].entries()) {
        const g = await model!.gradients(await batchOf(step));
        expect(Math.abs(g.loss - loss), `step ${step}`).toBeLessThan(2e-5);
        await optimizer.step(g);
        g.free();
      }
      await optimizer.done();
      for (const name of named('final')) {
        const [actual, wanted] = [await model!.trained.get(pathOf(name))!.read(), await expected.read(name)];
        expect(furthest(actual, wanted.data), name).toBeLessThan(1e-3);
      }
      optimizer.dispose();
    });
  });
});
