/**
 * Adapters that oftc writes: Python's safetensors reads them, and plain PyTorch (methods.py) computes the same
 * outputs as oftc does in float64 and on the device. Needs Python with torch and safetensors (Debian: apt-get install
 * python3-torch python3-safetensors libopenblas0-pthread); OFTC_PYTHON names one. OFTC_GOLDEN is as in
 * test/src/finetune/golden.test.ts.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTrained } from '../../../../src/finetune/adapter-files.ts';
import { packed } from '../../../../src/finetune/batch.ts';
import { Model } from '../../../../src/finetune/model-run.ts';
import { weightsFrom } from '../../../../src/finetune/models/from-files.ts';
import { openModel } from '../../../../src/finetune/models/open.ts';
import { expectedWeights } from '../../../../src/finetune/models/weights.ts';
import type { JsonObject } from '../../../../src/formats/json.ts';
import { readAdapter, writeAdapter } from '../../../../src/formats/peft/adapter.ts';
import { LAYERS } from '../../../../src/formats/peft/layers.ts';
import { type TensorData, writeSafetensors } from '../../../../src/formats/safetensors/index.ts';
import { compile, type HostTensor } from '../../../../src/index.ts';
import { testDevice } from '../../../support/device.ts';
import { goldenCase } from '../../../support/golden.ts';
import { sample } from '../../../support/sample.ts';
import { PYTHON } from '../../../support/torch.ts';
import { inputsOf, peftCases, storedAs } from '../golden-adapters.ts';
import { storedTensors } from './stored-tensors.ts';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const TOLERANCE = 1e-5;
const root = mkdtempSync(join(tmpdir(), 'oftc-peft-'));
afterAll(() => rmSync(root, { recursive: true }));

const f32 = (name: string, { data, shape }: HostTensor): TensorData =>
  data instanceof Int32Array
    ? { name, dtype: 'I32', shape, data }
    : { name, dtype: 'F32', shape, data: Float32Array.from(data) };
const f64 = (name: string, { data, shape }: HostTensor): TensorData => ({
  ...{ name, dtype: 'F64', shape },
  data: Float64Array.from(data),
});

/** Writes a golden layer's adapter with a given PEFT version, and the outputs that oftc computes with it. */
async function writeLayer(name: string, version: string | undefined, folder: string): Promise<void> {
  mkdirSync(folder);
  const stored = await storedAs(name);
  const { peft_version: _, ...others } = stored.fields;
  const fields: JsonObject = version === undefined ? others : { ...others, peft_version: version };
  await writeAdapter(join(folder, 'adapter'), { fields, tensors: stored.tensors });
  const adapter = await readAdapter(join(folder, 'adapter'));
  const [module] = adapter.modules.values();
  const { layer, config, dims, path, tensors } = module!;
  const values = Object.entries(await adapter.values(path)).map(([p, data]): [string, HostTensor] => [
    p,
    { data, shape: adapter.tensors.tensors.get(tensors[p]!)!.shape },
  ]);
  await adapter.close();
  const golden = (await goldenCase(name)).tensors;
  const program = LAYERS[layer].trace('base.bias' in golden ? { ...config, bias: true } : config);
  const given = inputsOf(program, golden, Object.fromEntries(values));
  const shapes = Object.fromEntries(Object.entries(given).map(([n, t]) => [n, t.shape]));
  const outputs: TensorData[] = [];
  for (const [kind, device] of [
    ['reference', 'cpu'],
    ['device', await testDevice()],
  ] as const) {
    const session = await compile(program, {
      ...{ device, shapes },
      ...(dims.g === undefined ? {} : { dims: { g: dims.g } }),
    });
    const { y } = await (await session.run(given)).readAll();
    await session.dispose();
    outputs.push(f64(kind, y!));
  }
  const base = Object.entries(golden).flatMap(([key, tensor]) => {
    const own = /^(?:base|frozen)\.(.*)$/.exec(key)?.[1] ?? (key === 'input' ? key : undefined);
    return own === undefined
      ? []
      : [f32(own, own === 'input' ? given[program.inputs.find((i) => i.role === 'input')!.name]! : tensor)];
  });
  await writeSafetensors(join(folder, 'layer.safetensors'), [...base, ...outputs]);
}

interface Source {
  readonly name: string;
  /** The path of adapter_config.json. */
  readonly fields: string;
  readonly tensors: string;
  readonly model: string;
}

const given = process.env.OFTC_GOLDEN;
const EXAMPLE = at('../../../../examples/shakespeare-llama-nf4');
const ALL_MODELS: readonly Source[] = given
  ? ['oft-b32', 'oft-b16-exact', 'lora-r8', 'qoft-b32-nf4'].map((name) => ({
      name,
      fields: `${given}/golden/llama/${name}/adapter_config.json`,
      tensors: `${given}/golden/llama/${name}/adapter_model.safetensors`,
      model: `${given}/models/shakespeare-llama${name.startsWith('qoft') ? '-nf4' : ''}`,
    }))
  : ['oft-b16-exact', 'lora-r8'].map((name) => ({
      name,
      fields: at(`../../../fixtures/adapters/${name}/adapter_config.json`),
      tensors: at(`../../../fixtures/adapters/${name}/adapter_model.safetensors`),
      model: EXAMPLE,
    }));

