/** Every call of a session, with arguments of wrong types and in every wrong order, ends in a typed error. */
import { inspect, isDeepStrictEqual } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { OftcError } from '../../compiler/errors/error.ts';
import { OftcRuntimeError } from '../../runtime/index.ts';
import { oft } from '../../src/adapters/oft.ts';
import { QuantizationError } from '../../src/formats/quantized/index.ts';
import {
  compile,
  frozen,
  initialise,
  input,
  layer,
  parseTuning,
  type Session,
  TuningError,
} from '../../src/index.ts';
import { DiagnosticError } from '../../src/language/load.ts';
import { testDevice } from '../support/device.ts';
import { WRONG_ARRAYS, WRONG_VALUES } from '../support/wrong-values.ts';
import { runChild } from './child.ts';

const DIMS = { in: 8, out: 4, b: 4 };
const TYPED = [OftcError, OftcRuntimeError, DiagnosticError, TuningError, QuantizationError];
const ones = (n: number) => new Float32Array(n).fill(0.1);
const [W, v, x, dy] = [ones(32), ones(12), ones(16), ones(8)];
const BOUND = { W, 'v.0': v };

/** The code of a call's error; undefined where it succeeds. Fails for an error that is not typed. */
async function codeOf(what: string, call: () => unknown): Promise<string | undefined> {
  try {
    await call();
    return undefined;
  } catch (error) {
    if (!TYPED.some((t) => error instanceof t)) throw new Error(`${what}: ${(error as Error).stack}`);
    return error instanceof DiagnosticError ? 'Diagnostic' : (error as { code: string }).code;
  }
}

const title = (what: string, value: unknown) => `${what} of ${inspect(value).slice(0, 60)}`;

/** Expects a call to refuse each of the wrong values, except those of `but`. */
async function refuses(what: string, call: (value: never) => unknown, but: readonly unknown[] = []) {
  for (const value of WRONG_VALUES) {
    if (but.some((b) => Object.is(b, value))) continue;
    const called = title(what, value);
    expect(await codeOf(called, () => call(value as never)), called).toBeDefined();
  }
}

/** Expects a call with each wrong value to succeed or end in a typed error: some values are valid options. */
async function withstands(what: string, call: (value: never) => unknown) {
  for (const value of WRONG_VALUES) await codeOf(title(what, value), () => call(value as never));
  expect(await codeOf(what, () => call(1 as never)), what).toBeDefined();
}

it('compile refuses wrong arguments', async () => {
  await refuses('compile', (source) => compile(source, { device: 'cpu' }));
  await withstands('compile with', (options) => compile(oft, options));
  const of = (option: object) => compile(oft, { device: 'cpu', dims: DIMS, ...option });
  for (const name of ['config', 'shapes', 'quantized', 'profile', 'tuning', 'allow'])
    await withstands(name, (value) => of({ [name]: value }));
  await withstands('dims', (dims) => of({ dims }));
  for (const name of [
    'layer',
    'device',
    'objective',
    'strategy',
    'activations',
    'asWritten',
    'pinned',
    'timing',
  ])
    await refuses(name, (value) => of({ [name]: value }), [
      undefined,
      true,
      ...(name === 'layer' ? TEXTS : []),
    ]);
  await refuses('a size', (size) => of({ dims: { ...DIMS, b: size } }));
  await refuses('a shape', (shape) => of({ shapes: { W: shape } }));
  await refuses('a format', (format) => of({ quantized: { W: format } }));
  await refuses('a block', (block) => of({ quantized: { W: { format: 'nf4', block } } }));
  await refuses('a rate', (flops) => of({ profile: { name: 'x', bandwidth: 1, launch: 1, flops } }), [
    0.5,
    2 ** 60,
  ]);
});

const TEXTS = ['', '__proto__', 'constructor'];

it('initialise and parseTuning refuse wrong arguments', async () => {
  const frozenW = { W: { data: W, shape: [4, 8] } };
  await refuses('initialise', (source) => initialise(source, { seed: 1 }));
  await refuses('initialise with', (options) => initialise(oft, options));
  await refuses('a seed', (seed) => initialise(oft, { dims: DIMS, seed }), [-1]);
  await withstands('frozen', (given) => initialise(oft, { dims: DIMS, seed: 1, frozen: given }));
  await refuses('frozen W', (given) => initialise(oft, { dims: DIMS, seed: 1, frozen: { W: given } }), [
    undefined,
  ]);
  await refuses('sizes', (dims) => initialise(oft, { seed: 1, dims }), []);
  await refuses('parseTuning', (json) => parseTuning(json));
  expect(Object.keys(initialise(oft, { dims: DIMS, seed: 1, frozen: frozenW }))).toEqual(['v.0']);
});

