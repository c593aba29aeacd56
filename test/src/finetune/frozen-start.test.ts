/**
 * Layers with frozen tensors of their own, which `finetune` makes at the start. They start as the model, train,
 * resume with the same frozen tensors, and are evaluated, trained on and merged. The float64 reference computes
 * everything.
 */
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { psoft } from '../../../src/adapters/psoft.ts';
import { main } from '../../../src/cli/cli.ts';
import { readCheckpoint } from '../../../src/finetune/loop/checkpoint.ts';
import type { Metric } from '../../../src/finetune/loop/metrics.ts';
import { readMetrics } from '../../../src/finetune/loop/run-folder.ts';
import { writeAdapter } from '../../../src/formats/peft/adapter.ts';
import { adapterFields, moduleTensors } from '../../../src/formats/peft/create.ts';
import {
  openSafetensors,
  type TensorData,
  writeSafetensors,
} from '../../../src/formats/safetensors/index.ts';
import type { HostTensor } from '../../../src/index.ts';
import { oftc } from '../cli/harness.ts';
import { change } from './checkpoints.ts';
import { tensorFile } from './support.ts';
import { argumentsOf, at, DATA, finetune, MODEL } from './tiny.ts';

/** A file with the layer `spectral` of docs/authoring.md. */
const SPECTRAL = at('spectral.ts');
const guide = readFileSync(new URL('../../../docs/authoring.md', import.meta.url), 'utf8');
writeFileSync(SPECTRAL, /```ts\n(\/\/ spectral\.ts.*?)```/s.exec(guide)![1]!);

const METHODS = {
  psoft: ['--adapter', 'psoft', '--set', 'r=3'],
  poet: ['--adapter', 'poet', '--set', 'a=4,b=2'],
  spectral: ['--adapter', SPECTRAL, '--set', 'k=2'],
} as const;
const Q = 'model.layers.1.self_attn.q_proj';
const OWN = {
  psoft: ['A', 'B'],
  poet: ['perm_in_inv', 'perm_out'],
  spectral: ['U', 's', 'Vt'],
} as const;

const losses = async (run: string) =>
  (await readMetrics(at(run))).map((m: Metric) =>
    'loss' in m ? [m.step, m.loss, m.norm] : [m.step, m.heldOut],
  );
const heldOut = async (run: string) =>
  (await readMetrics(at(run))).flatMap((m) => ('heldOut' in m ? [m.heldOut] : []));
const tensor = (run: string, name: string): Promise<HostTensor> =>
  tensorFile(at(`${run}/adapter/adapter.safetensors`)).read(name);

const loss = async (...more: string[]): Promise<number> => {
  const { exit, stdout, stderr } = await oftc(
    ...['eval', '--device', 'cpu', '--json', '--data', DATA, '--length', '7', ...more],
  );
  expect(exit, stderr).toBe(0);
  return JSON.parse(stdout).loss;
};
const refusal = async (...argv: string[]) => {
  const { exit, stdout } = await oftc(...argv);
  expect(exit).toBe(1);
  return JSON.parse(stdout).error;
};

beforeAll(async () => {
  expect((await finetune('base', '--steps', '1')).exit).toBe(0);
});

