/** The files of `oftc build`: equal bytes each time, types that check callers, and no file at all after a refusal. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { CLASSES } from '../../../compiler/devices/index.ts';
import { BUILT } from '../../../src/targets/built.ts';
import { layerFile, oftc } from '../cli/harness.ts';
import { examples, project, root } from './harness.ts';

const DIMS = ['--dims', 'in=8,out=6,b=4'];
/** Builds for one class of devices, in tests where the class does not matter. */
const ONE = ['--devices', 'portable'];
const fresh = () => mkdtempSync(join(tmpdir(), 'oftc-built-'));
const texts = (folder: string) =>
  Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((f) => [f, readFileSync(join(folder, f), 'utf8')]),
  );

test('names the laws of the derivation that was taken, and of no other', async () => {
  const folder = fresh();
  await oftc('build', examples, ...DIMS, ...ONE, '-o', folder);
  const text = texts(folder)['oft.js']!;
  expect(text).toContain('packskew-product:');
  // This rule belongs to the derivation for few tokens, which no variant takes: it costs more at every token count.
  expect(text).not.toContain('blocks-on-rows:');
});

test('builds are equal byte for byte, in another process and folder too', async () => {
  const [here, again, elsewhere] = [fresh(), fresh(), fresh()];
  const { stdout } = await oftc('build', examples, ...DIMS, '-o', here, '--json');
  const { files, devices } = JSON.parse(stdout) as {
    files: string[];
    devices: { name: string; bytes: number }[];
  };
  expect(files).toEqual([join(here, 'oft.js'), join(here, 'oft.d.ts')]);
  expect(devices.map((d) => d.name)).toEqual(CLASSES.map((c) => c.name));
  // The file holds a kernel once, but each class that runs it counts its bytes.
  const size = files.reduce((sum, f) => sum + readFileSync(f).length, 0);
  expect(devices.reduce((sum, d) => sum + d.bytes, 0)).toBeGreaterThan(size);
  await oftc('build', examples, ...DIMS, '-o', again);
  const cli = join(root, 'dist/src/cli/main.js');
  const argv = [cli, 'build', 'oft.ts', ...DIMS, '-o', elsewhere];
  const { status, stderr } = spawnSync(process.execPath, argv, {
    cwd: join(root, 'examples'),
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const built = texts(here);
  expect(Object.keys(built)).toEqual(['oft.d.ts', 'oft.js']);
  expect(texts(again)).toEqual(built);
  expect(texts(elsewhere)).toEqual(built);
  expect(built['oft.js']).not.toContain(root);
});

test('records provenance, sizes and configuration', async () => {
  const folder = fresh();
  const library = join(root, 'src/adapters/oft.ts');
  await oftc('build', library, '--set', 'terms=3', ...DIMS, ...ONE, '-o', folder, '--no-grad');
  const { 'oft.js': js, 'oft.d.ts': types } = texts(folder);
  expect(js).toMatch(/^\/\/ Built by oftc \d+\.\d+\.\d+ from oft\.ts: /);
  expect(js).toContain('\n//   matmul-flatten: A·(B·C) = A·B·C = (A·B)·C\n');
  expect(js).toMatch(/\n\/\/ y = x·\(diag\(.*\)·Wᵀ\)\n/);
  expect(js).toContain('export const dims = { b: 4, in: 8, out: 6, r: 2 };');
  expect(js).toContain('terms: 3');
  expect(js).not.toContain('grad.');
  expect(types).toContain('LayerModule<OftInputs, OftParameters, OftOutputs>;');
});

test('derives as much as is asked for, and records it', async () => {
  const built = async (file: string, ...more: string[]): Promise<string> => {
    const folder = fresh();
    const argv = ['build', file, ...DIMS, ...ONE, '--no-grad', '-o', folder, ...more];
    expect(await oftc(...argv)).toMatchObject({ exit: 0, stderr: '' });
    return texts(folder)['oft.js']!;
  };
  const steps = (js: string) => [...js.matchAll(/"label":"([^"]*)"/g)].map(([, label]) => label);
  const [derived, written] = [await built(examples), await built(examples, '--as-written')];
  expect(written).toContain('\nexport const asWritten = true;\n');
  expect(written).not.toMatch(/^\/\/ {3}[\w-]+: /m);
  expect(steps(written)).not.toEqual(steps(derived));
  // `oftc rewrite` prints the derived program for many tokens. Built with --pinned, it is not derived again.
  const { stdout } = await oftc('rewrite', examples, ...DIMS);
  const pinned = await built(layerFile('rewritten.ts', stdout), '--pinned');
  expect(pinned).toContain('\nexport const pinned = true;\n');
  expect(steps(pinned).length).toBeGreaterThan(1);
  expect(steps(derived).slice(-steps(pinned).length)).toEqual(steps(pinned));
});

test('a quantised tensor is taken as its words', async () => {
  const folder = fresh();
  const built = await oftc('build', examples, ...DIMS, ...ONE, '--quantize', 'W=nf4-double', '-o', folder);
  expect(built).toMatchObject({ exit: 0, stderr: '' });
  const { 'oft.js': js, 'oft.d.ts': types } = texts(folder);
  expect(js).toContain('export const quantized = { W: { format: "nf4", block: 64, nested: 256 } };');
  expect(js).toContain('"storage":{"format":"nf4:64 nested:256","bytes":1060}');
  expect(types).toContain('/** frozen, nf4:64 nested:256 (6, 8) */\n  readonly W: Uint32Array | GPUBuffer;');
  expect(types).toContain('export declare const quantized: {');
});

test('titles and names of outputs may hold anything', async () => {
  const folder = fresh();
  const built = await oftc('build', layerFile('many.ts', MANY), '--dims', 'in=4', ...ONE, '-o', folder);
  expect(built).toMatchObject({ exit: 0, stderr: '' });
  const { 'many.js': js } = texts(folder);
  const { diagnostics } = ts.transpileModule(js!, { reportDiagnostics: true });
  expect(diagnostics?.map((d) => d.messageText)).toEqual([]);
  expect(js).not.toMatch(/^throw/m);
});

test('types name every tensor, its array and its role', async () => {
  const folder = project('@webgpu/types');
  await oftc('build', examples, ...DIMS, ...ONE, '-o', folder);
  await oftc('build', layerFile('half.ts', MANY), '--dims', 'in=4', ...ONE, '-o', folder, '--no-grad');
  const use = join(folder, 'use.ts');
  writeFileSync(use, USE);
  const program = ts.createProgram([use], {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    lib: ['lib.es2023.d.ts'],
    types: [join(root, 'node_modules/@webgpu/types')],
  });
  const errors = ts.getPreEmitDiagnostics(program);
  expect(errors.map((e) => ts.flattenDiagnosticMessageText(e.messageText, '\n'))).toEqual([]);
});

const MANY = `
import { frozen, input, layer } from 'oftc';

export const many = layer(
  { x: input('tokens', 'in', { dtype: 'f16' }), W: frozen('in', 'in', { dtype: 'f16' }) },
  ({ x, W }) => ({ '*/ throw 1;\\nthrow \`\${1}': x.matmul(W), z: x.mul(2) }),
  { name: '../title */\\nthrow 1;' },
);
`;

const USE = `
import { create, dims, type OftLayer } from './oft.js';
import * as many from './many.js';

declare const device: GPUDevice;
declare const buffer: GPUBuffer;
const f32 = new Float32Array(8);

const layer: OftLayer = await create(device);
await layer.bind({ W: f32, v: buffer });
const { y } = await layer.run({ x: f32 }).readAll();
const first: Float32Array = y;
const result = layer.gradients({ x: buffer, v: f32 }, { y: f32 }, { tokens: 2 });
const v: Float32Array = await result.read('grad.v');
const kept: GPUBuffer = result.outputs['grad.x'];
const eight: 8 = dims.in;
layer.dispose();

const half = await many.create(device);
const { z }: { z: Uint16Array } = await half.run({ x: new Uint16Array(4) }).readAll();

export { first, v, kept, eight, z };

// @ts-expect-error x is given to each run
await layer.bind({ x: f32 });
// @ts-expect-error there is no w
await layer.bind({ w: f32 });
// @ts-expect-error x is missing
layer.run({});
// @ts-expect-error x is f32
layer.run({ x: new Int32Array(8) });
// @ts-expect-error there is no cotangent of x
layer.gradients({ x: f32 }, { x: f32 });
// @ts-expect-error gradients give no grad.W
await result.read('grad.W');
// @ts-expect-error built without gradients
half.gradients({ x: buffer }, {});
`;

test('a refused build leaves no file behind', async () => {
  const folder = join(fresh(), 'new');
  const refused = async (exit: number, message: RegExp, ...argv: string[]) => {
    const outcome = await oftc('build', examples, ...argv);
    expect(outcome).toMatchObject({ exit, stdout: '', stderr: expect.stringMatching(message) });
  };
  await refused(1, /OFT3006: unbound dimension.*--dims/, '--dims', 'in=8,b=4', '-o', folder);
  await refused(1, /OFT3003/, '--dims', 'in=10,out=6,b=4', '-o', folder);
  await refused(1, /OFT1041|no layer|'nope'/, ...DIMS, '--layer', 'nope', '-o', folder);
  await refused(2, /'tokens' is not bound/, '--dims', 'in=8,out=6,b=4,tokens=2', '-o', folder);
  await refused(2, /required option '-o, --output <dir>'/, ...DIMS);
  expect(statSync(folder, { throwIfNoEntry: false })).toBeUndefined();
});

test("replaces its own files and nobody else's", async () => {
  const folder = fresh();
  const build = (to: string) => oftc('build', examples, ...DIMS, ...ONE, '-o', to);
  writeFileSync(join(folder, 'oft.js'), `${BUILT}0.0.0 from oft.ts\n`);
  expect(await build(folder)).toMatchObject({ exit: 0 });
  const built = texts(folder);
  writeFileSync(join(folder, 'oft.d.ts'), 'export {};\n');
  expect(await build(folder)).toMatchObject({
    exit: 2,
    stderr: expect.stringMatching(/oft\.d\.ts' was not written by oftc build/),
  });
  expect(texts(folder)).toEqual({ ...built, 'oft.d.ts': 'export {};\n' });

  expect(await build(join(folder, 'oft.js'))).toMatchObject({
    exit: 2,
    stderr: expect.stringMatching(/oft\.js is a file: name a folder/),
  });
  const blocked = fresh();
  mkdirSync(join(blocked, 'oft.d.ts'));
  expect(await build(blocked)).toMatchObject({
    exit: 2,
    stderr: expect.stringMatching(/oft\.d\.ts is a folder: name another folder with -o/),
  });
  expect(readdirSync(blocked)).toEqual(['oft.d.ts']);
});

test('--devices chooses classes, in their own order, each with its own kernels alone', async () => {
  const [first] = CLASSES;
  const [all, one, two] = [fresh(), fresh(), fresh()];
  await oftc('build', examples, ...DIMS, '-o', all);
  await oftc('build', examples, ...DIMS, '-o', one, '--devices', first!.name);
  await oftc('build', examples, ...DIMS, '-o', two, '--devices', 'portable, gpu');
  const named = (folder: string) =>
    [...texts(folder)['oft.js']!.matchAll(/\{"name":"([a-z-]+)","devices":/g)].map((m) => m[1]);
  expect(named(all)).toEqual([...CLASSES, ...CLASSES].map((c) => c.name));
  expect(named(one)).toEqual([first!.name, first!.name]);
  expect(named(two)).toEqual(['gpu', 'portable', 'gpu', 'portable']);
  expect(texts(one)['oft.js']!.length).toBeLessThan(0.7 * texts(all)['oft.js']!.length);
  const { exit, stderr } = await oftc('build', examples, ...DIMS, '-o', fresh(), '--devices', 'gpu,abacus');
  expect(exit).toBe(2);
  const names = CLASSES.map((c) => c.name).join(', ');
  expect(stderr).toContain(`'abacus' is no class of devices: name some of ${names}`);
});
