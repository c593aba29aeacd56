/** A built layer's module, which runs the Plans of forward pass and gradients with the same parameters. */
import { expect, test } from 'vitest';
import { compileProgram } from '../../compiler/pipeline.ts';
import { oft } from '../../examples/oft.ts';
import { LayerModule, type LayerPlans } from '../../runtime/index.ts';
import { planOf } from '../../src/session/session.ts';
import { testDevice } from '../support/device.ts';

const sizes = { in: 8, out: 6, b: 4, r: 2 };
const plan = (gradients: boolean) => planOf(compileProgram(oft.trace(), { sizes, gradients }));
const PLANS = { forward: plan(false), gradients: plan(true) };

type Tensor = Float32Array | GPUBuffer;
type Named<K extends string, T> = Record<K, T>;
type Oft = LayerModule<
  Named<'x', Tensor>,
  Named<'W' | 'v', Tensor>,
  Named<'y', Float32Array>,
  Named<'y', Tensor>,
  Named<'y' | 'grad.x' | 'grad.v', Float32Array>
>;

const create = async (plans: LayerPlans = PLANS): Promise<Oft> =>
  LayerModule.create(await testDevice(), plans);
const ramp = (n: number, scale = 0.1) => Float32Array.from({ length: n }, (_, i) => scale * Math.cos(i));
const [W, v, x, dy] = [ramp(48), ramp(12), ramp(24), ramp(18)];

async function bufferOf(data: Float32Array<ArrayBuffer>): Promise<GPUBuffer> {
  const device = await testDevice();
  const buffer = device.createBuffer({ size: data.byteLength, usage: 0x80 | 0x08 });
  device.queue.writeBuffer(buffer, 0, data);
  return buffer;
}

test('parameters are bound once for both Plans, as arrays or buffers, or given to a run', async () => {
  const layer = await create();
  await layer.bind({ W, v });
  const { y } = await layer.run({ x }).readAll();
  const gradients = await layer.gradients({ x }, { y: dy }).readAll();
  expect(y).toHaveLength(18);
  expect(gradients.y).toEqual(y);
  expect(gradients['grad.x']).toHaveLength(24);
  expect(gradients['grad.v'].some((g) => g !== 0)).toBe(true);

  await layer.bind({ v: await bufferOf(ramp(12, 0.2)) });
  const turned = await layer.run({ x }).read('y');
  expect(turned).not.toEqual(y);
  await layer.bind({ v });
  expect(await layer.run({ x: await bufferOf(x) }, { tokens: 3 }).read('y')).toEqual(y);
  layer.dispose();

  const unbound = await create();
  expect(await unbound.run({ x, W, v }).read('y')).toEqual(y);
  unbound.dispose();
});

test('what does not fit is refused, and changes nothing', async () => {
  const layer = await create();
  await layer.bind({ W, v });
  const before = await layer.run({ x }).read('y');
  const short = { W: ramp(48, 1), v: ramp(11) };
  await expect(layer.bind(short)).rejects.toMatchObject({
    code: 'ShapeMismatch',
    message: expect.stringMatching(/12 elements, not 11/),
  });
  await expect(layer.bind({ x } as object)).rejects.toMatchObject({
    code: 'UnexpectedTensor',
    message: "bind() of 'layer' has no tensor 'x'; it has 'W', 'v'",
  });
  await expect(layer.bind({ v: new Int32Array(12) as never })).rejects.toMatchObject({
    code: 'DTypeMismatch',
  });
  expect(await layer.run({ x }).read('y')).toEqual(before);

  const thrown = (call: () => unknown) => {
    try {
      return call();
    } catch (error) {
      return error;
    }
  };
  expect(thrown(() => layer.run({ x: ramp(23) }))).toMatchObject({
    code: 'ShapeMismatch',
    message: expect.stringMatching(/tokens = 3: 'x' has 24 elements, not 23/),
  });
  expect(thrown(() => layer.run({} as never))).toMatchObject({ code: 'MissingTensor' });
  const buffer = await bufferOf(x);
  expect(thrown(() => layer.run({ x: buffer }))).toMatchObject({
    code: 'InvalidTokens',
    message: expect.stringMatching(/give \{ tokens \}/),
  });
  expect(thrown(() => layer.gradients({ x }, {} as never))).toMatchObject({
    code: 'MissingTensor',
    message: expect.stringMatching(/'grad\.y' \(cotangent, f32\)/),
  });
  layer.dispose();
  layer.dispose();
  expect(thrown(() => layer.run({ x }))).toMatchObject({ code: 'Disposed' });
  await expect(layer.bind({ W })).rejects.toMatchObject({ code: 'Disposed' });
});

test('a run of no tokens gives an empty output and a gradient of zeros', async () => {
  const layer = await create();
  await layer.bind({ W, v });
  expect(await layer.run({ x: new Float32Array(0) }).read('y')).toHaveLength(0);
  const { 'grad.v': g } = await layer
    .gradients({ x: new Float32Array(0) }, { y: new Float32Array(0) })
    .readAll();
  expect(g).toEqual(new Float32Array(12));
  layer.dispose();
});

test('a layer built without gradients says so', async () => {
  const layer = await create({ forward: PLANS.forward });
  expect(() => layer.gradients({ x }, { y: dy })).toThrow(/'layer' was built without gradients/);
  layer.dispose();
});
