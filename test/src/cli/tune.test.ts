/** `oftc tune`, and commands that compile with its table. */
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { tunablesOf } from '../../../kernels-gen/tune/candidates.ts';
import { traitsOf } from '../../../runtime/choose.ts';
import { requestDevice } from '../../../runtime/device.ts';
import { nodeGpu } from '../../../runtime/node.ts';
import { classOf } from '../../../src/session/backends/gpu.ts';
import { compile, variantsOf } from '../../../src/session/session.ts';
import { Bench, clockOf } from '../../../src/tune/measure.ts';
import { readTuning } from '../../../src/tune/read.ts';
import { printTuning, type TuningEntry } from '../../../src/tune/table.ts';
import { testDevice } from '../../support/device.ts';
import { relativeError } from '../../support/golden.ts';
import { at, f32, layerFile, oftc, tensorFile } from './harness.ts';

const source = layerFile(
  'tuned.ts',
  `import { frozen, input, layer } from 'oftc';

export const product = layer({ x: input('tokens', 'in'), W: frozen('out', 'in') }, ({ x, W }) => x.matmul(W.T));
`,
);
/** The name of the tests' device's class. */
const ownClass = async () => classOf(await testDevice()).name;
const DIMS = ['--dims', 'in=64,out=48'];
/** Runs `oftc tune`, unless told otherwise with a budget that no machine is slow enough to use up. */
const tune = (...more: string[]) =>
  oftc('tune', source, ...DIMS, '--tokens', '40', ...(more.includes('--budget') ? [] : UNHURRIED), ...more);
const UNHURRIED = ['--budget', '1000000'];

/** The table of the one measurement that tests share. No test changes this file. */
const MEASURED = at('measured.json');
let measuring: ReturnType<typeof tune> | undefined;
function measured() {
  measuring ??= tune('--table', MEASURED, '--json');
  return measuring;
}

/** A copy of the measured table for one test. Measuring anew takes minutes where nothing is compiled yet. */
async function measuredAs(name: string): Promise<string> {
  await measured();
  copyFileSync(MEASURED, at(name));
  return at(name);
}

/** Writes the table as if another schedule had been faster, so that the test does not depend on real times. */
function decided(from: string, to: string): TuningEntry {
  const [entry] = readTuning(from).entries;
  const { schedule } = entry!.times.find((t) => t.schedule !== null && t.schedule !== entry!.default)!;
  const made: TuningEntry = { ...entry!, outcome: 'faster', schedule };
  writeFileSync(to, printTuning({ entries: [made] }));
  return made;
}

test('measures the kernels, keeps what it finds and measures it no more', async () => {
  const first = await measured();
  const path = await measuredAs('tuned.json');
  expect(first).toMatchObject({ exit: 0, stderr: '' });
  const report = JSON.parse(first.stdout);
  expect(report).toMatchObject({ layer: 'product', tokens: 40, table: MEASURED, clock: 'timestamps' });
  expect(report.kernels).toHaveLength(1);
  expect(report.kernels[0]).toMatchObject({ kernel: 'matmul', known: false });
  expect(report.kernels[0].seconds).toBeGreaterThan(0);
  const [entry] = readTuning(path).entries;
  expect(entry).toMatchObject({ bucket: 64, tokens: 40, oftc: '0.1.0' });
  expect(entry!.times.length).toBeGreaterThan(2);
  const settled = decided(path, path);
  const again = await tune('--table', path);
  expect(again.stdout).toMatch(/product on .*tokens = 40, by the device’s clock/);
  expect(again.stdout).toContain(settled.schedule!);
  expect(again.stdout).toMatch(/faster \(known before\)/);
  expect(readTuning(path).entries).toEqual([settled]);
});

test('a table is exported and imported; a damaged one changes nothing', async () => {
  const [own, sent, other] = [await measuredAs('own.json'), at('sent.json'), at('other.json')];
  expect((await tune('--table', own, '--export', sent)).exit).toBe(0);
  const entry = decided(sent, sent);
  expect((await tune('--table', other, '--import', sent, '--budget', '0')).exit).toBe(0);
  expect(readTuning(other).entries).toEqual([entry]);

  writeFileSync(sent, readFileSync(sent, 'utf8').slice(0, 100));
  const before = readFileSync(other, 'utf8');
  expect(await tune('--table', other, '--import', sent)).toMatchObject({ exit: 1 });
  expect((await tune('--table', other, '--import', sent)).stderr).toMatch(
    /^error InvalidTuning: '.*sent\.json' is not/,
  );
  expect(readFileSync(other, 'utf8')).toBe(before);
  expect((await tune('--table', sent)).stderr).toContain('InvalidTuning');
  expect(await tune('--table', other, '--export', other)).toMatchObject({ exit: 2 });
  expect(await tune('--tokens', '0', '--table', other)).toMatchObject({ exit: 2 });
});