describe.each(Object.entries(METHODS))('%s', (name, method) => {
  const run = name as keyof typeof METHODS;
  const options = [...method, '--lr', '0.1'];

  it('starts as the model and learns', async () => {
    const { exit, stdout, stderr } = await finetune(run, ...options);
    expect(exit, stderr).toBe(0);
    const { format, parameters } = JSON.parse(stdout);
    expect(format).toBe('oftc');
    // The weights (8, 8), (4, 8) and (8, 12) have 28 inputs and 20 outputs together.
    const block = { psoft: 3 * (3 + 3 + 3), poet: 28 / 2 + (20 * 3) / 2, spectral: 3 * 2 * 4 };
    expect(parameters).toBe(2 * block[run]);
    const losses = await heldOut(run);
    // PSOFT adds B times R − I = 0, which is exactly nothing. spectral's W − U·S·Vᵀ + U·S·Vᵀ is W up to float64
    // rounding.
    expect(losses[0]).toBeCloseTo((await heldOut('base'))[0]!, 12);
    expect(losses.at(-1)).toBeLessThan(losses[0]! - 0.05);
  });

  it('is resumed with the tensors that it started with', async () => {
    const write = (text: string) => {
      if (text.startsWith('step 4:')) throw new Error('here it stops');
    };
    const stopped = argumentsOf(`${run}-stopped`, ...options);
    expect(await main(stopped, { stdout: { write: () => {} }, stderr: { write } })).toBe(70);
    const path = at(`${run}-stopped/checkpoint.safetensors`);
    const { frozen, adapter } = await readCheckpoint(path);
    expect(frozen.size).toBe(6 * OWN[run].length);
    for (const own of OWN[run]) expect(frozen.has(`${Q}.${own}`)).toBe(true);
    expect([...adapter.keys()].some((path) => frozen.has(path))).toBe(false);
    const again = await finetune(`${run}-stopped`, ...options, '--resume');
    expect(again.exit, again.stderr).toBe(0);
    expect(JSON.parse(again.stdout).resumedAt).toBe(3);
    expect(again.stderr).not.toContain('Starting');
    expect(await losses(`${run}-stopped`)).toEqual(await losses(run));
    const file = 'adapter/adapter.safetensors';
    expect(readFileSync(at(`${run}-stopped/${file}`))).toEqual(readFileSync(at(`${run}/${file}`)));
  });

  it('is evaluated, merged to the same model, used and trained on', async () => {
    const adapter = ['--adapter', at(`${run}/adapter`)];
    const adapted = await loss('--model', MODEL, ...adapter);
    expect(adapted).toBeLessThan((await loss('--model', MODEL)) - 0.05);
    const out = at(`${run}-merged`);
    const merged = await oftc('merge', '--model', MODEL, '--device', 'cpu', ...adapter, '--out', out);
    expect(merged.exit, merged.stderr).toBe(0);
    expect(Math.abs((await loss('--model', out)) - adapted)).toBeLessThan(1e-6);
    const said = await oftc(
      ...['generate', '--model', MODEL, '--device', 'cpu', ...adapter],
      ...['--prompt', 'ab', '--tokens', '4', '--temperature', '0'],
    );
    expect(said.exit, said.stderr).toBe(0);
    const more = await finetune(`${run}-more`, '--init', at(`${run}/adapter`), '--steps', '1');
    expect(more.exit, more.stderr).toBe(0);
    expect((await heldOut(`${run}-more`))[0]).toBeCloseTo((await heldOut(run)).at(-1)!, 5);
    for (const own of OWN[run])
      expect(await tensor(`${run}-more`, `${Q}.${own}`)).toEqual(await tensor(run, `${Q}.${own}`));
  });
});

it('tensors that follow from a seed of their own are in no file, and are made again', async () => {
  const file = at('seeded.ts');
  writeFileSync(
    file,
    `import { frozen, input, layer, trainable } from 'oftc';

export const seeded = layer(
  {
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    A: frozen('r', 'in', { init: { seed: 7, of: { normal: 1 } } }),
    B: trainable('out', 'r', { init: 'zeros' }),
  },
  ({ x, W, A, B }) => x.matmul(W.add(B.matmul(A)).T),
);
`,
  );
  const { exit, stderr } = await finetune('seeded', '--adapter', file, '--set', 'r=3', '--lr', '0.1');
  expect(exit, stderr).toBe(0);
  const [before, after] = [(await heldOut('seeded'))[0]!, (await heldOut('seeded')).at(-1)!];
  expect(after).not.toBe(before);
  const stored = await openSafetensors(at('seeded/adapter/adapter.safetensors'));
  expect(new Set([...stored.tensors.keys()].map((path) => path.split('.').at(-1)))).toEqual(new Set(['B']));
  await stored.close();
  expect((await readCheckpoint(at('seeded/checkpoint.safetensors'))).frozen.size).toBe(0);
  const more = await finetune('seeded-more', '--init', at('seeded/adapter'), '--steps', '1');
  expect(more.exit, more.stderr).toBe(0);
  expect((await heldOut('seeded-more'))[0]).toBeCloseTo(after, 5);
});

