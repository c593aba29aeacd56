/** `oftc run --profile` and `--trace`, which measure each kernel. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import type { DeviceSpeed, StepProfile } from '../../../runtime/index.ts';
import { profileOf, type RunProfile, renderProfile } from '../../../src/cli/profile.ts';
import { compile } from '../../../src/session/session.ts';
import { variantsIn } from '../../support/plans.ts';
import { sample } from '../../support/sample.ts';
import { at, f32, folder, layerFile, OFT, oftc, SHAPES, tensorFile } from './harness.ts';

const oft = layerFile('profiled.ts', OFT);
const inputs = tensorFile(
  'profiled.st',
  f32('x', SHAPES.x),
  f32('W', SHAPES.W),
  f32('v', SHAPES.v),
  f32('grad.y', [3, 5]),
);
const run = (output: string, ...options: string[]) =>
  oftc('run', oft, '--input', inputs, '--output', at(output), '--grad', ...options);
const source = (formula: string) => OFT.split('\n').findIndex((l) => l.includes(formula)) + 1;

test('a line per kernel says what it computes, where that is written, and its rates', async () => {
  const { exit, stdout } = await run('profiled-y.st', '--profile');
  expect(exit).toBe(0);
  const [, table] = stdout.split(/^kernels take .*$/m);
  const [head, ...lines] = table!
    .split(/^ {2}with /m)[0]!
    .trim()
    .split(/\n {2}(?=\S)/);
  expect(head).toMatch(/kernel +time +of all +GFLOP\/s +GB\/s +of the device +at +computes/);
  const session = await compile(oft, { dims: { in: 8, out: 5, b: 4 } });
  const { steps } = variantsIn(session.plan('gradients'), session.backend.class.name).find(
    (v) => 3 <= (v.maxTokens ?? 3),
  )!;
  await session.dispose();
  expect(lines).toHaveLength(steps.length);
  for (const line of lines)
    expect(line).toMatch(/[µm]?s +\d+ % +[\d.e-]+ +[\d.e-]+ +\d+ % +profiled\.ts:[\d,]+ +\S/);
  const y = lines.find((l) => l.includes(' y = '));
  expect(y).toContain(` profiled.ts:${source('x.matmul')} `);
});

test('the names in formulas are defined below the kernels, each once', async () => {
  const { stdout } = await run('profiled-n.st', '--profile');
  const [table, ...below] = stdout.split(/^ {2}with /m);
  const defined = below.join().match(/\S+(?= = )/g)!;
  // Names are capital letters; W is the author's, I the identity, and packSkew(…) no name.
  const used = table!.split('computes')[1]!.match(/(?<![a-z])[A-Z](?![a-z])[₀-₉]*/g)!;
  expect(used).toContain('Q');
  for (const name of used.filter((n) => !['W', 'I'].includes(n))) expect(defined).toContain(name);
  expect(new Set(defined).size).toBe(defined.length);
});

test('no --output is needed, and only the trace is written', async () => {
  const before = readdirSync(folder);
  const { exit, stdout } = await oftc('run', oft, '--input', inputs, '--profile');
  expect(exit).toBe(0);
  expect(stdout).toContain('grad.v = ');
  expect(stdout).not.toContain('wrote ');
  const json = await oftc('run', oft, '--input', inputs, '--trace', at('alone-t.json'), '--json');
  expect(JSON.parse(json.stdout)).not.toHaveProperty('output');
  expect(readdirSync(folder).filter((f) => !before.includes(f))).toEqual(['alone-t.json']);
});

test('without --output, --profile and --trace there is nothing to do', async () => {
  const { exit, stderr } = await oftc('run', oft, '--input', inputs);
  expect(exit).toBe(2);
  expect(stderr).toContain("required option '--output <file>' not specified: give it, or --profile");
});