test('run, explain and build use a table, and say so; without one they are as before', async () => {
  const path = await measuredAs('used.json');
  const { schedule, key } = decided(path, path);
  const inputs = tensorFile('tuned.st', f32('x', [40, 64]), f32('W', [48, 64]));
  const run = async (...more: string[]) => {
    const outcome = await oftc(
      'run',
      source,
      '--input',
      inputs,
      '--output',
      at('y.st'),
      '--profile',
      '--json',
      ...more,
    );
    expect(outcome.exit).toBe(0);
    return JSON.parse(outcome.stdout).profile.kernels;
  };
  expect(await run('--table', path)).toMatchObject([{ schedule: { by: 'tuned', schedule, key } }]);
  expect(await run()).toMatchObject([{ schedule: { by: 'model' } }]);

  const explained = async (...more: string[]) =>
    (await oftc('explain', source, ...DIMS, '--device', await ownClass(), '--tokens', '40', ...more)).stdout;
  expect(await explained('--table', path)).toContain(`tuned to ${schedule} on `);
  const plain = await explained();
  expect(plain).not.toContain('tuned');
  expect(await explained('--table', path, '--tokens', '400')).not.toContain('tuned');

  const built = async (name: string, ...more: string[]) => {
    expect((await oftc('build', source, ...DIMS, '-o', at(name), ...more)).exit).toBe(0);
    return readFileSync(at(`${name}/product.js`), 'utf8');
  };
  expect(await built('with', '--table', path)).toContain(JSON.stringify(schedule));
  const without = await built('without');
  writeFileSync(path, printTuning({ entries: [] }));
  expect(await built('empty', '--table', path)).toBe(without);
});

test('a product with a quantised weight is measured as a kernel of its own, and explain finds it', async () => {
  const path = at('quantised.json');
  const given = ['--quantize', 'W=int8', '--activations', 'f16', '--table', path];
  expect((await tune(...given)).exit).toBe(0);
  const [{ key }] = readTuning(await measuredAs('plain.json')).entries as [TuningEntry];
  const [entry] = readTuning(path).entries as [TuningEntry];
  expect(entry.key).not.toBe(key);
  decided(path, path);
  const explain = async (...more: string[]) =>
    (await oftc('explain', source, ...DIMS, '--device', await ownClass(), '--tokens', '40', ...more)).stdout;
  expect(await explain(...given)).toContain('tuned to ');
  expect(await explain('--table', path)).not.toContain('tuned');
});

test('--tuned uses the table of the cache folder', async () => {
  const before = process.env.XDG_CACHE_HOME;
  process.env.XDG_CACHE_HOME = at('cache');
  try {
    const missing = await oftc('explain', source, ...DIMS, '--tuned');
    expect(missing).toMatchObject({ exit: 1 });
    expect(missing.stderr).toContain('NoTuning');
    const { exit, stdout } = await tune('--json', '--budget', '0');
    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ kernels: [{ outcome: 'not measured' }] });
    expect(existsSync(at('cache/oftc/tuning.json'))).toBe(false);
    await tune();
    decided(at('cache/oftc/tuning.json'), at('cache/oftc/tuning.json'));
    const found = await oftc(
      'explain',
      source,
      ...DIMS,
      '--device',
      await ownClass(),
      '--tokens',
      '40',
      '--tuned',
    );
    expect(found.stdout).toContain('tuned to');
  } finally {
    if (before === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = before;
  }
});

test('a session with a table computes the same', async () => {
  const path = await measuredAs('session.json');
  decided(path, path);
  const options = { dims: { in: 64, out: 48 } };
  const tensors = { x: f32('x', [40, 64]), W: f32('W', [48, 64]) };
  const results = [];
  for (const tuning of [{}, { tuning: readTuning(path) }]) {
    const session = await compile(source, { ...options, ...tuning });
    const inputs = Object.fromEntries(
      Object.entries(tensors).map(([n, t]) => [n, { data: t.data as Float32Array, shape: t.shape }]),
    );
    results.push(await (await session.run(inputs)).readAll());
    expect(JSON.stringify(session.plan('forward')).includes('"tuned"')).toBe('tuning' in tuning);
    await session.dispose();
  }
  const [model, tuned] = results.map((r) => r.y!.data as Float32Array);
  expect(relativeError(tuned!, model!)).toBeLessThan(1e-6);
});

test('without timestamps, kernels are measured by wall time', async () => {
  const device = await requestDevice(await nodeGpu(), { features: ['subgroups'] });
  try {
    expect(clockOf(device)).toBe('wall');
    const session = await compile(source, { dims: { in: 64, out: 48 }, device: 'cpu' });
    const [kernel] = tunablesOf(variantsOf(session.compilation('forward')), 40, {
      traits: traitsOf(device),
      class: classOf(device),
    });
    const candidates = kernel!.candidates().slice(0, 2);
    const bench = (await Bench.open(device, candidates[0]!, 40))!;
    const times = await bench.sample(candidates);
    expect(times).toHaveLength(2);
    for (const t of times) expect(t).toBeGreaterThan(0);
    bench.dispose();
  } finally {
    device.destroy();
  }
});