it('permutations follow the seed and differ between modules; singular vectors are those of W', async () => {
  const perm = async (run: string, module = Q) => [...(await tensor(run, `${module}.perm_in_inv`)).data];
  const again = async (run: string, method: keyof typeof METHODS, seed: string) => {
    const { exit, stderr } = await finetune(run, ...METHODS[method], '--steps', '1', '--seed', seed);
    expect(exit, stderr).toBe(0);
  };
  await again('poet-0', 'poet', '0');
  await again('poet-1', 'poet', '1');
  await again('psoft-1', 'psoft', '1');
  expect(await perm('poet-0')).toEqual(await perm('poet'));
  expect(await perm('poet-1')).not.toEqual(await perm('poet'));
  expect(await perm('poet', 'model.layers.0.self_attn.q_proj')).not.toEqual(await perm('poet'));
  expect((await tensor('psoft-1', `${Q}.A`)).data).toEqual((await tensor('psoft', `${Q}.A`)).data);
});

describe('is refused:', () => {
  it('a rank that a weight does not have, before anything is read or written', async () => {
    const error = await refusal(...argumentsOf('never', ...METHODS.psoft, '--set', 'r=5'));
    expect(error).toMatchObject({
      code: 'OFT1036',
      message:
        "on model.layers.0.self_attn.v_proj: 'A' starts as 5 singular vectors of 'W', which is (4, 8) and has 4: choose a size of at most 4",
    });
    expect(existsSync(at('never'))).toBe(false);
  });

  it.each([
    [
      "U: frozen('out', 'k', { init: { left: 'W' } })",
      "U: frozen('out', 'k')",
      /'U' \(frozen, f32\).* frozen\(…, { init/,
    ],
    [
      "U: frozen('out', 'k', { init: { left: 'W' } })",
      "U: input('out', 'k')",
      /'U' \(input, f32\).* no such input/,
    ],
  ])('a layer of a file: %s', async (written, instead, message) => {
    const file = at('wrong.ts');
    const text = readFileSync(SPECTRAL, 'utf8').replace(written, instead);
    writeFileSync(file, text.replace(/ {2}\{\n {4}claims: .*?\n {2}\},\n/s, ''));
    const error = await refusal(...argumentsOf('never', '--adapter', file, '--set', 'k=2'));
    expect(error).toMatchObject({ code: 'OFT6001', message: expect.stringMatching(message) });
    expect(existsSync(at('never'))).toBe(false);
  });

  it('a tensor of 16 bits', async () => {
    const file = at('half.ts');
    writeFileSync(
      file,
      `import { frozen, input, layer, trainable } from 'oftc';
      export const half = layer(
        {
          x: input('tokens', 'in'),
          W: frozen('out', 'in'),
          s: trainable('in', { init: 'ones' }),
          h: frozen('in', { dtype: 'f16', init: 'ones' }),
        },
        ({ x, W, s }) => x.mul(s).matmul(W.T),
      );`,
    );
    const error = await refusal(
      ...argumentsOf('never', '--adapter', file, '--set', 'in=8', '--targets', 'q_proj'),
    );
    expect(error).toMatchObject({ code: 'OFT6001', message: expect.stringMatching(/'h' \(frozen, f16\)/) });
  });

  it('a file whose permutation is none', async () => {
    const source = tensorFile(at('poet/adapter/adapter.safetensors'));
    const name = `${Q}.perm_in_inv`;
    const tampered = async (
      by: (data: Int32Array) => TensorData['data'],
      dtype: TensorData['dtype'] = 'I32',
    ) => {
      const folder = at('tampered');
      cpSync(at('poet/adapter'), folder, { recursive: true });
      const tensors = await Promise.all(
        source.names.map(async (n): Promise<TensorData> => {
          const { data, shape } = await source.read(n);
          if (n === name) return { name: n, dtype, shape, data: by(data as Int32Array) };
          return {
            name: n,
            dtype: data instanceof Int32Array ? 'I32' : 'F32',
            shape,
            data: data as Float32Array,
          };
        }),
      );
      await writeSafetensors(`${folder}/adapter.safetensors`, tensors);
      return refusal('eval', '--model', MODEL, '--data', DATA, '--json', '--adapter', folder);
    };
    const of = (message: RegExp) => ({ code: 'InvalidAdapter', message: expect.stringMatching(message) });
    for (const index of [-1, 8, 0])
      expect(
        await tampered((data) => data.map((p, i) => (i === data.indexOf(0) ? index || 1 : p))),
      ).toMatchObject(of(/perm_in_inv": it is no permutation/));
    expect(await tampered((data) => Float32Array.from(data), 'F32')).toMatchObject(
      of(/perm_in_inv": its elements are no integers/),
    );
  });

  it("PEFT's PSOFT, which has no factors", async () => {
    const config = { ...psoft.defaults };
    const three = (data: Float32Array) => ({ data, shape: [3] });
    const value = {
      v: three(new Float32Array(3)),
      a: three(new Float32Array(3)),
      b: three(new Float32Array(3)),
    };
    const tensors = [0, 1].flatMap((n) =>
      moduleTensors(`model.layers.${n}.self_attn.q_proj`, 'psoft', config, value),
    );
    const named = { layer: 'psoft', config, size: 3, targets: ['q_proj'], baseModel: MODEL } as const;
    await writeAdapter(at('peft'), { fields: adapterFields(named), tensors });
    const error = await refusal('eval', '--model', MODEL, '--data', DATA, '--json', '--adapter', at('peft'));
    expect(error).toMatchObject({
      code: 'UnsupportedAdapter',
      message: expect.stringMatching(
        /psoft has "A", "B", which PEFT does not store.*Merge the adapter in PEFT/,
      ),
    });
  });

  it('a checkpoint without what is frozen', async () => {
    const folder = at('psoft-stopped');
    const path = `${folder}/checkpoint.safetensors`;
    change(path, ({ tensors }) => {
      for (const name of tensors.keys()) if (name.startsWith('f/')) tensors.delete(name);
    });
    const options = [...METHODS.psoft, '--lr', '0.1', '--resume'];
    expect(await refusal(...argumentsOf('psoft-stopped', ...options))).toMatchObject({
      code: 'OFT6006',
      message: expect.stringMatching(/has no tensor 'model.layers.0.self_attn.q_proj.A' of 24 elements/),
    });
  });
});

it('FRoD: the weights of a kind share a basis, and the adapter starts as the model and learns', async () => {
  const { exit, stderr } = await finetune('frod', '--adapter', 'frod', '--set', 'k=6', '--lr', '0.05');
  expect(exit, stderr).toBe(0);
  const losses = await heldOut('frod');
  // U, V and the lengths are rounded to float32.
  expect(losses[0]).toBeCloseTo((await heldOut('base'))[0]!, 5);
  expect(losses.at(-1)).toBeLessThan(losses[0]! - 0.05);
  const basis = (block: number, module: string) => tensor('frod', `model.layers.${block}.${module}.V`);
  for (const module of ['self_attn.q_proj', 'mlp.down_proj'])
    expect(await basis(0, module)).toEqual(await basis(1, module));
  expect(await basis(0, 'self_attn.q_proj')).not.toEqual(await basis(0, 'self_attn.v_proj'));
});
