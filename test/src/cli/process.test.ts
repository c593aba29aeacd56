/** The built program as a process: exit codes, clean stdout, any working folder, no device. Needs `npm run build`. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, copyFileSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { sample } from '../../support/sample.ts';
import { at, f32, folder, layerFile, OFT, oftc, SHAPES, tensorFile } from './harness.ts';

const built = (name: string): string => {
  const path = fileURLToPath(new URL(`../../../dist/src/cli/${name}`, import.meta.url));
  if (!existsSync(path)) throw new Error(`${path} is missing: npm run build`);
  return path;
};

/** An environment without a device: Vulkan's loader looks for drivers at these paths and finds none. */
const NO_DEVICE = { VK_DRIVER_FILES: '/nonexistent', VK_ICD_FILENAMES: '/nonexistent' };

const start = (script: string, argv: readonly string[], env: Record<string, string> = {}) =>
  spawnSync(process.execPath, [built(script), ...argv], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });

layerFile('built.ts', OFT);
tensorFile('built.st', f32('x', SHAPES.x), f32('W', SHAPES.W), f32('v', SHAPES.v));
const RUN = ['run', 'built.ts', '--input', 'built.st', '--output', 'built-y.st'];

test('runs on the default device from another folder, stdout and stderr clean', () => {
  const { status, stdout, stderr } = start('main.js', [...RUN, '--json']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(JSON.parse(stdout)).toMatchObject({ outputs: { y: [3, 5] } });
});

test('before the first build, the program says what to run', () => {
  mkdirSync(at('clone/bin'), { recursive: true });
  copyFileSync(new URL('../../../bin/oftc.mjs', import.meta.url), at('clone/bin/oftc.mjs'));
  const { status, stdout, stderr } = spawnSync(process.execPath, [at('clone/bin/oftc.mjs')], {
    encoding: 'utf8',
  });
  expect({ status, stdout, stderr }).toEqual({
    status: 1,
    stdout: '',
    stderr: 'oftc is not built here yet: run `npm run build`\n',
  });
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
  'without a device the exit code is 3, and doctor and demo say what to install',
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

/** Runs the program while the reader of one of its output streams has closed it. */
async function unread(stream: 'stdout' | 'stderr', argv: readonly string[]) {
  const child = spawn(process.execPath, [built('main.js'), ...argv], { cwd: folder });
  child[stream].destroy();
  let text = '';
  child[stream === 'stdout' ? 'stderr' : 'stdout'].on('data', (chunk) => (text += chunk));
  const [status] = await once(child, 'close');
  return { status, text };
}

layerFile(
  'failing.ts',
  `import { frozen, input, layer } from 'oftc';
export const failing = layer({ x: input('tokens', 'in'), W: frozen('in', 'in') }, ({ x, W }) => x.matmul(W), {
  claims: ({ W }) => ({ weight: W }),
});
`,
);
const CHECK = ['check', 'failing.ts', '--device', 'cpu'];
const EXPLAIN = ['explain', 'built.ts'];
const UNEQUAL = ['--dims', 'in=10,b=4'];

test('a failed check exits with 1 even where nobody reads its output', async () => {
  const read = start('main.js', CHECK);
  expect(read.status, read.stderr).toBe(1);
  expect(read.stdout).toMatch(/failed|✗|not/);
  // A slow check also prints what it verifies.
  const said = (text: string) => text.replace(/^Checking .*\n/gm, '');
  const { status, text } = await unread('stdout', CHECK);
  expect({ status, text: said(text) }).toEqual({ status: 1, text: said(read.stderr) });
});

test.each(
  sample(
    [
      ['a check as JSON', ...CHECK, '--json'],
      ['a refusal as JSON', ...EXPLAIN, ...UNEQUAL, '--json'],
      ['a refusal of a file as JSON', 'inspect', 'nowhere.st', '--json'],
      ['a refusal', 'inspect', 'nowhere.st'],
    ],
    ['a refusal', 'a refusal of a file as JSON'],
  ),
)('%s exits with 1 where nobody reads its output', async (_, ...argv) => {
  expect(await unread('stdout', argv)).toMatchObject({ status: 1 });
});

test('a closed stdout ends the program with 0', async () => {
  expect(await unread('stdout', EXPLAIN)).toEqual({ status: 0, text: '' });
});

test('a closed stderr does not end the program', async () => {
  expect(await unread('stderr', ['inspect', 'nowhere.st'])).toMatchObject({ status: 1 });
  tensorFile('apart.st', f32('x', SHAPES.x, 1e30), f32('W', SHAPES.W), f32('v', SHAPES.v, 1e3));
  const run = (file: (name: string) => string) => [
    ...['run', file('built.ts'), '--device', 'cpu', '--input', file('apart.st')],
    ...['--output', file('apart-y.st')],
  ];
  expect((await oftc(...run(at))).stderr).toMatch(/^warning: /);
  const { status, text } = await unread(
    'stderr',
    run((name) => name),
  );
  expect({ status, text }).toMatchObject({ status: 0, text: expect.stringContaining('wrote apart-y.st') });
});

test.runIf(process.platform === 'linux')('a full disk under stdout is a failure in one line', () => {
  const full = openSync('/dev/full', 'w');
  const { status, stderr } = spawnSync(process.execPath, [built('main.js'), 'explain', 'OFT3003'], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', full, 'pipe'],
  });
  closeSync(full);
  expect(status).toBe(1);
  expect(stderr).toMatch(/^error IoError: cannot write to stdout: ENOSPC.*\n$/);
});

test('the demo runs on the reference', () => {
  const { status, stdout } = start('demo.js', ['--device', 'cpu']);
  expect(status).toBe(0);
  expect(stdout).toMatch(/all within 5e-6.*as written takes/s);
});

test('modules that read no source load no TypeScript', () => {
  // The modules that run a method of the library, and those that print refusals.
  const code = `
    import { createRequire } from 'node:module';
    const [, ...modules] = process.argv;
    await Promise.all(modules.map((m) => import(m)));
    console.log(Object.keys(createRequire(import.meta.url).cache).filter((file) => /typescript/.test(file)));`;
  const modules = ['../index.js', 'commands/finetune.js', 'errors.js'].map(built);
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', code, ...modules], {
    encoding: 'utf8',
  });
  expect(stdout).toBe('[]\n');
});
