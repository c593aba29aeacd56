/** Every call of the runtime, with arguments of wrong types and in every wrong order, ends in a typed error. */
import { inspect } from 'node:util';
import { beforeAll, expect, it } from 'vitest';
import {
  DeviceTensor,
  dtypeBytes,
  Executable,
  evalExtent,
  LayerModule,
  OftcRuntimeError,
  probeDevice,
  type RunResult,
  refilled,
  requestDevice,
  temporaryBytes,
} from '../../runtime/index.ts';
import { nodeGpu } from '../../runtime/node.ts';
import { testDevice } from '../support/device.ts';
import { variantsIn } from '../support/plans.ts';
import { resizable, WRONG_ARRAYS, WRONG_VALUES } from '../support/wrong-values.ts';
import { identity, saxpy, twoStep } from './plans.ts';

let device: GPUDevice;
beforeAll(async () => {
  device = await testDevice();
});

/** The code of a call's error; undefined where it succeeds. Fails for an error that is not typed. */
async function codeOf(what: string, call: () => unknown): Promise<string | undefined> {
  try {
    await call();
    return undefined;
  } catch (error) {
    expect(error, what).toBeInstanceOf(OftcRuntimeError);
    return (error as OftcRuntimeError).code;
  }
}

const named = (value: unknown): string => inspect(value).slice(0, 60);

/** Expects a call to refuse each of the wrong values, except those of `but`. */
async function refuses(what: string, call: (value: never) => unknown, but: readonly unknown[] = []) {
  for (const value of WRONG_VALUES) {
    if (but.some((b) => Object.is(b, value))) continue;
    const title = `${what} of ${named(value)}`;
    expect(await codeOf(title, () => call(value as never)), title).toBeDefined();
  }
}

/** Expects a call with each wrong value to succeed or end in a typed error: some values are valid options. */
async function withstands(what: string, call: (value: never) => unknown) {
  for (const value of WRONG_VALUES) await codeOf(`${what} of ${named(value)}`, () => call(value as never));
  expect(await codeOf(what, () => call(1 as never)), what).toBe('InvalidArgument');
}

const X = { x: new Float32Array(3), y0: new Float32Array(3), a: Float32Array.of(2) };

it('functions refuse wrong arguments', async () => {
  const gpu = await nodeGpu();
  await refuses('requestDevice', (v) => requestDevice(v));
  await withstands('requestDevice with options', (v) => requestDevice(gpu, v));
  await refuses('requestDevice with limits', (v) => requestDevice(gpu, { limits: v }), [undefined]);
  await withstands('requestDevice with features', (v) => requestDevice(gpu, { features: v }));
  await refuses('a feature', (v) => requestDevice(gpu, { features: [v] }));
  await refuses('probeDevice', (v) => probeDevice(v));
  await refuses('evalExtent', (v) => evalExtent(v, 3), [0.5, -1, 2 ** 60]);
  await refuses('evalExtent at tokens', (v) => evalExtent('tokens', v), [2 ** 60]);
  await refuses('dtypeBytes', (v) => dtypeBytes(v));
  await refuses('refilled', (v) => refilled(v));
  await refuses('temporaryBytes', (v) => temporaryBytes(v, 3));
  await refuses('temporaryBytes at tokens', (v) => temporaryBytes(variantsIn(saxpy)[0]!, v), [2 ** 60]);
  await refuses('DeviceTensor.upload to', (v) => DeviceTensor.upload(v, X.x, 'x'));
  await refuses('DeviceTensor.upload of', (v) => DeviceTensor.upload(device, v, 'x'));
});

it('an Executable and its results refuse wrong arguments', async () => {
  await refuses('create on', (v) => Executable.create(v, saxpy));
  await refuses('create of', (v) => Executable.create(device, v));
  await withstands('create with', (v) => Executable.create(device, saxpy, v));
  await refuses('profile', (v) => Executable.create(device, saxpy, { profile: v }), [undefined, null, true]);
  const executable = await Executable.create(device, saxpy);
  await refuses('bind as', (v) => executable.bind(v, X.a));
  await refuses('bind', (v) => executable.bind('a', v));
  await refuses('run at', (v) => executable.run(v, X));
  await refuses('run of', (v) => executable.run(3, v));
  await refuses('a tensor of run', (v) => executable.run(3, { ...X, x: v }));
  await withstands('run into', (v) => executable.run(3, X, v));
  await refuses('an output of run', (v) => executable.run(3, X, { y: v }), [undefined]);
  await refuses('peakBytes at', (v) => executable.peakBytes(v));
  await withstands('peakBytes given', (v) => executable.peakBytes(3, v));
  const result = executable.run(3, X);
  await refuses('read', (v) => result.read(v));
  expect(await codeOf('profile', () => result.profile())).toBe('NotProfiled');
  await Promise.all([result.read('y'), result.read('y'), result.readAll(), result.done()]);
  result.destroy();
  result.destroy();
  expect(await codeOf('read', () => result.read('y'))).toBe('Disposed');
  expect(await codeOf('readAll', () => result.readAll())).toBe('Disposed');
  await Promise.all([executable.run(3, X).readAll(), executable.run(3, X).readAll()]);
  executable.dispose();
  executable.dispose();
  for (const call of [() => executable.run(3, X), () => executable.bind('a', X.a)])
    expect(await codeOf('after dispose', call)).toBe('Disposed');
});

