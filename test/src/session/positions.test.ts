/** Positions of sparse matrices are checked before anything runs, by sessions and by Executables alike. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Executable } from '../../../runtime/index.ts';
import { wrongPosition } from '../../../runtime/positions.ts';
import { compile } from '../../../src/index.ts';
import { frozen, input, layer, sparse, trainable } from '../../../src/language/dsl/index.ts';
import { testDevice } from '../../support/device.ts';

const added = (form: 2 | 3) =>
  layer(
    {
      x: input('tokens', 'in'),
      p: frozen(form, 'k', { dtype: 'i32' }),
      v: trainable('k'),
    },
    ({ x, p, v }) => x.matmul(sparse(v, p, 5, 'in').T),
    { name: 'added' },
  );

const dims = { in: 4, k: 3 };
const RIGHT = { 2: [0, 1, 2, 3, 1, 2], 3: [2, 0, 1, 2, 3, 1, 1, 2, 0] } as const;
const WRONG: readonly (readonly [2 | 3, readonly number[], string])[] = [
  [2, [0, 5, 2, 0, 1, 2], 'position 1, (5, 1), is outside a matrix of 5×4'],
  [2, [0, 1, 2, 0, 4, 2], 'position 1, (1, 4), is outside a matrix of 5×4'],
  [2, [0, -1, 2, 0, 1, 2], 'position 1, (-1, 1), is outside a matrix of 5×4'],
  [2, [0, 1, 1, 0, 2, 2], 'position 2, (1, 2), does not follow the one before it'],
  [2, [1, 0, 2, 0, 1, 2], 'position 1, (0, 1), does not follow the one before it'],
  [3, [2, 0, 1, 2, 3, 1, 0, 1, 2], 'position 1, (0, 3), does not follow the one before it'],
  [3, [2, 0, 1, 2, 3, 1, 1, 2, 3], '3 is no number of a position, which are 0 to 2'],
  [3, [2, 0, 1, 2, 3, 1, 1, 1, 0], 'position 1, (0, 3), does not follow the one before it'],
];

let device: GPUDevice;
beforeAll(async () => {
  device = await testDevice();
});
const opened: { dispose(): unknown }[] = [];
afterAll(async () => {
  for (const o of opened) await o.dispose();
});

it.each([2, 3] as const)('%i rows of right positions are taken', async (form) => {
  const p = Int32Array.from(RIGHT[form]);
  const [x, v] = [Float32Array.of(1, 10, 100, 1000), Float32Array.of(1, 2, 3)];
  for (const on of ['cpu', device] as const) {
    const session = await compile(added(form), { device: on, dims });
    opened.push(session);
    session.bind({ p, v });
    const { data } = await (await session.run({ x })).read('y');
    // Value j stands at position j, whatever order the third row has.
    expect(Array.from(data)).toEqual(form === 2 ? [1000, 20, 300, 0, 0] : [2000, 30, 100, 0, 0]);
  }
});

it.each(WRONG)('%i rows with %j are refused', async (form, table, says) => {
  const p = Int32Array.from(table);
  const session = await compile(added(form), { device, dims });
  opened.push(session);
  const refusal = {
    code: 'OFT4014',
    message: expect.stringContaining(`'sparse' reads positions in 'p': ${says}`),
  };
  expect(() => session.bind({ p })).toThrow(expect.objectContaining(refusal));
  session.bind({ v: new Float32Array(3) });
  await expect(session.run({ p, x: new Float32Array(4) })).rejects.toMatchObject(refusal);

  const executable = await Executable.create(device, session.plan('forward'));
  opened.push(executable);
  const refused = { code: 'IndexOutOfRange', message: expect.stringContaining(says) };
  expect(() => executable.bind('p', p)).toThrow(expect.objectContaining(refused));
  const others = { v: new Float32Array(3), x: new Float32Array(4) };
  expect(() => executable.run(1, { p, ...others })).toThrow(expect.objectContaining(refused));
});

it('no positions are right, and so are those of every element', () => {
  expect(wrongPosition([], 0, [5, 4])).toBeUndefined();
  const all = Array.from({ length: 20 }, (_, n) => n);
  const table = [...all.map((n) => Math.floor(n / 4)), ...all.map((n) => n % 4)];
  expect(wrongPosition(table, 20, [5, 4])).toBeUndefined();
});