describe.each(['cpu', 'gpu'] as const)('a session on %s', (kind) => {
  let device: GPUDevice | 'cpu' = 'cpu';
  beforeAll(async () => {
    if (kind === 'gpu') device = await testDevice();
  });
  const open = (option: object = {}): Promise<Session> => compile(oft, { device, dims: DIMS, ...option });

  it('takes a Float64Array, which a device rounds to float32 and the reference does not', async () => {
    const session = await open();
    session.bind(BOUND);
    const wide = Float64Array.from(x, (_, i) => 1 + 1e-12 * i);
    const of = async (given: Float32Array | Float64Array) =>
      Array.from((await (await session.run({ x: given })).read('y')).data);
    expect((await of(wide)).every(Number.isFinite)).toBe(true);
    expect(isDeepStrictEqual(await of(wide), await of(Float32Array.from(wide)))).toBe(kind === 'gpu');
    await session.dispose();
  });

  it('refuses what it cannot take', async () => {
    const session = await open();
    await refuses('plan', (of) => session.plan(of));
    await refuses('compilation', (of) => session.compilation(of));
    await withstands('bind', (tensors) => session.bind(tensors));
    for (const name of ['W', 'v.0'])
      await refuses(`bind ${name}`, (value) => session.bind({ [name]: value }));
    await refuses('run', (inputs) => session.run(inputs));
    expect(await codeOf('merge', () => session.merge())).toBe('OFT4001');
    session.bind(BOUND);
    await refuses('run of x', (value) => session.run({ x: value }));
    await refuses('the data of x', (data) => session.run({ x: { data, shape: [2, 8] } }));
    await refuses('the shape of x', (shape) => session.run({ x: { data: x, shape } }));
    await withstands('run with', (options) => session.run({ x }, options));
    await refuses('tokens', (tokens) => session.run({ x }, { tokens }), [undefined]);
    await refuses('gradients', (inputs) => session.gradients(inputs, { y: dy }));
    await refuses('cotangents', (of) => session.gradients({ x }, of));
    await refuses('the cotangent of y', (value) => session.gradients({ x }, { y: value }));
    await withstands('gradients with', (options) => session.gradients({ x }, { y: dy }, options));
    expect(await codeOf('bind x', () => session.bind({ x }))).toBe('OFT4017');
    expect(await codeOf('run of W', () => session.run({ x, W }))).toBe('OFT4017');
    const outputs = await session.run({ x });
    await refuses('read', (name) => outputs.read(name));
    await Promise.all([outputs.read('y'), outputs.read('y'), outputs.readAll(), outputs.done()]);
    expect(await codeOf('profile', () => outputs.profile())).toMatch(/OFT4010|NotProfiled/);
    outputs.destroy();
    outputs.destroy();
    expect(await codeOf('read', () => outputs.read('y'))).toBe('Disposed');
    await session.dispose();
  });

  it.each(Object.entries(WRONG_ARRAYS))('refuses %s', async (_, array) => {
    const session = await open();
    const wrong = (n: number) => array(n) as never;
    for (const [what, call] of Object.entries({
      bind: () => session.bind({ 'v.0': v, W: wrong(32) }),
      run: () => session.run({ x: wrong(16), ...BOUND }),
      shaped: () => session.run({ x: { data: wrong(16), shape: [2, 8] }, ...BOUND }),
      cotangent: () => session.gradients({ x, ...BOUND }, { y: wrong(8) }),
    }))
      expect(await codeOf(what, call), what).toMatch(/^OFT40(03|04|16)$/);
    // The refused call bound none of its tensors.
    expect(await codeOf('run', () => session.run({ x }))).toBe('OFT4001');
    await session.dispose();
  });

  it('takes a quantised tensor only whole', async () => {
    const session = await open({ quantized: { W: 'int8' } });
    const whole = { shape: [4, 8], codes: new Int8Array(32), scales: ones(4) };
    session.bind({ W: whole as never, 'v.0': v });
    for (const field of ['shape', 'codes', 'scales'])
      await refuses(`${field} of W`, (value) => session.bind({ W: { ...whole, [field]: value } as never }));
    await session.dispose();
  });

  it('runs while it compiles, side by side and merged, and refuses all once it is disposed', async () => {
    const session = await open();
    session.bind(BOUND);
    const [a, b, g] = await Promise.all([
      session.run({ x }),
      session.run({ x }),
      session.gradients({ x }, { y: dy }),
    ]);
    const { y } = await a.readAll();
    expect((await b.read('y')).data).toEqual(y!.data);
    // The forward pass of a training step is another program, which may round otherwise.
    for (const [i, value] of (await g.read('y')).data.entries()) expect(value).toBeCloseTo(y!.data[i]!, 5);
    const merged = await session.merge();
    const again = await merged.merge();
    await session.dispose();
    for (const one of [merged, again]) {
      const { data } = await (await one.run({ x })).read('y');
      for (const [i, value] of data.entries()) expect(value).toBeCloseTo(y!.data[i]!, 5);
      await one.dispose();
    }
    for (const one of [session, merged, again])
      for (const [what, call] of Object.entries({
        bind: () => one.bind(BOUND),
        run: () => one.run({ x }),
        gradients: () => one.gradients({ x }, { y: dy }),
        merge: () => one.merge(),
        plan: () => one.plan('forward'),
      }))
        expect(await codeOf(what, call), what).toBe('OFT4007');
    await session.dispose();
  });

  const linear = layer({ x: input('tokens', 'in'), W: frozen('out', 'in') }, ({ x, W }) => x.matmul(W.T));
  const values = async (outputs: Promise<{ read(name: string): Promise<{ data: ArrayLike<number> }> }>) => [
    ...Array.from((await (await outputs).read('y')).data),
  ];

  it.each([undefined, 'int8'] as const)('keeps what was bound as it was then, held as %s', async (held) => {
    const dims = { in: 2, out: 2 };
    const session = await compile(linear, { device, dims, ...(held ? { quantized: { W: held } } : {}) });
    const given = Float32Array.of(1, 0, 0, 1);
    const one = Float32Array.of(3, 5);
    session.bind({ W: given });
    given.fill(0);
    // The gradients' kernels are compiled later, and still use the W that was bound at the call.
    for (const run of [
      () => session.run({ x: one }),
      () => session.gradients({ x: one }, { y: one }),
      () => session.run({ x: one }),
    ])
      for (const [i, value] of (await values(run())).entries()) expect(value).toBeCloseTo(one[i]!, 1);
    const merged = await session.merge();
    session.bind({ W: Float32Array.of(0, 1, 1, 0) });
    for (const [i, value] of (await values(session.run({ x: one }))).entries())
      expect(value).toBeCloseTo([5, 3][i]!, 1);
    await session.dispose();
    for (const [i, value] of (await values(merged.run({ x: one }))).entries())
      expect(value).toBeCloseTo(one[i]!, 1);
    await merged.dispose();
  });

  it('runs with what it was given and had bound when it was called', async () => {
    const session = await compile(linear, { device, dims: { in: 2, out: 2 } });
    session.bind({ W: Float32Array.of(1, 0, 0, 1) });
    const one = Float32Array.of(3, 5);
    const running = session.run({ x: one });
    one.fill(0);
    session.bind({ W: Float32Array.of(0, 1, 1, 0) });
    expect(await values(running)).toEqual([3, 5]);
    expect(await values(session.run({ x: Float32Array.of(3, 5) }))).toEqual([5, 3]);
    await session.dispose();
  });
});

