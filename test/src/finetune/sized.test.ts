/** Plans of runs on devices that are not there, against steps on a device. */
import { expect, it } from 'vitest';
import { traitsOf } from '../../../runtime/choose.ts';
import { ledgerOf } from '../../../runtime/memory.ts';
import { nextTokens, packed } from '../../../src/finetune/batch.ts';
import { WebGpuEngine } from '../../../src/finetune/loop/webgpu.ts';
import { Model } from '../../../src/finetune/model-run.ts';
import { quantisedAs } from '../../../src/finetune/quantised.ts';
import { deviceOf } from '../../../src/finetune/sized/device.ts';
import { planTraining } from '../../../src/finetune/sized/training.ts';
import type { ModelShape } from '../../../src/formats/config/model-config.ts';
import { classOf } from '../../../src/session/backends/gpu.ts';
import { testDevice } from '../../support/device.ts';
import { NIGHTLY, sample } from '../../support/sample.ts';
import { ADAPTERS, randomAdapter } from './random-adapters.ts';
import { from, randomWeights, SMALL } from './support.ts';

interface Case {
  readonly adapter: string;
  readonly targets?: ('q' | 'v' | 'down' | 'head')[];
  readonly config?: Partial<ModelShape>;
  readonly accumulate?: number;
  readonly quantize?: string;
  readonly length?: number;
  /** The most numbers that are bound at once, below which the vocabulary is cut. */
  readonly numbers?: number;
  readonly asWritten?: boolean;
}

const CASES: Readonly<Record<string, Case>> = {
  'oft, three batches, tied': {
    ...{ adapter: 'oft', targets: ['v', 'down'], accumulate: 3 },
    config: { tiedEmbeddings: true },
  },
  'oft and the head': { adapter: 'oft', targets: ['q', 'head'], length: 9 },
  'lora, the vocabulary in pieces': { adapter: 'lora', targets: ['q', 'v'], numbers: 60, accumulate: 2 },
  'oft on nf4-double': { adapter: 'oft', targets: ['down'], quantize: 'nf4-double' },
  'boft on int8': { adapter: 'boft', targets: ['v', 'down'], quantize: 'int8', accumulate: 2 },
  'oft as written': { adapter: 'oft', targets: ['v', 'down'], asWritten: true },
};

const ALWAYS = ['lora, the vocabulary in pieces', 'oft on nf4-double'];

it.each(sample(Object.keys(CASES), ALWAYS))(
  'a run takes the memory that was planned without a device: %s',
  async (name) => {
    const {
      adapter,
      targets,
      config = {},
      accumulate = 1,
      quantize,
      length = 6,
      numbers,
      asWritten = false,
    } = CASES[name]!;
    const c = { ...SMALL, ...config, quantization: undefined };
    const choice = { ...ADAPTERS[adapter]!, ...(targets ? { targets } : {}) };
    const device = await testDevice();
    const absent = deviceOf(classOf(device), undefined);
    const largest = numbers === undefined ? device.limits.maxStorageBufferBindingSize : 4 * numbers;
    const plan = await planTraining({
      ...{ config: c, adapter: choice, quantize, batch: 2, length, accumulate, asWritten },
      device: {
        ...absent,
        traits: traitsOf(device),
        limits: { ...absent.limits, maxStorageBufferBindingSize: largest },
      },
    });
    // A device of the class, by the class's own description, has the same Plans.
    if (NIGHTLY && numbers === undefined) {
      const described = await planTraining({
        ...{ config: c, adapter: choice, quantize, batch: 2, length, accumulate, asWritten, device: absent },
      });
      expect(described).toEqual(plan);
    }

    const ledger = ledgerOf(device);
    const before = ledger.now;
    const plain = from(randomWeights(c, 1));
    const model = await Model.open({
      ...{ config: c, device, asWritten, largest, tokensAtOnce: 2 * length },
      weights: quantize === undefined ? plain : quantisedAs(plain, c, quantize),
      adapter: { ...choice, tensors: from(randomAdapter(choice, c, choice.dims)) },
    });
    const engine = new WebGpuEngine(model);
    await engine.compile({ betas: [0.9, 0.999], decay: 0, sizes: [{ tokens: 2 * length }] });
    const ids = Array.from({ length: length + 1 }, (_, i) => i % c.vocabSize);
    const draw = () => packed([nextTokens(ids), nextTokens(ids)], c);
    for (const step of [1, 2]) await engine.step(draw, { accumulate, step, rate: 1e-3, clip: undefined });
    expect(ledger.most - before).toBe(plan.memory.total);
    expect(plan.held).toEqual(model.bytes);
    await engine.dispose();
    expect(ledger.now).toBe(before);
  },
);

it('a device that is not there refuses what a device refuses', async () => {
  const choice = { ...ADAPTERS.lora!, targets: ['q' as const] };
  const { refusals } = await planTraining({
    config: { ...SMALL, quantization: undefined },
    ...{
      adapter: choice,
      batch: 1,
      length: 4,
      accumulate: 1,
      device: deviceOf(classOf(await testDevice()), 500),
    },
  });
  expect(refusals.join()).toMatch(
    /'q' at tokens = 4 needs maxStorageBufferBindingSize = 1152; this device has 500/,
  );
});
