/** Regression test: a built module gave results in f16 that had overflowed as if they were numbers. */
import { expect, it } from 'vitest';
import { compileProgram } from '../../compiler/pipeline.ts';
import { LayerModule } from '../../runtime/index.ts';
import { encodeF16 } from '../../src/formats/safetensors/half.ts';
import { frozen, input, layer } from '../../src/index.ts';
import { planOf } from '../../src/session/session.ts';
import { testDevice } from '../support/device.ts';

const product = layer({ x: input('tokens', 'in'), W: frozen('out', 'in') }, ({ x, W }) => x.matmul(W.T));
interface X {
  readonly x: Uint16Array;
}
const ones = (n: number) => new Float32Array(n).fill(1);

it('a module names the result in f16 that is not finite, and what was given so', async () => {
  const sizes = { in: 4, out: 2 };
  const plan = planOf(compileProgram(product.trace(), { sizes, gradients: false, activations: 'f16' }));
  const module = await LayerModule.create<X, { W: Float32Array }, { y: Uint16Array }>(await testDevice(), {
    forward: plan,
  });
  await module.bind({ W: ones(8) });
  const run = (x: Float32Array) => module.run({ x: encodeF16(x) });
  expect(await run(ones(8)).readAll()).toEqual({ y: encodeF16(ones(4).map(() => 4)) });
  const large = ones(8);
  large.fill(60000, 4);
  const code = 'NotFinite';
  for (const read of [() => run(large).readAll(), () => run(large).read('y')])
    await expect(read()).rejects.toMatchObject({
      code,
      message: /'y' of .* \(element 2\).*first tensor.*'y' \(element 2\).*65504.*f32/,
    });
  large[1] = Infinity;
  const given = run(large);
  await expect(given.read('y')).rejects.toMatchObject({ code, message: /what was given.*'x' \(element 1\)/ });
  // The buffer itself may be used on.
  expect(given.outputs.y).toBeDefined();
  module.dispose();
});

it('a module names the first tensor that overflows, with what was bound and given', async () => {
  const chain = layer(
    { x: input('tokens', 'in'), W: frozen('in', 'in'), V: frozen('in', 'in') },
    ({ x, W, V }) => x.matmul(W).mul(x.matmul(V)).matmul(V).mul(1e-5),
  );
  const sizes = { in: 4 };
  const plan = planOf(compileProgram(chain.trace(), { sizes, gradients: false, activations: 'f16' }));
  const module = await LayerModule.create<X, { W: Float32Array; V: Float32Array }, { y: Uint16Array }>(
    await testDevice(),
    { forward: plan },
  );
  await module.bind({ W: new Float32Array(16).fill(100), V: new Float32Array(16).fill(100) });
  const x = encodeF16(ones(8));
  const result = module.run({ x });
  x.fill(0);
  // x·W and x·V are 400 each, and (x·W)⊙(x·V) is 160,000.
  await expect(result.read('y')).rejects.toMatchObject({
    code: 'NotFinite',
    message: expect.stringMatching(/^'y' of .*; the first tensor that is not is '(?!y')[^']+' \(element 0\)/),
  });
  module.dispose();
});

it('a module names a parameter that is not finite, and a search that can no longer be made hides no result', async () => {
  const sizes = { in: 4, out: 2 };
  const plan = planOf(compileProgram(product.trace(), { sizes, gradients: false, activations: 'f16' }));
  const device = await testDevice();
  const create = () =>
    LayerModule.create<X, { W: Float32Array }, { y: Uint16Array }>(device, { forward: plan });
  const code = 'NotFinite';
  const spoilt = await create();
  await spoilt.bind({ W: ones(8).fill(Number.NaN, 5) });
  await expect(spoilt.run({ x: encodeF16(ones(4)) }).read('y')).rejects.toMatchObject({
    code,
    message: expect.stringMatching(/what was given is not finite either: 'W' \(element 5\)/),
  });
  await spoilt.bind({ W: ones(8) });
  expect(await spoilt.run({ x: encodeF16(ones(4)) }).read('y')).toEqual(encodeF16(ones(2).fill(4)));
  const large = encodeF16(ones(4).fill(60000));
  const result = spoilt.run({ x: large });
  spoilt.dispose();
  await expect(result.read('y')).rejects.toMatchObject({ code, message: /'y' .*element 0/ });
});

it('a Plan whose f16 tensors lie in no buffer is refused', async () => {
  const sizes = { in: 4, out: 2 };
  const plan = planOf(compileProgram(product.trace(), { sizes, gradients: false, activations: 'f16' }));
  const text = JSON.stringify(plan);
  const changed = JSON.parse(text, (key, value) =>
    key === 'halves' ? value.map((h: object) => ({ ...h, of: { slot: 99 } })) : value,
  );
  expect(JSON.stringify(changed)).not.toBe(text);
  await expect(LayerModule.create(await testDevice(), { forward: changed })).rejects.toMatchObject({
    code: 'InvalidPlan',
    message: /names an unknown buffer/,
  });
});
