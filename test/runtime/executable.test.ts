import { beforeAll, describe, expect, it, vi } from 'vitest';
import { Executable, OftcRuntimeError, type RuntimeErrorCode, refilled } from '../../runtime/index.ts';
import { plainDevice, testDevice } from '../support/device.ts';
import { identity, saxpy, throughOutput, twoStep, twoStepReference } from './plans.ts';

const STORAGE = 0x80;
const COPY_SRC = 0x04;
const COPY_DST = 0x08;

let device: GPUDevice;
beforeAll(async () => {
  device = await testDevice();
});

const ramp = (n: number, from = 0): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: n }, (_, i) => (from + i) % 1000);

function code(work: () => unknown): RuntimeErrorCode | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof OftcRuntimeError) return error.code;
    throw error;
  }
}

describe('run', () => {
  // A workgroup has 8 invocations, so 560,008 tokens need 70,001 workgroups: more than the 65,535 of one dimension.
  it.each([0, 1, 7, 8, 9, 257, 560_008])('computes every element at tokens = %i', async (tokens) => {
    const executable = await Executable.create(device, saxpy);
    const x = ramp(tokens);
    const y0 = ramp(tokens, 5);
    const result = executable.run(tokens, { a: new Float32Array([3]), x, y0 });
    const y = await result.read('y');
    expect(y).toBeInstanceOf(Float32Array);
    expect(y.length).toBe(tokens);
    expect(y.every((v, i) => v === 3 * x[i]! + y0[i]!)).toBe(true);
    await result.done();
    result.destroy();
    executable.dispose();
    expect(executable.allocatedBytes().total).toBe(0);
  });

  it('reuses temporaries and uploads over shrinking and growing tokens, and picks the variant', async () => {
    const executable = await Executable.create(device, twoStep);
    const results = [3, 100, 5, 0, 4, 1000, 100].map((tokens) => {
      const x = ramp(tokens, tokens);
      return { x, result: executable.run(tokens, { x }) };
    });
    for (const { x, result } of results) {
      const { z, s } = await result.readAll();
      expect({ z: [...z!], s: [...s!] }).toEqual(twoStepReference(x));
      result.destroy();
    }
    const { temporaries, inputs, outputs } = executable.allocatedBytes();
    expect({ temporaries, inputs, outputs }).toEqual({ temporaries: 4000 + 16, inputs: 4000, outputs: 0 });
    executable.dispose();
  });

  it('keeps the values of earlier results while later ones run', async () => {
    const executable = await Executable.create(device, twoStep);
    const first = executable.run(6, { x: ramp(6) });
    const second = executable.run(6, { x: ramp(6, 50) });
    expect([...(await first.read('z'))]).toEqual(twoStepReference(ramp(6)).z);
    expect([...(await second.read('z'))]).toEqual(twoStepReference(ramp(6, 50)).z);
    executable.dispose();
    expect([...(await first.read('s'))]).toEqual([15]);
    for (const r of [first, second]) r.destroy();
  });

  it('takes buffers as they are, results included, and writes to given buffers', async () => {
    const executable = await Executable.create(device, saxpy);
    const y = device.createBuffer({ size: 64, usage: STORAGE | COPY_SRC });
    const one = new Float32Array([1]);
    const first = executable.run(6, { a: one, x: ramp(6), y0: ramp(6) });
    const second = executable.run(6, { a: one, x: first.outputs.y!, y0: first.outputs.y! }, { y });
    expect(second.outputs.y).toBe(y);
    expect([...(await second.read('y'))]).toEqual([0, 4, 8, 12, 16, 20]);
    second.destroy();
    const third = executable.run(6, { a: one, x: y, y0: ramp(6) });
    expect([...(await third.read('y'))]).toEqual([0, 5, 10, 15, 20, 25]);
    executable.dispose();
  });

  it('binds the same buffers as the last run without another bind group, and others with their own', async () => {
    const executable = await Executable.create(device, saxpy);
    const buffer = (data: Float32Array<ArrayBuffer>) => {
      const b = device.createBuffer({ size: 64, usage: STORAGE | COPY_SRC | COPY_DST });
      device.queue.writeBuffer(b, 0, data);
      return b;
    };
    const [a, y0] = [new Float32Array([3]), ramp(16)];
    const [x, other, y] = [buffer(ramp(16)), buffer(ramp(16, 40)), buffer(new Float32Array(16))];
    executable.bind('a', a);
    const created = vi.spyOn(device, 'createBindGroup');
    const run = async (given: GPUBuffer, outputs: Record<string, GPUBuffer>, tokens = 16) => {
      const before = created.mock.calls.length;
      const result = executable.run(tokens, { x: given, y0: y0.slice(0, tokens) }, outputs);
      const values = [...(await result.read('y'))];
      result.destroy();
      const from = given === x ? 0 : 40;
      expect(values).toEqual([...ramp(tokens)].map((v, i) => 3 * (from + i) + v));
      return created.mock.calls.length - before;
    };
    const counts = [
      await run(x, { y }),
      await run(x, { y }),
      await run(other, { y }),
      await run(other, { y }, 8),
      await run(other, { y }),
      // Buffers that a run makes itself differ from run to run.
      await run(other, {}),
      await run(other, {}),
      await run(other, { y }),
    ];
    created.mockRestore();
    expect(counts).toEqual([1, 0, 1, 1, 0, 1, 1, 1]);
    for (const b of [x, other, y]) b.destroy();
    executable.dispose();
  });

  it('keeps bound parameters across runs until they are bound again', async () => {
    const executable = await Executable.create(device, saxpy);
    executable.bind('a', new Float32Array([2]));
    const inputs = { x: ramp(3), y0: ramp(3) };
    const values = async () => [...(await executable.run(3, inputs).read('y'))];
    expect(await values()).toEqual([0, 3, 6]);
    expect(await values()).toEqual([0, 3, 6]);
    executable.bind('a', new Float32Array([5]));
    expect(await values()).toEqual([0, 6, 12]);
    const a = device.createBuffer({ size: 4, usage: STORAGE | COPY_DST });
    executable.bind('a', a);
    device.queue.writeBuffer(a, 0, new Float32Array([10]));
    expect(await values()).toEqual([0, 11, 22]);
    expect(code(() => executable.run(3, { ...inputs, a: new Float32Array(1) }))).toBe('UnexpectedTensor');
    expect(code(() => executable.bind('x', ramp(3)))).toBe('UnexpectedTensor');
    expect(code(() => executable.bind('w', ramp(3)))).toBe('UnexpectedTensor');
    expect(code(() => executable.bind('a', ramp(3)))).toBe('ShapeMismatch');
    executable.dispose();
  });

  it('carries i32, and f16 as its bits with an odd count', async () => {
    const i32 = await Executable.create(device, identity('i32', 'tokens'));
    const ints = Int32Array.of(-1, 2 ** 31 - 1, -(2 ** 31));
    expect(await i32.run(3, { x: ints }).read('y')).toEqual(ints);
    const f16 = await Executable.create(device, identity('f16', 'tokens'));
    const halves = Uint16Array.of(0x3c00, 0xc000, 0x7bff);
    expect(await f16.run(3, { x: halves }).read('y')).toEqual(halves);
    expect(await f16.run(1, { x: halves.subarray(1, 2) }).read('y')).toEqual(halves.slice(1, 2));
    for (const e of [i32, f16]) e.dispose();
  });
});

