/** Conditions of a layer on token counts and indices: a session, an Executable and a built module refuse the same. */
import { beforeAll, describe, expect, it } from 'vitest';
import { compileProgram } from '../../compiler/pipeline.ts';
import { Executable, LayerModule } from '../../runtime/index.ts';
import { compile, frozen, input, layer, take, trainable } from '../../src/index.ts';
import { planOf } from '../../src/session/session.ts';
import { testDevice } from '../support/device.ts';
import { sample } from '../support/sample.ts';
import { QUICK } from '../support/schedules.ts';

let device: GPUDevice;
beforeAll(async () => {
  device = await testDevice();
});

const ramp = (n: number) => Float32Array.from({ length: n }, (_, i) => i + 1);

describe.each([
  [0, 3, [0, 2], [3, 8], /slice: '3' is past the end of axis 0, 'tokens' at tokens = 2/],
  [2, 3, [1, 4], [5, 8], /slice: '5' is past the end of axis 0, 'tokens' at tokens = 4/],
  ['tokens - 4', 4, [0, 3], [4, 9], /slice: 'tokens - 4' is no place in axis 0 at tokens = 3/],
  [0, 'tokens - 4', [1, 3], [4, 9], /'tokens - 4' is not a whole number of elements at tokens = 3/],
  ['tokens/2', 'tokens/2', [1, 7], [2, 8], /'tokens\/2' is not a whole number of elements at tokens = 7/],
  [
    1,
    '2*tokens - 9',
    [4, 9],
    [5, 8],
    /slice: '2\*tokens - 8' is past the end of axis 0, 'tokens' at tokens = 9/,
  ],
] as const)('x.slice(0, %s, %s)', (start, length, refused, taken, message) => {
  const part = layer({ x: input('tokens', 'd') }, ({ x }) => x.slice(0, start, length), {});
  const sizes = { d: 2 };
  const planned = () => planOf(compileProgram(part.trace(), { sizes, gradients: false }));

  it('is refused and taken at the same numbers of tokens everywhere', async () => {
    const plan = planned();
    const executable = await Executable.create(device, plan);
    const module = await LayerModule.create<{ x: Float32Array }, object, { y: Float32Array }>(device, {
      forward: plan,
    });
    const sessions = [
      await compile(part, { device, dims: sizes }),
      await compile(part, { device: 'cpu', dims: sizes }),
    ];
    for (const tokens of refused) {
      const x = ramp(2 * tokens);
      const runtime = {
        code: 'InvalidTokens',
        ...(tokens === refused[1] ? { message: expect.stringMatching(message) } : {}),
      };
      expect(() => executable.run(tokens, { x })).toThrow(expect.objectContaining(runtime));
      expect(() => module.run({ x })).toThrow(expect.objectContaining(runtime));
      for (const session of sessions)
        await expect(session.run({ x })).rejects.toMatchObject({
          ...runtime,
          code: expect.stringMatching(/^OFT(2012|3003)$/),
        });
    }
    for (const tokens of taken) {
      const x = ramp(2 * tokens);
      const [a, b] = await Promise.all(
        sessions.map(async (s) => (await (await s.run({ x })).read('y')).data),
      );
      expect([...a!]).toEqual([...b!]);
      expect([...(await module.run({ x }).read('y'))]).toEqual([...b!]);
      expect([...(await executable.run(tokens, { x }).read('y'))]).toEqual([...b!]);
    }
    executable.dispose();
    module.dispose();
    for (const session of sessions) await session.dispose();
  });
});

const OUTSIDE = [-1, 3, 4, 2 ** 29, 2 ** 29 + 1, 2 ** 30, 2 ** 30 + 1, 2 ** 31 - 1, -(2 ** 31), -(2 ** 29)];
const bufferOf = (data: Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>): GPUBuffer => {
  const buffer = device.createBuffer({ size: Math.max(16, data.byteLength), usage: 0x80 | 0x08 });
  device.queue.writeBuffer(buffer, 0, data);
  return buffer;
};

/**
 * Layers that take rows or columns of a table, alone, in a product or after one. Each computes addresses differently.
 */
