/** MM-DiT blocks against their definition in PyTorch (references/mm_dit.py): results and gradients. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evalDim } from '../../../../compiler/dims/dims.ts';
import type { InputNode, TensorType } from '../../../../compiler/ir/node.ts';
import { lora } from '../../../../src/adapters/lora.ts';
import { oft } from '../../../../src/adapters/oft.ts';
import { moduleStarts } from '../../../../src/finetune/by-module.ts';
import { mmDitAdapters } from '../../../../src/finetune/diffusion/adapters.ts';
import {
  type MmDitShape,
  mmDitLinear,
  mmDitProjections,
} from '../../../../src/finetune/diffusion/linear-layers.ts';
import { jointRanges, type MmDitOptions, mmDitBlock } from '../../../../src/finetune/diffusion/mm-dit.ts';
import { compile, type HostTensor } from '../../../../src/index.ts';
import { testDevice } from '../../../support/device.ts';
import { sampled } from '../../../support/sample.ts';
import { PYTHON, python } from '../../../support/torch.ts';
import { relative } from '../golden.ts';
import { write } from '../references/harness.ts';
import { from, random, type TensorFile, tensorFile } from '../support.ts';

const SAMPLES = 3;
const BLOCK = 4;
const BASE = { width: 16, heads: 2, imageTokens: 5, contextTokens: 3 };

interface Case {
  readonly name: string;
  readonly shape: MmDitShape;
  readonly method?: 'oft' | 'lora';
}
const CASES: readonly Case[] = [
  { name: 'SD 3, all weights trained', shape: BASE },
  { name: 'SD 3.5 with LoRA', shape: { ...BASE, queryKeyNorms: true }, method: 'lora' },
  { name: 'the last block with OFT', shape: { ...BASE, last: true, queryKeyNorms: true }, method: 'oft' },
  {
    name: 'a dual block with OFT',
    shape: { ...BASE, dual: true, headDim: 12, queryKeyNorms: true },
    method: 'oft',
  },
];

const METHODS = {
  oft: { source: oft, dims: { b: BLOCK } },
  lora: { source: lora, dims: { r: 2 } },
};
const sizeOf = ({ shape }: TensorType): number[] => shape.map((d) => evalDim(d, { tokens: SAMPLES }));

/** Random numbers around a middle. */
function drawn(next: () => number, shape: readonly number[], middle = 0, scale = 1): HostTensor {
  const count = shape.reduce((a, b) => a * b, 1);
  return { data: Float32Array.from({ length: count }, () => middle + scale * (2 * next() - 1)), shape };
}

describe.runIf(PYTHON)('the MM-DiT block', () => {
  const folder = mkdtempSync(join(tmpdir(), 'oftc-mm-dit-'));
  const at = ({ name }: Case) => join(folder, name.replaceAll(/\W/g, '-'));
  const made = new Map<
    Case,
    { options: MmDitOptions; tensors: Map<string, HostTensor>; adapter: Map<string, HostTensor> }
  >();

  beforeAll(async () => {
    const next = random(5);
    for (const one of CASES) {
      const { shape, method } = one;
      const adapters = method && mmDitAdapters(shape, METHODS[method]);
      const options: MmDitOptions = adapters ? { adapters } : { trained: true };
      const program = mmDitBlock(shape, options).trace();
      const tensors = new Map<string, HostTensor>();
      for (const i of program.inputs) {
        if (i.type.dtype === 'i32' || (adapters && i.role === 'trainable')) continue;
        const size = sizeOf(i.type);
        const isNorm = /norm_/.test(i.name);
        const scale = i.role === 'input' ? 1 : size.length === 1 ? 0.4 : 1.5 / Math.sqrt(size[1]!);
        tensors.set(i.stored ?? i.name, drawn(next, size, isNorm ? 1 : 0, scale));
      }
      for (const { name, node } of program.outputs)
        tensors.set(`cotangent.${name}`, drawn(next, sizeOf(node.type)));
      const adapter = adapters
        ? await moduleStarts(adapters, from(tensors), { seed: 1 })
        : new Map<string, HostTensor>();
      for (const [path, { shape }] of adapter) adapter.set(path, drawn(next, shape, 0, 0.2));
      made.set(one, { options, tensors, adapter });
      mkdirSync(at(one));
      await write(join(at(one), 'tensors.safetensors'), tensors);
      await write(join(at(one), 'adapter.safetensors'), adapter);
      const plain = { queryKeyNorms: false, dual: false, last: false, block: BLOCK, ...shape };
      writeFileSync(join(at(one), 'case.json'), JSON.stringify(plain));
    }
    const script = fileURLToPath(new URL('../references/mm_dit.py', import.meta.url));
    python([script, ...CASES.map(at)], folder);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Compares the results and every gradient. */
  async function agrees(one: Case, device: 'cpu' | GPUDevice, most: number): Promise<void> {
    const { options, tensors, adapter } = made.get(one)!;
    const program = mmDitBlock(one.shape, options).trace();
    const expected: TensorFile = tensorFile(join(at(one), 'expected.safetensors'));
    const session = await compile(program, { device });
    const known = (i: InputNode) => tensors.get(i.stored ?? i.name) ?? adapter.get(i.stored ?? '');
    const given = (role: (i: InputNode) => boolean) =>
      Object.fromEntries(program.inputs.filter(role).flatMap((i) => (known(i) ? [[i.name, known(i)!]] : [])));
    session.bind(given((i) => i.role !== 'input'));
    const inputs = { ...given((i) => i.role === 'input'), ...jointRanges(one.shape, SAMPLES) };
    const cotangents = Object.fromEntries(
      program.outputs.map(({ name }) => [name, tensors.get(`cotangent.${name}`)!]),
    );
    const all = await (await session.gradients(inputs, cotangents)).readAll();
    await session.dispose();
    for (const { name } of program.outputs)
      expect(relative(all[name]!.data, (await expected.read(name)).data), name).toBeLessThan(most);
    const trained = program.inputs.filter((i) => i.role !== 'frozen' && i.type.dtype !== 'i32');
    expect(trained.length).toBeGreaterThan(3);
    for (const i of trained) {
      const path = `grad.${i.stored ?? i.name}`;
      expect(relative(all[`grad.${i.name}`]!.data, (await expected.read(path)).data), path).toBeLessThan(
        most,
      );
    }
  }

  it.each(CASES)('has the results and gradients of its definition: $name', (one) => agrees(one, 'cpu', 1e-9));

  it.each(CASES.filter(({ name }) => sampled(name, ['the last block with OFT'])))(
    'has them on the device: $name',
    async (one) => agrees(one, await testDevice(), 1e-5),
  );

  it('takes an adapter on each projection', () => {
    const { shape } = CASES[1]!;
    expect(mmDitProjections(shape)).toEqual([
      ...['to_q', 'to_k', 'to_v', 'add_q_proj', 'add_k_proj', 'add_v_proj', 'to_out.0', 'to_add_out'].map(
        (m) => `attn.${m}`,
      ),
      ...['ff.net.0.proj', 'ff.net.2', 'ff_context.net.0.proj', 'ff_context.net.2'],
    ]);
    expect(mmDitLinear(shape).length).toBe(14);
  });
});