describe('arguments', () => {
  it.each<[string, RuntimeErrorCode, (e: Executable) => unknown]>([
    ['missing', 'MissingTensor', (e) => e.run(2, { a: ramp(1), x: ramp(2) })],
    ['extra', 'UnexpectedTensor', (e) => e.run(2, { a: ramp(1), x: ramp(2), y0: ramp(2), z: ramp(2) })],
    ['extra output', 'UnexpectedTensor', (e) => e.run(2, good(2), { x: buffer(8) })],
    ['wrong dtype', 'DTypeMismatch', (e) => e.run(2, { ...good(2), x: new Int32Array(2) })],
    ['f64', 'DTypeMismatch', (e) => e.run(2, { ...good(2), x: new Float64Array(1) })],
    ['too few elements', 'ShapeMismatch', (e) => e.run(3, { ...good(3), x: ramp(2) })],
    ['too many elements', 'ShapeMismatch', (e) => e.run(1, { ...good(1), x: ramp(2) })],
    ['small buffer', 'BufferMismatch', (e) => e.run(3, { ...good(3), x: buffer(8) })],
    ['buffer without STORAGE', 'BufferMismatch', (e) => e.run(2, { ...good(2), x: buffer(8, COPY_DST) })],
    ['negative tokens', 'InvalidTokens', (e) => e.run(-1, good(1))],
    ['fractional tokens', 'InvalidTokens', (e) => e.run(1.5, good(1))],
    ['NaN tokens', 'InvalidTokens', (e) => e.run(Number.NaN, good(1))],
    ['2³² tokens', 'InvalidTokens', (e) => e.run(2 ** 32, good(1))],
    ['a tensor over the binding limit', 'LimitExceeded', (e) => e.run(2 ** 26, good(1))],
  ])('refuses %s with %s', async (_, expected, work) => {
    const executable = await Executable.create(device, saxpy);
    expect(code(() => work(executable))).toBe(expected);
    expect(executable.allocatedBytes()).toMatchObject({ inputs: 0, outputs: 0, temporaries: 0 });
    executable.dispose();
  });

  it('refuses one buffer as an output and as another tensor', async () => {
    const executable = await Executable.create(device, saxpy);
    const shared = buffer(8);
    expect(code(() => executable.run(2, { ...good(2), x: shared }, { y: shared }))).toBe('BufferMismatch');
    executable.dispose();
  });

  it('names tensor, expectation and place', async () => {
    const executable = await Executable.create(device, saxpy);
    expect(() => executable.run(3, { ...good(3), x: ramp(2) })).toThrow(
      "plan 'saxpy' at tokens = 3: 'x' has 3 elements, not 2",
    );
    expect(() => executable.run(2, { a: ramp(1) })).toThrow(/needs 'x' \(input, f32\), 'y0' \(input, f32\)/);
    executable.dispose();
  });

  it('gives the same reason when a run is refused again', async () => {
    const executable = await Executable.create(device, saxpy);
    const another = await plainDevice();
    const [x, y] = [another.createBuffer({ size: 64, usage: STORAGE }), buffer(64)];
    const refusal = () =>
      executable
        .run(2, { ...good(2), x }, { y })
        .done()
        .catch((e: Error) => e.message);
    const first = await refusal();
    expect(first).toContain('cannot be used with');
    expect(await refusal()).toBe(first);
    executable.dispose();
  });

  it('holds what a failed run should have written against its readers, until the caller has filled the buffer', async () => {
    const executable = await Executable.create(device, saxpy);
    const own = device.createBuffer({ size: 8, usage: STORAGE | COPY_SRC | COPY_DST });
    const dead = buffer(8);
    dead.destroy();
    const failed = executable.run(2, { ...good(2), x: dead }, { y: own });
    await expect(failed.done()).rejects.toMatchObject({ code: 'ValidationError' });
    const reader = () => executable.run(2, { ...good(2), x: own }).read('y');
    await expect(reader()).rejects.toMatchObject({ code: 'ValidationError' });
    device.queue.writeBuffer(own, 0, new Float32Array([4, 5]));
    await expect(reader()).rejects.toMatchObject({ code: 'ValidationError' });
    refilled(own);
    const { a, y0 } = good(2);
    expect([...(await reader())]).toEqual([4, 5].map((x, i) => a[0]! * x + y0[i]!));
    // The failed run itself has no values.
    await expect(failed.read('y')).rejects.toMatchObject({ code: 'ValidationError' });
    executable.dispose();
  });

  it('reports what the device refuses at done() and read(), and goes on', async () => {
    const executable = await Executable.create(device, saxpy);
    const dead = buffer(8);
    dead.destroy();
    const result = executable.run(2, { ...good(2), x: dead });
    await expect(result.done()).rejects.toMatchObject({ code: 'ValidationError' });
    await expect(result.read('y')).rejects.toMatchObject({ code: 'ValidationError' });
    const unreadable = executable.run(2, good(2), { y: buffer(8) });
    await expect(unreadable.read('y')).rejects.toMatchObject({ code: 'BufferMismatch' });
    await expect(unreadable.read('x')).rejects.toMatchObject({ code: 'UnexpectedTensor' });
    await expect(unreadable.profile()).rejects.toMatchObject({ code: 'NotProfiled' });
    expect([...(await executable.run(2, good(2)).read('y'))]).toEqual([0, 1]);
    executable.dispose();
  });

  const good = (n: number) => ({ a: new Float32Array([0]), x: ramp(n), y0: ramp(n) });
  const buffer = (size: number, usage = STORAGE) => device.createBuffer({ size, usage });
});