it('a built layer refuses wrong arguments', async () => {
  type Oftc = LayerModule<object, object, object, object, object>;
  const create = (of: unknown, plans: unknown) =>
    LayerModule.create(of as never, plans as never) as Promise<Oftc>;
  await refuses('create on', (v) => create(v, { forward: saxpy }));
  await refuses('create of', (v) => create(device, v));
  await refuses('create of forward', (v) => create(device, { forward: v }));
  await refuses('create of gradients', (v) => create(device, { forward: saxpy, gradients: v }), [
    undefined,
    null,
    Number.NaN,
    '',
  ]);
  const module = await create(device, { forward: saxpy, gradients: saxpy });
  await withstands('bind', (v) => module.bind(v));
  await refuses('bind a', (v) => module.bind({ a: v }));
  await refuses('run', (v) => module.run(v));
  await refuses('run x', (v) => module.run({ ...X, x: v }));
  await withstands('run with', (v) => module.run(X, v));
  await refuses('tokens', (v) => module.run(X, { tokens: v }), [undefined, null]);
  await refuses('gradients', (v) => module.gradients(v, {}));
  await withstands('cotangents', (v) => module.gradients(X, v));
  await withstands('gradients with', (v) => module.gradients(X, {}, v));
  await module.bind({ a: X.a });
  module.dispose();
  module.dispose();
  expect(await codeOf('bind', () => module.bind({ a: X.a }))).toBe('Disposed');
  expect(await codeOf('run', () => module.run({} as never))).toBe('Disposed');
  expect(await codeOf('gradients', () => module.gradients({} as never, {}))).toBe('Disposed');
});

it.each(Object.entries(WRONG_ARRAYS))('%s is refused wherever a tensor is given', async (_, array) => {
  const executable = await Executable.create(device, saxpy);
  const module = await LayerModule.create(device, { forward: saxpy });
  const short = () => array(1) as never;
  const three = () => array(3) as never;
  for (const [what, call] of Object.entries({
    bind: () => executable.bind('a', short()),
    run: () => executable.run(3, { ...X, x: three() }),
    'bind of a module': () => module.bind({ a: short() } as never),
    'run of a module': () => module.run({ ...X, x: three() } as never),
  }))
    expect(await codeOf(what, call), what).toMatch(/DTypeMismatch|ShapeMismatch|InvalidArgument/);
  executable.dispose();
  module.dispose();
});

it('arrays that grow with their memory are taken as they are at the call', async () => {
  const memory = resizable(8, 64);
  const x = new Float32Array(memory);
  memory.resize(12);
  x.set([1, 2, 3]);
  const executable = await Executable.create(device, saxpy);
  const result: RunResult = executable.run(3, { ...X, x });
  memory.resize(0);
  expect([...(await result.read('y'))]).toEqual([2, 4, 6]);
  executable.bind('a', new Float32Array(resizable(4, 8)));
  executable.dispose();
});

it('objects that only look like buffers are refused, and buffers of another device', async () => {
  const other = await requestDevice(await nodeGpu());
  const executable = await Executable.create(device, identity('i32', 1));
  const fake = { size: 64, usage: 0x80, destroy: () => undefined } as unknown as GPUBuffer;
  expect(await codeOf('fake', () => executable.run(1, { x: fake }).done())).toBe('ValidationError');
  const theirs = other.createBuffer({ size: 16, usage: 0x80 });
  expect(await codeOf('theirs', () => executable.run(1, { x: theirs }).done())).toBe('ValidationError');
  const tensor = DeviceTensor.upload(other, Int32Array.of(1), 'x');
  expect(await codeOf('tensor', () => executable.bind('x', tensor))).toBe('BufferMismatch');
  tensor.free();
  executable.bind('x', fake);
  expect(await codeOf('bound', () => executable.run(1).done())).toBe('ValidationError');
  executable.bind('x', Int32Array.of(7));
  expect([...(await executable.run(1).read('y'))]).toEqual([7]);
  executable.dispose();
  other.destroy();
});

it('a run uses values as they were when they were bound or given', async () => {
  const executable = await Executable.create(device, twoStep);
  const x = Float32Array.of(1, 2, 3);
  const result = executable.run(3, { x });
  x.fill(0);
  expect([...(await result.read('s'))]).toEqual([6]);
  executable.dispose();
  const module = await LayerModule.create(device, { forward: saxpy, gradients: saxpy });
  const a = Float32Array.of(2);
  const bound = module.bind({ a } as never);
  a.fill(0);
  await bound;
  const given = { x: Float32Array.of(1, 1, 1), y0: X.y0 } as never;
  for (const run of [module.run(given), module.gradients(given, {} as never)])
    expect([...((await run.readAll()) as unknown as { y: Float32Array }).y]).toEqual([2, 2, 2]);
  module.dispose();
});
