/** Regression tests of constants beside tensors of f16: a number took f32, and mixed dtypes were refused. */
import { describe, expect, it } from 'vitest';
import { programNotes } from '../../compiler/ir/notes.ts';
import { decodeF16, encodeF16 } from '../../src/formats/safetensors/half.ts';
import {
  cayleyNeumann,
  compile,
  frozen,
  hadamard,
  identity,
  input,
  layer,
  scalar,
  skew,
  type Tensor,
} from '../../src/index.ts';
import { testDevice } from '../support/device.ts';

const of = (body: (x: Tensor, v: Tensor) => Tensor) =>
  layer(
    { x: input('tokens', 'n', { dtype: 'f16' }), v: frozen('tri(n)', { dtype: 'f16' }) },
    ({ x, v }: Record<string, Tensor>) => body(x!, v!),
  );

const CASES: readonly [string, (x: Tensor, v: Tensor) => Tensor, readonly number[]][] = [
  ['a sum with a number', (x) => x.add(0.5), [1.5, 2.5]],
  ['a number less a tensor', (x) => scalar(3).sub(x), [2, 1]],
  ['a quotient', (x) => x.div(4), [0.25, 0.5]],
  ['an identity, scaled', (x) => x.matmul(identity('n').mul(2).add(identity('n'))), [3, 6]],
  ['a Hadamard matrix', (x) => x.matmul(hadamard('n')), [3, -1]],
  ['a truncated series', (x, v) => x.matmul(cayleyNeumann(skew(v), { terms: 2 })), [-1, 3]],
];

describe.each(['cpu', 'gpu'] as const)('on %s, f16 stays f16 beside', (where) => {
  it.each(CASES)('%s', async (_, body, expected) => {
    const device = where === 'cpu' ? where : await testDevice();
    const session = await compile(of(body), { dims: { n: 2 }, device });
    session.bind({ v: encodeF16(Float32Array.of(0.5)) });
    const { y } = await (await session.run({ x: encodeF16(Float32Array.of(1, 2)) })).readAll();
    const data: ArrayLike<number> = y!.data instanceof Uint16Array ? decodeF16(y!.data) : y!.data;
    expect([...Array.from(data)]).toEqual(expected);
    const dy = encodeF16(Float32Array.of(1, 1));
    const gradients = await session.gradients({ x: encodeF16(Float32Array.of(1, 2)) }, { y: dy });
    expect(Object.keys(await gradients.readAll())).toContain('grad.x');
    await session.dispose();
  });
});

it.each([
  [
    '1e6, which f16 does not hold',
    1e6,
    /the constant 1000000 stands beside f16, whose largest number is 65504/,
  ],
  ['1e-9, which f16 rounds to 0', 1e-9, /the constant 1e-9 stands beside f16, which rounds it to 0/],
])('a note names the constant %s', (_, c, note) => {
  for (const body of [(x: Tensor) => x.mul(c), (x: Tensor) => x.add(c)])
    expect(programNotes(of(body).trace()).join()).toMatch(note);
  expect(programNotes(of((x) => x.mul(0.001).add(60000)).trace()).join()).not.toMatch(/constant/);
});

it.each<[string, (x: Tensor) => Tensor, RegExp | undefined]>([
  [
    'a product of numbers',
    (x) => x.mul(scalar(1000).mul(1000)),
    /the constant 1000000 stands beside f16, whose/,
  ],
  ['a product that f16 holds', (x) => x.mul(scalar(1000).mul(0.001)), undefined],
  [
    'a scaled identity',
    (x) => x.matmul(identity('n').mul(1000).mul(1000)),
    /the constant 1000000 .* infinite/,
  ],
  ['a quotient', (x) => x.div(1e-9), /the constant 1\/1e-9 stands beside f16, whose largest/],
  ['a quotient by a product', (x) => x.div(scalar(1e-5).mul(1e-4)), /the constant 1\/1e-9 .* infinite/],
  ['a quotient by a large product', (x) => x.div(scalar(1e5).mul(1e5)), /1\/10000000000 .* rounds it to 0/],
  ['a quotient by a large number', (x) => x.div(1e6), undefined],
  ['the quotient of a number', (x) => scalar(1e6).div(x), /1000000 .*the result becomes infinite/],
])('the note names what %s is', (_, body, note) => {
  const said = programNotes(of(body).trace()).filter((n) => n.includes('the constant'));
  if (note === undefined) expect(said).toEqual([]);
  else expect(said).toEqual([expect.stringMatching(note)]);
});
