/** `oftc run` warns where the Cayley–Neumann series diverges, and still computes. */
import { expect, it } from 'vitest';
import { at, f32, layerFile, OFT, oftc, tensorFile } from './harness.ts';

/**
 * Generators of two 4 × 4 blocks: the first turns by `angle` in one plane, the second turns a little in every plane.
 */
const generators = (angle: number) => ({
  ...f32('v', [2, 6], 0.01),
  data: Float32Array.from({ length: 12 }, (_, i) => (i === 0 ? angle : i < 6 ? 0 : 0.01)),
});

async function run(name: string, file: string, v: ReturnType<typeof generators>) {
  const input = tensorFile(`${name}.safetensors`, f32('x', [3, 8]), f32('W', [5, 8]), v);
  const output = at(`${name}-out.safetensors`);
  return oftc('run', file, '--input', input, '--output', output, '--device', 'cpu');
}

it('the warning names the parameter, its norm and the block', async () => {
  const { exit, stdout, stderr } = await run('far', layerFile('far.ts', OFT), generators(1.25));
  expect(exit).toBe(0);
  expect(stderr).toMatch(
    /^warning: 'v': ‖Q‖₂ is at least 1\.25 \(block 0; 1 of 2 blocks reach 1\), where the truncated Cayley–Neumann series diverges/,
  );
  expect(stdout).not.toMatch(/warning/);
});

it('there is no warning below a norm of 1', async () => {
  expect((await run('near', layerFile('near.ts', OFT), generators(0.99))).stderr).toBe('');
});

it('there is no warning where ‖v‖₂ ≥ 1 but every turn is below 1', async () => {
  const v = { ...generators(0), data: new Float32Array(12) };
  v.data[0] = 0.9; // the planes (0, 1) and (2, 3): ‖v‖₂ = 1.27, ‖Q‖₂ = 0.9
  v.data[5] = 0.9;
  expect((await run('planes', layerFile('planes.ts', OFT), v)).stderr).toBe('');
});

it('there is no warning about the exact transform', async () => {
  const exact = OFT.replaceAll('cayleyNeumann(skew(v), { terms: c.terms })', 'cayley(skew(v))').replace(
    'cayleyNeumann',
    'cayley',
  );
  expect((await run('exact', layerFile('exact.ts', exact), generators(3))).stderr).toBe('');
});
