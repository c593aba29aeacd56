/** Activations in f16: results within the error bound of f16 rounding, and messages that name an overflow. */
import { describe, expect, it } from 'vitest';
import { isActivation } from '../../../compiler/primitives/half.ts';
import { bound, exact, outside } from '../../../compiler/semantics/domains/bound.ts';
import { interpret } from '../../../compiler/semantics/interpret.ts';
import { oft } from '../../../src/adapters/oft.ts';
import { decodeF16, encodeF16 } from '../../../src/formats/safetensors/index.ts';
import { compile, frozen, input, layer, trainable } from '../../../src/index.ts';
import { testDevice } from '../../support/device.ts';
import { goldenCase, goldenNames } from '../../support/golden.ts';
import { oftConfig, oftInputs } from '../../support/peft-oft.ts';
import { sample } from '../../support/sample.ts';
import { forced } from '../../support/strategy.ts';

const rounded = (values: ArrayLike<number>) => Float64Array.from(decodeF16(encodeF16(values)));

/** The golden layers but for large ones, for which the interpreter computes bounds slowly. */
const LAYERS = goldenNames('oft-').filter((n) => !/conv|embedding|wide|257|n2|n3|n6|two/.test(n));

describe.each(sample(LAYERS, ['oft-b16-n4', 'oft-exact-cayley']))('%s', (name) => {
  it('outputs and gradients are within the bound', async () => {
    const golden = await goldenCase(name);
    const inputs = oftInputs(golden);
    const shapes = Object.fromEntries(Object.entries(inputs).map(([n, t]) => [n, t.shape]));
    const config = oftConfig(golden);
    const device = await testDevice();
    const session = await compile(oft, { config, shapes, device, activations: 'f16', ...forced });
    const y = golden.tensors.grad_output!;
    const results = await (await session.gradients(inputs, { y })).readAll();
    const { variants } = session.compilation('gradients');
    const tokens = inputs.x!.shape.slice(0, -1).reduce((a, b) => a * b, 1);
    const { primitives } = variants.find((v) => v.maxTokens === null || tokens <= v.maxTokens)!;
    const half = primitives.inputs.filter((i) => i.dtype === 'f16').map((i) => i.name);
    expect(half).toEqual(['x', 'grad.y']);
    const given = { ...inputs, 'grad.y': y };
    const values = Object.fromEntries(
      Object.entries(given).map(([n, t]) => [
        n,
        exact(t.shape, half.includes(n) ? rounded(t.data) : Float64Array.from(t.data)),
      ]),
    );
    const meant = interpret(primitives, bound(), values, tokens);
    for (const [output, tensor] of Object.entries(results))
      expect(outside(tensor.data, meant[output]!), output).toBeUndefined();
    await session.dispose();
  });
});

const scaled = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), s: trainable('out') },
  ({ x, W, s }) => x.matmul(W.T).mul(s),
  { name: 'scaled' },
);
const dims = { in: 4, out: 2 };
const ones = (n: number, value = 1) => new Float32Array(n).fill(value);

describe('overflow', () => {
  const opened = async (activations: 'f16' | 'f32' = 'f16') =>
    compile(scaled, { dims, activations, device: await testDevice() });

  it('of a value that is given names the tensor and the element', async () => {
    const session = await opened();
    const x = ones(8);
    x[5] = 70000;
    await expect(session.run({ x, W: ones(8), s: ones(2) })).rejects.toMatchObject({
      code: 'OFT4013',
      message: expect.stringMatching(/'x' has 70000 \(element 5\).*65504/),
    });
  });

  it('of a result names the first tensor that is not finite', async () => {
    const session = await opened();
    const outputs = await session.run({ x: ones(8, 60000), W: ones(8), s: ones(2) });
    await expect(outputs.readAll()).rejects.toMatchObject({ code: 'OFT4013' });
    const infinite = ones(8);
    infinite[2] = Infinity;
    const given = await session.run({ x: infinite, W: ones(8), s: ones(2) });
    await expect(given.read('y')).rejects.toThrow(/'x' \(element 2\)/);
  });

  it('within a layer names the tensor before the result, and a parameter that is not finite', async () => {
    const chain = layer(
      { x: input('tokens', 'in'), W: frozen('in', 'in'), V: frozen('in', 'in') },
      ({ x, W, V }) => x.matmul(W).mul(x.matmul(V)).matmul(V).mul(1e-5),
    );
    const session = await compile(chain, { dims: { in: 4 }, activations: 'f16', device: await testDevice() });
    session.bind({ W: ones(16, 100), V: ones(16, 100) });
    // x·W and x·V are 400 each, and (x·W)⊙(x·V) is 160,000.
    const outputs = await session.run({ x: ones(8) });
    await expect(outputs.read('y')).rejects.toMatchObject({
      code: 'OFT4013',
      message: expect.stringMatching(/^'y' .*; the first tensor that is not is '(?!y')[^']+' \(element 0\)/),
    });
    const late = await session.run({ x: ones(8) });
    session.bind({ W: ones(16).fill(Number.NaN, 5) });
    // The device has freed the parameter of that run.
    await expect(late.read('y')).rejects.toThrow(/^'y' is not finite .* cannot be found any more/);
    await expect((await session.run({ x: ones(8) })).read('y')).rejects.toThrow(
      /what was given is not finite either: 'W' \(element 5\)/,
    );
    await session.dispose();
  });

  it('does not occur in 32 bits', async () => {
    const session = await opened('f32');
    const outputs = await session.run({ x: ones(8, 60000), W: ones(8), s: ones(2) });
    expect((await outputs.read('y')).data).toEqual(ones(4, 240000));
  });
});

it('parameters, their gradients and what is made of them alone stay in 32 bits', async () => {
  const session = await compile(oft, { dims: { in: 64, out: 32, b: 16 }, device: 'cpu', activations: 'f16' });
  const plan = session.plan('gradients');
  const dtypes = Object.fromEntries([...plan.inputs, ...plan.outputs].map((t) => [t.name, t.dtype]));
  expect(dtypes).toEqual({
    x: 'f16',
    W: 'f32',
    'v.0': 'f32',
    'grad.y': 'f16',
    y: 'f16',
    'grad.x': 'f16',
    'grad.v.0': 'f32',
  });
  const { primitives } = session.compilation('gradients').variants.at(-1)!;
  for (const { prim } of primitives.outputs) expect(isActivation(prim)).toBe(false);
});