describe('memory', () => {
  it.each([0, 1, 257])('of an output serves a temporary, owned or given, at tokens = %i', async (tokens) => {
    const executable = await Executable.create(device, throughOutput);
    const x = ramp(tokens);
    const [bytes, usage] = [Math.max(4, 4 * tokens), STORAGE | COPY_SRC];
    const given = device.createBuffer({ size: bytes, usage });
    for (const outputs of [{}, { w: given }, { z: device.createBuffer({ size: bytes, usage }), w: given }]) {
      const result = executable.run(tokens, { x }, outputs);
      const { z, w } = await result.readAll();
      expect([...z!]).toEqual([...x].map((v) => 2 * v + 1));
      expect([...w!]).toEqual([...x].map((v) => v + 1));
      expect(executable.allocatedBytes().temporaries).toBe(0);
      result.destroy();
    }
    expect(executable.peakBytes(tokens).temporaries).toBe(0);
    executable.dispose();
  });

  it.each([0, 1, 5, 257])('of a first run is as planned at tokens = %i', async (tokens) => {
    for (const profile of [false, true]) {
      const executable = await Executable.create(device, twoStep, { profile });
      const planned = executable.peakBytes(tokens);
      const result = executable.run(tokens, { x: ramp(tokens) });
      expect(executable.allocatedBytes()).toEqual(planned);
      await result.done();
      result.destroy();
      executable.dispose();
      expect(executable.allocatedBytes().total).toBe(0);
    }
  });

  it('is without the inputs that are the caller’s buffers', async () => {
    const executable = await Executable.create(device, saxpy);
    const x = device.createBuffer({ size: 400, usage: STORAGE | COPY_DST });
    const planned = executable.peakBytes(100, ['x']);
    expect(planned.inputs).toBe(16 + 400);
    const result = executable.run(100, { a: ramp(1), x, y0: ramp(100) });
    expect(executable.allocatedBytes()).toEqual(planned);
    await result.done();
    result.destroy();
    executable.dispose();
  });

  it('is planned for counts that the device cannot run', async () => {
    const executable = await Executable.create(device, saxpy);
    expect(executable.peakBytes(2 ** 30).outputs).toBe(2 ** 32);
    executable.dispose();
  });

  it('does not grow with the number of token counts', async () => {
    const executable = await Executable.create(device, saxpy);
    for (let tokens = 1; tokens <= 100; tokens++) {
      executable.run(tokens, { a: ramp(1), x: ramp(tokens), y0: ramp(tokens) }).destroy();
    }
    expect(executable.allocatedBytes().overhead).toBe(32 * 16);
    executable.dispose();
  });
});
