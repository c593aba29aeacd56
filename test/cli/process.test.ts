/** The built program as a process: exit codes, clean stdout, any working folder, no device. Needs `npm run build`. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { at, f32, folder, layerFile, OFT, SHAPES, tensorFile } from './harness.ts';

const built = (name: string): string => {
  const path = fileURLToPath(new URL(`../../dist/src/cli/${name}`, import.meta.url));
  if (!existsSync(path)) throw new Error(`${path} is missing: npm run build`);
  return path;
};

/** Vulkan's loader reads both; there is no driver at the path, so Dawn finds no adapter. */
const NO_DEVICE = { VK_DRIVER_FILES: '/nonexistent', VK_ICD_FILENAMES: '/nonexistent' };

const start = (script: string, argv: readonly string[], env: Record<string, string> = {}) =>
  spawnSync(process.execPath, [built(script), ...argv], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });

layerFile('built.ts', OFT);
await tensorFile('built.st', f32('x', SHAPES.x), f32('W', SHAPES.W), f32('v', SHAPES.v));
const RUN = ['run', 'built.ts', '--input', 'built.st', '--output', 'built-y.st'];

test('runs on the default device from another folder, stdout clean', () => {
  const { status, stdout } = start('main.js', [...RUN, '--json']);
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ outputs: { y: [3, 5] } });
});

test('a refusal exits with 1, wrong usage with 2', () => {
  const refused = start('main.js', ['explain', 'built.ts', '--dims', 'in=10,b=4']);
  expect(refused).toMatchObject({ status: 1, stdout: '' });
  expect(refused.stderr).toMatch(/^error OFT3003: in = 10, and 'b\*r' must equal it/);
  expect(start('main.js', ['explain', 'built.ts', '--dims', 'in=x'])).toMatchObject({
    status: 2,
    stdout: '',
  });
});

test.runIf(process.platform === 'linux')(
  'without a device: 3, and doctor and demo say what to install',
  () => {
    const argv = RUN.map((a) => (a === 'built-y.st' ? 'never.st' : a));
    const run = start('main.js', argv, NO_DEVICE);
    expect(run).toMatchObject({ status: 3, stdout: '' });
    expect(run.stderr).toMatch(/error DeviceMissing: no GPU adapter found\..*--device cpu.*oftc doctor/s);
    expect(existsSync(at('never.st'))).toBe(false);
    const doctor = start('main.js', ['doctor', '--json'], NO_DEVICE);
    expect(doctor.status).toBe(1);
    expect(JSON.parse(doctor.stdout)).toMatchObject({
      device: null,
      install: expect.stringMatching(/Vulkan/),
    });
    const demo = start('demo.js', [], NO_DEVICE);
    expect(demo.status).toBe(3);
    expect(demo.stderr).toMatch(/No WebGPU device\..*npm run demo -- --device cpu/s);
  },
);

test('the demo on the reference', () => {
  const { status, stdout } = start('demo.js', ['--device', 'cpu']);
  expect(status).toBe(0);
  expect(stdout).toMatch(/all within 5e-6.*as written takes/s);
});
