/**
 * No kernel relies on WebGPU's clamping of addresses: results without clamping are the same, bit for bit.
 */
import { afterAll, expect, it } from 'vitest';
import { solveDims } from '../../compiler/ir/bind.ts';
import { compileProgram } from '../../compiler/pipeline.ts';
import { requestDevice } from '../../runtime/device.ts';
import { Executable } from '../../runtime/index.ts';
import { nodeGpu } from '../../runtime/node.ts';
import { boft } from '../../src/adapters/boft.ts';
import { oft } from '../../src/adapters/oft.ts';
import { oftEmbedding } from '../../src/adapters/oft-embedding.ts';
import { planOf } from '../../src/session/session.ts';
import { drawInputs } from '../support/evaluate.ts';
import { sample } from '../support/sample.ts';
import { forced } from '../support/strategy.ts';

const clamped = await requestDevice(await nodeGpu());
const free = await requestDevice(
  await nodeGpu(['disable-dawn-features=timestamp_quantization', 'enable-dawn-features=disable_robustness']),
);
afterAll(() => {
  clamped.destroy();
  free.destroy();
});

const LAYERS = {
  'OFT, exact Cayley': [oft.trace({ cayley: 'exact' }), { in: 40, out: 21, b: 10 }],
  BOFT: [boft.trace({ factors: 2 }), { in: 24, out: 7, b: 4 }],
  'OFT on an embedding': [oftEmbedding.trace(), { vocabulary: 70, d: 24, b: 8 }],
} as const;

it.each(sample(Object.entries(LAYERS), ['OFT on an embedding']))('%s', async (_, [program, dims]) => {
  const compilation = compileProgram(program, { sizes: solveDims(program, dims), gradients: true });
  const plan = planOf(compilation, forced);
  for (const tokens of [1, 67]) {
    const drawn = drawInputs(compilation.variants[0]!.primitives.inputs, 1, tokens, (u) => u - 0.5);
    const inputs = Object.fromEntries(
      plan.inputs.map(({ name, dtype }) => {
        const { values } = drawn[name]!;
        return [name, dtype === 'i32' ? Int32Array.from(values) : Float32Array.from(values)];
      }),
    );
    const results = [];
    for (const device of [clamped, free]) {
      const executable = await Executable.create(device, plan);
      results.push(await executable.run(tokens, inputs).readAll());
      executable.dispose();
    }
    expect(results[1]).toEqual(results[0]);
  }
});
