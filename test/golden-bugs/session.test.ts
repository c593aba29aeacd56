/** Regression tests of bugs in sessions. */
import { expect, it } from 'vitest';
import { oft } from '../../src/adapters/oft.ts';
import { compile, input, layer } from '../../src/index.ts';

it('binding what the layer does not have says what it has', async () => {
  const session = await compile(oft, { dims: { in: 8, out: 4, b: 4 }, device: 'cpu' });
  expect(() => session.bind({ w: new Float32Array(32) })).toThrow(
    "'oft' has no tensor 'w'; it takes x, W, v.0. Did you mean 'W'?",
  );
  await session.dispose();
});

it('a slice past the end at the number of tokens is refused, not read as zeros by a device', async () => {
  const cut = layer({ x: input('tokens', 'd') }, ({ x }) => x.slice(0, 1, 4));
  const session = await compile(cut, { dims: { d: 2 }, device: 'cpu' });
  const run = (tokens: number) => session.run({ x: new Float32Array(2 * tokens) });
  await expect(run(3)).rejects.toMatchObject({
    code: 'OFT2012',
    message: "slice: '5' is past the end of axis 0, 'tokens' at tokens = 3",
  });
  expect((await (await run(5)).readAll()).y!.shape).toEqual([4, 2]);
  await session.dispose();
});

it('a cotangent by the name of its gradient is refused with the name to give', async () => {
  const session = await compile(oft, { dims: { in: 8, out: 4, b: 4 }, device: 'cpu' });
  const g = new Float32Array(4);
  await expect(session.gradients({ x: new Float32Array(8) }, { 'grad.y': g })).rejects.toMatchObject({
    code: 'OFT4002',
    message: "a cotangent goes by the name of its output: 'y', not 'grad.y'",
  });
  await session.dispose();
});

it('a size among the options of compile is refused with the place for it', async () => {
  const options = { in: 8, out: 4, b: 4, device: 'cpu' } as const;
  await expect(compile(oft, options)).rejects.toMatchObject({
    code: 'OFT4016',
    message: expect.stringMatching(/no option 'in', 'out', 'b'; sizes go in dims: \{ in: … \}/),
  });
});

it('a number of tokens belongs to a run, and a run has no other option', async () => {
  await expect(
    compile(oft, { dims: { in: 8, out: 4, b: 4, tokens: 2 }, device: 'cpu' }),
  ).rejects.toMatchObject({
    code: 'OFT4016',
    message: 'the option dims has no tokens: each run gives their number',
  });
  const session = await compile(oft, { dims: { in: 8, out: 4, b: 4 }, device: 'cpu' });
  const options = { token: 1 } as object;
  await expect(session.run({ x: new Float32Array(8) }, options)).rejects.toMatchObject({
    code: 'OFT4016',
    message: "a run has no option 'token'; its options are tokens. Did you mean 'tokens'?",
  });
  await session.dispose();
});

it.each([
  [['exact'], "each entry of the option allow must be one of 'approximates', not 'exact'"],
  ['approximates', "the option allow must be a list, not 'approximates'"],
])('what a session is allowed is a list of permissions, not %j', async (allow, message) => {
  const options = { dims: { in: 8, out: 4, b: 4 }, device: 'cpu', allow } as never;
  await expect(compile(oft, options)).rejects.toMatchObject({ code: 'OFT4016', message });
});

it('a tensor with its shape is not taken for tensors by name', async () => {
  const session = await compile(oft, { dims: { in: 8, out: 4, b: 4 }, device: 'cpu' });
  const x = { data: new Float32Array(8), shape: [1, 8] };
  expect(() => session.bind(x as never)).toThrow(
    "what bind() is given must be an object of tensors by name, such as { W, 'v.0': … }, not one tensor",
  );
  await expect(session.run(x as never)).rejects.toMatchObject({
    code: 'OFT4016',
    message:
      "the inputs of run() must be an object of tensors by name, such as { x, W, 'v.0': … }, not one tensor",
  });
  const named = layer({ data: input('n'), shape: input('n') }, ({ data, shape }) => data.add(shape));
  const fields = await compile(named, { dims: { n: 1 }, device: 'cpu' });
  await fields.run({ data: new Float32Array(1), shape: new Float32Array(1) });
  for (const s of [session, fields]) await s.dispose();
});

it('a Float64Array keeps its values on the reference', async () => {
  const session = await compile(
    layer({ x: input('n'), y: input('n') }, ({ x, y }) => x.add(y)),
    { dims: { n: 1 }, device: 'cpu' },
  );
  session.bind({ x: Float64Array.of(1e-12) });
  const { y } = await (await session.run({ y: Float64Array.of(1) })).readAll();
  expect(y!.data[0]).toBe(1 + 1e-12);
  await session.dispose();
});