test('no share is over 100%, however much faster than the probe a kernel is', () => {
  const probed: DeviceSpeed = { gflops: 50, gbps: 5, clock: 'timestamps' };
  const step = (kernel: string, ns: number, flops: number, bytes: number) =>
    ({ kernel, step: 0, tokens: 1, ns, flops, bytes }) as StepProfile;
  const steps = [step('cached', 10, 10, 200), step('slow', 10, 250, 10), step('unmeasured', 0, 1e6, 1e6)];
  const explained = {
    at: () => [{ kernel: '', computes: 'y', at: ['a.ts:1:1'], flops: 0, bytes: 0 }],
    legend: () => [],
  };
  const profile = profileOf([steps, steps, steps], probed, explained);
  expect(profile.kernels.map((k) => k.share)).toEqual([1, 0.5, 1]);
  expect(profile.speed).toMatchObject({ gflops: 50, gbps: 20 });
  const shares = [...renderProfile(profile).matchAll(/(\d+) %/g)].map(([, n]) => Number(n));
  expect(shares).toEqual([50, 100, 50, 50, 0, 100]);
});

let traced: RunProfile;
beforeAll(async () => {
  const { stdout } = await run('profiled-t.st', '--json', '--trace', at('trace.json'));
  traced = JSON.parse(stdout).profile;
});

test('--json has the same figures', () => {
  expect(traced.runs).toBeGreaterThan(1);
  for (const k of traced.kernels) {
    expect(k.seconds).toBeGreaterThan(0);
    const share = Math.max(k.gflops / traced.speed.gflops, k.gbps / traced.speed.gbps);
    expect(k.share).toBeCloseTo(share, 12);
  }
});

test('--trace holds every kernel of every timed run, in order', () => {
  const { traceEvents } = JSON.parse(readFileSync(at('trace.json'), 'utf8'));
  const kernels = traceEvents.filter((e: { ph: string }) => e.ph === 'X');
  expect(kernels.map((e: { name: string }) => e.name)).toEqual(
    Array.from({ length: traced.runs }, () => traced.kernels.map((k) => k.kernel)).flat(),
  );
  let end = 0;
  for (const { ts, dur } of kernels) {
    expect(ts).toBeGreaterThanOrEqual(end);
    end = ts + dur;
  }
});

const WAYS: readonly (readonly [string, string[]])[] = [
  ['as written', ['--as-written']],
  ['pinned', ['--pinned']],
  ['with activations in f16', ['--activations', 'f16']],
  ['with a quantised W', ['--quantize', 'W=int8']],
];

test.each(sample(WAYS, ['with activations in f16']))(
  'a layer %s is profiled and traced, too',
  async (_, options) => {
    const outcome = await run('profiled-w.st', '--json', '--profile', '--trace', at('ways.json'), ...options);
    expect(outcome).toMatchObject({ exit: 0, stderr: '' });
    const { kernels } = JSON.parse(outcome.stdout).profile as RunProfile;
    expect(
      kernels.map((k) => k.computes).filter((text) => text.startsWith('y = ') || text === 'y'),
    ).toHaveLength(1);
    const { traceEvents } = JSON.parse(readFileSync(at('ways.json'), 'utf8'));
    const traced = traceEvents.filter((e: { ph: string }) => e.ph === 'X').slice(0, kernels.length);
    expect(traced.map((e: { args: { computes: string } }) => e.args.computes)).toEqual(
      kernels.map((k) => k.computes),
    );
  },
);

test.each([
  ['--device cpu', ['--profile', '--device', 'cpu'], 'need --device gpu'],
  ['a trace over the output', ['--trace', at('refused.st')], 'is also the --output'],
  ['a trace over an input', ['--trace', inputs], 'is also an --input'],
  ['a trace over the layer', ['--trace', oft], 'is also the layer’s file'],
  ['a trace in no folder', ['--trace', at('none/trace.json')], "cannot write '"],
])('refuses %s and leaves nothing half-written', async (_, options, message) => {
  const before = readFileSync(inputs);
  const { exit, stderr } = await run('refused.st', ...options);
  expect(exit).toBe(2);
  expect(stderr).toContain(message);
  expect(readFileSync(inputs)).toEqual(before);
  expect(readdirSync(folder).filter((f) => f.endsWith('.tmp'))).toEqual([]);
  expect(existsSync(at('refused.st'))).toBe(false);
});

test('where the output cannot be written there is no trace either', async () => {
  const { exit, stderr } = await run('none/y.st', '--trace', at('alone.json'));
  expect(exit).toBe(1);
  expect(stderr).toContain('cannot write it: ENOENT');
  expect(existsSync(at('alone.json'))).toBe(false);
});