it('a session that opened its device ends what was left of it in an error that says so', async () => {
  const session = await compile(oft, { dims: { in: 8, out: 4, b: 4 } });
  session.bind({ W: new Float32Array(32), 'v.0': new Float32Array(12) });
  const x = new Float32Array(8);
  const [outputs, merged, ready] = [await session.run({ x }), await session.merge(), await session.merge()];
  await ready.run({ x });
  await session.dispose();
  const calls: Record<string, () => unknown> = {
    read: () => outputs.readAll(),
    done: () => outputs.done(),
    bind: () =>
      merged.bind({ [merged.program.inputs.find((i) => i.name !== 'x')!.name]: new Float32Array(32) }),
    compile: () => merged.run({ x }),
    run: () => ready.run({ x }),
  };
  for (const [what, call] of Object.entries(calls)) {
    const failed = await Promise.resolve()
      .then(call)
      .catch((e: unknown) => e);
    expect(failed, what).toMatchObject({
      code: 'OFT4007',
      message: expect.stringMatching(/^the session that opened the device is disposed/),
    });
  }
});

it.each(['destroyed', 'under way', 'disposed'])(
  'a session whose device is %s ends every call in a typed error, and Node goes on',
  async (how) => {
    const { code, signal, stdout, stderr } = await runChild('lost-session', [how]);
    expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
    expect(stdout).not.toContain('untyped');
    const lost = how === 'disposed' ? 'OFT4007' : 'DeviceLost';
    for (const what of ['bind', 'run', 'gradients', 'merge'])
      expect(stdout).toContain(`\n${what}: ${lost}\n`);
    expect(stdout).toMatch(/end\n$/);
  },
);