const TAKES = {
  rows: layer({ ids: input('tokens', { dtype: 'i32' }), E: frozen('n', 'd') }, ({ ids, E }) =>
    take(E, ids, 0),
  ),
  columns: layer({ ids: input('tokens', { dtype: 'i32' }), E: frozen('d', 'n') }, ({ ids, E }) =>
    take(E, ids, 1),
  ),
  'rows of a product': layer(
    { ids: input('tokens', { dtype: 'i32' }), E: frozen('n', 'd'), W: trainable('d', 'd') },
    ({ ids, E, W }) => take(E, ids, 0).matmul(W),
  ),
  'rows of a table that is computed': layer(
    { ids: input('tokens', { dtype: 'i32' }), E: frozen('n', 'd'), W: trainable('d', 'd') },
    ({ ids, E, W }) => take(E.matmul(W), ids, 0),
  ),
};

describe.each(Object.entries(TAKES))('take of %s', (_, of) => {
  it.each(sample([undefined, ...QUICK, 'shared' as const], ['undefined']))(
    'refuses an index outside, and reads 0 by one in a buffer: %s',
    async (strategy) => {
      const sizes = { n: 3, d: 32 };
      const option = strategy ? { strategy } : {};
      const sessions = [
        await compile(of, { device, dims: sizes, ...option }),
        await compile(of, { device: 'cpu', dims: sizes }),
      ];
      const plan = planOf(compileProgram(of.trace(), { sizes, gradients: false }), { strategy });
      const parameters = { E: ramp(96) };
      const W = Float32Array.from({ length: 1024 }, (_, i) => (i % 33 === 0 ? 1 : 0));
      const bound = plan.inputs.some((t) => t.name === 'W') ? { ...parameters, W } : parameters;
      const module = await LayerModule.create<{ ids: Int32Array | GPUBuffer }, object, { y: Float32Array }>(
        device,
        {
          forward: plan,
        },
      );
      await module.bind(bound);
      for (const session of sessions) session.bind(bound);
      for (const id of OUTSIDE) {
        const ids = Int32Array.of(0, id, 2);
        const message = `'take' finds the index ${id} in 'ids', for an axis of 3 elements, which are 0 to 2`;
        expect(() => module.run({ ids })).toThrow(
          expect.objectContaining({ code: 'IndexOutOfRange', message }),
        );
        for (const session of sessions)
          await expect(session.run({ ids })).rejects.toMatchObject({ code: 'OFT4014', message });
      }
      const right = (await (await sessions[1]!.run({ ids: Int32Array.of(0, 2) })).read('y')).data;
      const columns = right.length === 64 && of === TAKES.columns;
      const ids = bufferOf(Int32Array.of(0, ...OUTSIDE, 2));
      const tokens = OUTSIDE.length + 2;
      const expected = Array.from({ length: 32 * tokens }, (_, i) => {
        const [row, of32] = columns ? [i % tokens, Math.floor(i / tokens)] : [Math.floor(i / 32), i % 32];
        if (row > 0 && row < tokens - 1) return 0;
        const which = row === 0 ? 0 : 1;
        return columns ? right[of32 * 2 + which]! : right[which * 32 + of32]!;
      });
      for (const read of [
        async () => (await (await sessions[0]!.run({ ids }, { tokens })).read('y')).data,
        () => module.run({ ids }, { tokens }).read('y'),
      ])
        expect([...(await read())]).toEqual(expected);
      module.dispose();
      for (const session of sessions) await session.dispose();
    },
  );
});

it('indices that are bound are held to their axes too', async () => {
  const some = layer({ x: input('tokens', 'd'), p: frozen('k', { dtype: 'i32' }) }, ({ x, p }) =>
    take(x, p, 1),
  );
  for (const on of [device, 'cpu'] as const) {
    const session = await compile(some, { device: on, dims: { d: 4, k: 2 } });
    session.bind({ p: Int32Array.of(3, 2 ** 29) });
    await expect(session.run({ x: ramp(8) })).rejects.toMatchObject({ code: 'OFT4014' });
    session.bind({ p: Int32Array.of(3, 0) });
    expect([...(await (await session.run({ x: ramp(8) })).read('y')).data]).toEqual([4, 1, 8, 5]);
    await session.dispose();
  }
});