/** Reads a whole model's adapter and writes it again, with the logits that oftc computes with it. */
async function writeModel({ fields, tensors, model: path }: Source, folder: string): Promise<void> {
  const original = join(folder, 'original');
  mkdirSync(original, { recursive: true });
  copyFileSync(fields, join(original, 'adapter_config.json'));
  copyFileSync(tensors, join(original, 'adapter_model.safetensors'));
  const adapter = await readAdapter(original);
  const { metadata } = adapter.tensors;
  const all = await storedTensors(adapter);
  const copy = join(folder, 'adapter');
  await writeAdapter(copy, { fields: adapter.fields, tensors: all, ...(metadata ? { metadata } : {}) });
  await adapter.close();
  const files = await openModel(path);
  const config = files.config;
  const weights: TensorData[] = [];
  for (const [name, shape] of expectedWeights(files.config))
    weights.push({ name, dtype: 'F32', shape, data: await files.weight(name) });
  const { choice } = await readTrained(copy, files);
  const ids = Array.from({ length: 3 }, (_, s) =>
    Array.from({ length: 24 }, (_, i) => (97 * i * i + 31 * i + 211 * s) % config.vocabSize),
  );
  const logits: TensorData[] = [];
  for (const [kind, device] of [
    ['reference', 'cpu'],
    ['device', await testDevice()],
  ] as const) {
    const model = await Model.open({ config, weights: weightsFrom(files), adapter: choice, device });
    const batch = packed(
      ids.map((one) => ({ ids: one, labels: one })),
      config,
    );
    logits.push(f64(kind, await model.logits(batch)));
    model.dispose();
  }
  await files.close();
  const data = Int32Array.from(ids.flat());
  await writeSafetensors(join(folder, 'logits.safetensors'), [
    { name: 'ids', dtype: 'I32', shape: [ids.length, 24], data },
    ...logits,
  ]);
  await writeSafetensors(join(folder, 'weights.safetensors'), weights);
  writeFileSync(
    join(folder, 'model.json'),
    JSON.stringify({ config: `${path}/config.json`, weights: [join(folder, 'weights.safetensors')] }),
  );
}

interface Result {
  readonly case: string;
  readonly method: string;
  readonly reference: number;
  readonly device: number;
}

/** The largest errors of the reference and of the device, by method. */
function largest(results: Iterable<Result>): Record<string, { reference: number; device: number }> {
  const all: Record<string, { reference: number; device: number }> = {};
  for (const { method, reference, device } of results) {
    const known = all[method] ?? { reference: 0, device: 0 };
    all[method] = {
      reference: Math.max(known.reference, reference),
      device: Math.max(known.device, device),
    };
  }
  return all;
}

const MODELS = sample(ALL_MODELS, ['oft-b16-exact']);

/** Cases with the Cayley–Neumann series, whose meaning depends on PEFT's version. */
const SERIES = peftCases.filter((n) => /^oft-(?!exact)/.test(n));
const CASES = sample(
  [
    ...peftCases.map((name) => ({ name, golden: name, version: '0.20.1.dev0' })),
    ...SERIES.map((name) => ({ name: `${name}-of-0.17`, golden: name, version: undefined })),
  ],
  ['boft-b4-m3', 'dora-r8', 'hra-r4', 'oft-b16-n4', 'oft-b16-n4-of-0.17', 'oft-exact-cayley', 'road-4'],
);

describe.skipIf(PYTHON === undefined)(
  `plain PyTorch${PYTHON === undefined ? ' (apt-get install python3-torch python3-safetensors libopenblas0-pthread)' : ''}`,
  () => {
    const results = new Map<string, Result>();
    beforeAll(async () => {
      for (const { name, golden, version } of CASES) await writeLayer(golden, version, join(root, name));
      for (const source of MODELS) await writeModel(source, join(root, `llama-${source.name}`));
      const { status, stdout, stderr } = spawnSync(PYTHON!, [at('forward.py'), root], {
        encoding: 'utf8',
        env: { ...process.env, OPENBLAS_NUM_THREADS: '1', PYTHONDONTWRITEBYTECODE: '1' },
      });
      expect(status, stderr).toBe(0);
      for (const line of stdout.trim().split('\n')) {
        const result: Result = JSON.parse(line);
        results.set(result.case, result);
      }
      if (process.env.SHOW_ERRORS) console.table(largest(results.values()));
    });

    const names = [...CASES.map((c) => c.name), ...MODELS.map((m) => `llama-${m.name}`)];
    it.each(names)('%s: the same output, in float64 and on the device', (name) => {
      const { reference, device } = results.get(name)!;
      // A model's tables of the rotary embedding are float32, even in the reference.
      expect(reference).toBeLessThan(name.startsWith('llama-') ? 1e-7 : 1e-12);
      expect(device).toBeLessThan(TOLERANCE);
    });

    it.each(names)('%s: Python’s safetensors writes the same bytes', (name) => {
      const adapter = join(root, name, 'adapter');
      const [ours, theirs] = ['adapter_model', 'again'].map((f) =>
        readFileSync(join(adapter, `${f}.safetensors`)),
      );
      expect(ours!.equals(theirs!)).toBe(true);
    });

    it.each(MODELS)('$name: tensors byte for byte, fields one for one', ({ name }) => {
      const [before, after] = ['original', 'adapter'].map((f) => join(root, `llama-${name}`, f));
      const tensors = (folder: string) => readFileSync(join(folder, 'adapter_model.safetensors'));
      expect(tensors(after!).equals(tensors(before!))).toBe(true);
      const fieldsOf = (folder: string) =>
        Object.entries(JSON.parse(readFileSync(join(folder, 'adapter_config.json'), 'utf8')));
      expect(fieldsOf(after!)).toEqual(fieldsOf(before!));
    });
  },
);
