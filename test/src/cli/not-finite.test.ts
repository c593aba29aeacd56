/** `oftc run` names the outputs that hold NaN or infinities, and still writes them. */
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { at, f32, layerFile, oftc, tensorFile } from './harness.ts';

const SCALED = layerFile(
  'scaled.ts',
  `import { input, layer, trainable } from 'oftc';

export const scaled = layer(
  { x: input('tokens', 'in'), s: trainable('in') },
  ({ x, s }) => ({ y: x.mul(s), ratio: x.div(s) }),
);
`,
);

const run = async (name: string, x: readonly number[], s: readonly number[], ...more: string[]) => {
  const input = tensorFile(
    `${name}.safetensors`,
    { ...f32('x', [2, 3]), data: Float32Array.from(x) },
    { ...f32('s', [3]), data: Float32Array.from(s) },
    ...(more.includes('--grad') ? [f32('grad.y', [2, 3]), f32('grad.ratio', [2, 3])] : []),
  );
  const output = at(`${name}-out.safetensors`);
  return { ...(await oftc('run', SCALED, '--input', input, '--output', output, ...more)), output };
};

it.each(['cpu', 'gpu'])('names each output, how much of it and the first, on %s', async (device) => {
  const { exit, stdout, stderr, output } = await run(
    `zero-${device}`,
    [1, 2, 3, 4, 5, 0],
    [1, 1, 0],
    '--device',
    device,
  );
  expect(exit).toBe(0);
  expect(stderr).toBe(
    "warning: 'ratio': 2 of 6 elements are not finite, the first Infinity at [0, 2]; every tensor given is finite: one that it is computed from overflowed, or was divided by 0\n",
  );
  expect(stdout).toContain('wrote ');
  expect((await readFile(output)).length).toBeGreaterThan(48);
});

it('names a given tensor that is not finite, and fills a field of --json', async () => {
  const { stdout, stderr } = await run(
    'given',
    [1, Number.NaN, 3, 4, 5, 6],
    [1, 1, 1],
    '--device',
    'cpu',
    '--json',
  );
  expect(stderr).toMatch(
    /^warning: 'y': 1 of 6 elements is not finite, the first NaN at \[0, 1\]; 'x', which was given, is not finite either\nwarning: 'ratio'/,
  );
  const found = { elements: 1, of: 6, first: 1, index: [0, 1], value: 'NaN' };
  expect(JSON.parse(stdout).notFinite).toEqual({ y: found, ratio: found });
});

it('names gradients, and a result that f32 cannot hold', async () => {
  const { exit, stderr } = await run('grad', [1, 2, 3, 4, 5, 6], [1, 1, 0], '--device', 'cpu', '--grad');
  expect(exit).toBe(0);
  expect(stderr).toMatch(/warning: 'grad\.s': 1 of 3 elements is not finite/);
  const large = await run('large', [3e38, 1, 1, 1, 1, 1], [10, 1, 1], '--device', 'cpu');
  expect(large.stderr).toMatch(
    /^warning: 'y': 1 of 6 elements is not finite, the first Infinity at \[0, 0\]/,
  );
});

it('is silent where every element is finite', async () => {
  const { stderr, stdout } = await run('finite', [1, 2, 3, 4, 5, 6], [1, 1, 1], '--device', 'cpu', '--json');
  expect(stderr).toBe('');
  expect(JSON.parse(stdout).notFinite).toEqual({});
});
