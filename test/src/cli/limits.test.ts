/** Sizes that no kernel can count are refused by every command that makes kernels, before anything is written. */
import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { limits } from '../../../compiler/limits.ts';
import { at, f32, layerFile, oftc, tensorFile } from './harness.ts';

const LINEAR = layerFile(
  'linear.ts',
  `import { frozen, input, layer } from 'oftc';
export const linear = layer({ x: input('tokens', 'in'), W: frozen('out', 'in') }, ({ x, W }) => x.matmul(W.T));`,
);
const REPEATED = layerFile(
  'repeated.ts',
  `import { expand, input, layer } from 'oftc';
export const repeated = layer({ x: input('tokens', 'in') }, ({ x }) => expand(x.reshape('tokens', 1, 'in'), 'tokens', 2147483647, 'in'));`,
);
const SUMMED = layerFile(
  'summed.ts',
  `import { expand, input, layer, sum } from 'oftc';
export const summed = layer({ x: input('tokens', 'in'), s: input('in') }, ({ x, s }) =>
  x.mul(sum(expand(s.reshape(1, 1, 'in'), 2147483647, 2147483647, 'in'), [0, 1]).reshape('in')));`,
);
const SAYS = `the limit is 2,147,483,647, because ${limits.tensorElements.because}`;

it.each([
  ['explain', LINEAR, '--dims', 'in=2147483647,out=2147483647'],
  ['build', LINEAR, '--dims', 'in=65536,out=65536', '-o', at('huge')],
  ['explain', REPEATED, '--dims', 'in=2'],
  ['build', SUMMED, '--dims', 'in=2', '-o', at('huge')],
])('oftc %s %s %s %s is refused', async (...argv) => {
  const { exit, stderr } = await oftc(...argv);
  expect(exit).toBe(1);
  expect(stderr).toContain('KernelError');
  expect(stderr).toContain(SAYS);
  expect(existsSync(at('huge'))).toBe(false);
});

it('oftc run refuses such sizes before it writes', async () => {
  const inputs = tensorFile('two.safetensors', f32('x', [1, 2]));
  const out = at('repeated.safetensors');
  const { exit, stderr } = await oftc('run', REPEATED, '--input', inputs, '--output', out);
  expect(exit).toBe(1);
  expect(stderr).toContain(SAYS);
  expect(existsSync(out)).toBe(false);
});

it('a matrix that is never formed may be larger', async () => {
  const block = layerFile(
    'block.ts',
    `import { blockDiag, input, layer, trainable } from 'oftc';
export const block = layer({ x: input('tokens', 'in'), B: trainable('r', 'b', 'b') }, ({ x, B }) => x.matmul(blockDiag(B)), { where: { in: 'r*b' } });`,
  );
  expect(await oftc('explain', block, '--dims', 'r=65536,b=2')).toMatchObject({ exit: 0 });
});
