/** Checks against recorded results: layers agree with PEFT's, and a failure names the tensor that differs. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { oft } from '../../../src/adapters/oft.ts';
import { checkGolden, readGolden } from '../../../src/check/golden.ts';
import { compile, type HostTensor } from '../../../src/index.ts';
import { loadProgram } from '../../../src/language/load.ts';
import { goldenCase, goldenNames } from '../../support/golden.ts';
import { oftConfig, oftExpected, oftInputs } from '../../support/peft-oft.ts';
import { serializeSafetensors } from '../../support/safetensors.ts';
import { oftc } from '../cli/harness.ts';

const FAULTS = fileURLToPath(new URL('./faults/', import.meta.url));
const LAYERS = fileURLToPath(new URL('../../fixtures/layers/', import.meta.url));
const OFT = fileURLToPath(new URL('../../../src/adapters/oft.ts', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'oftc-golden-'));
afterAll(() => rmSync(dir, { recursive: true }));

function store(name: string, tensors: Readonly<Record<string, HostTensor>>): string {
  const path = join(dir, `${name}.safetensors`);
  const data = Object.entries(tensors).map(([n, t]) => ({
    name: n,
    dtype: 'F32' as const,
    shape: t.shape,
    data: Float32Array.from(t.data),
  }));
  writeFileSync(path, serializeSafetensors(data));
  return path;
}

/** The results that PEFT computed, under the names of the layer's tensors. */
async function peft(name: string) {
  const golden = await goldenCase(name);
  const all = { ...oftInputs(golden), grad_output: golden.tensors.grad_output!, ...oftExpected(golden) };
  return { path: store(name, all), config: oftConfig(golden) };
}

/** Whether a golden case has a linear layer, not a convolution or an embedding. */
const isLinear = (name: string): boolean => {
  const { method } = JSON.parse(readFileSync(`${LAYERS}${name}/case.json`, 'utf8')) as { method: string };
  return method === 'oft';
};

describe('PEFT’s layers', () => {
  it.each(goldenNames('oft-').filter(isLinear))('%s', async (name) => {
    const { path, config } = await peft(name);
    const findings = checkGolden(oft.trace(config), await readGolden(path));
    expect(findings.map((f) => f.property)).toEqual(
      expect.arrayContaining(['y', 'grad.x', 'grad.v.0'].map((n) => `${n} ≡ ${path}`)),
    );
    for (const f of findings) {
      expect(f, f.counterexample).toMatchObject({ passed: true });
      expect(f.observed).toBeLessThan(2e-7);
    }
  });

  it('pass the whole check on the command line', async () => {
    const { path, config } = await peft('oft-b16-n3');
    const set = `terms=${config.terms},bias=${config.bias}`;
    const run = await oftc(
      ...['check', OFT, '--set', set, '--golden', path, '--trials', '2', '--device', 'cpu'],
    );
    expect(run.stdout).toMatch(/✓ grad\.v\.0 ≡ .* {3}\d\.\de-8 ≤ 1\.9e-6/);
    expect(run.exit).toBe(0);
  });

  it('differ from another series in output and gradients', async () => {
    const { path, config } = await peft('oft-b32-n5');
    const findings = checkGolden(oft.trace({ ...config, series: 'peft-0.17' }), await readGolden(path));
    const failed = findings.filter((f) => !f.passed);
    expect(failed.map((f) => f.property)).toEqual(findings.map((f) => f.property));
    expect(failed[0]!.counterexample).toMatch(/tokens=\d+, in float64: element \d+ is .* and should be/);
  });
});

describe('a missing detach', () => {
  it('is found by recorded gradients, though the output is right', async () => {
    const reference = loadProgram(`${FAULTS}reference.ts`, { layer: 'dora' }).program;
    const value = (n: number) => Float32Array.from({ length: n }, (_, i) => Math.sin(i + n) / 2);
    const inputs = {
      x: { data: value(6), shape: [2, 3] },
      W: { data: value(12), shape: [4, 3] },
      A: { data: value(3), shape: [1, 3] },
      B: { data: value(4), shape: [4, 1] },
      m: { data: value(4), shape: [4, 1] },
    };
    const y = { data: value(8), shape: [2, 4] };
    const session = await compile(reference, { dims: { in: 3, out: 4, rank: 1 }, device: 'cpu' });
    const results = await (await session.gradients(inputs, { y })).readAll();
    await session.dispose();
    const path = store('dora', { ...inputs, ...results, 'grad.y': y });
    const file = `${FAULTS}detach-missing.ts`;
    const run = await oftc(
      ...['check', file, '--golden', path, '--trials', '2', '--device', 'cpu', '--json'],
    );
    const report = JSON.parse(run.stdout) as { findings: { property: string; passed: boolean }[] };
    const failed = report.findings.filter((f) => !f.passed).map((f) => f.property);
    expect(failed).toEqual([`grad.A ≡ ${path}`, `grad.B ≡ ${path}`]);
    expect(run.exit).toBe(1);
  });
});

describe('on the command line', () => {
  it('--against takes a layer of another file', async () => {
    const args = [
      'check',
      `${FAULTS}rotation-transposed.ts`,
      '--trials',
      '2',
      '--device',
      'cpu',
      '--against',
    ];
    const run = await oftc(...[...args, `${FAULTS}reference.ts:rotated`]);
    expect(run.stdout).toMatch(
      /✗ y ≡ that of rotated.*\n.*\n.*counterexample: b=2, r=\d, out=\d, seed 1: element/,
    );
    expect(run.exit).toBe(1);
    expect((await oftc(...[...args, `${FAULTS}rotation-transposed.ts`])).exit).toBe(0);
    expect((await oftc(...[...args, `${FAULTS}reference.ts:lora`])).stdout).toMatch(
      /✗ the same tensors as lora\n.*\n.*only this layer has 'v'; only the other has 'A', 'B'/,
    );
  });

  it('--against takes a method of the library, as finetune does and as it is imported', async () => {
    const file = join(dir, 'own.ts');
    writeFileSync(
      file,
      `import { blockDiag, cayleyNeumann, frozen, input, layer, skew, trainable } from 'oftc';
export const own = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), v: trainable('r', 'tri(b)', { init: 'zeros' }) },
  ({ x, W, v }) => x.matmul(blockDiag(cayleyNeumann(skew(v), { terms: 5 }))).matmul(W.T),
  { where: { in: 'r*b' } },
);`,
    );
    const against = (name: string) =>
      oftc(...['check', file, '--trials', '2', '--device', 'cpu', '--against', name]);
    for (const name of ['oft', 'oftc/adapters/oft']) {
      const { exit, stdout } = await against(name);
      expect(stdout).toMatch(/✓ grad\.v ≡ that of oft/);
      expect(exit).toBe(0);
    }
    expect((await against('diag-oft')).stdout).toMatch(/✗ .* diagOft/);
    expect((await against('oftx')).stderr).toMatch(/there is no method 'oftx': name one of oft, /);
  });

  it('refuses a golden file that does not fit', async () => {
    const args = ['check', `${FAULTS}rotation-transposed.ts`, '--device', 'cpu', '--trials', '1', '--golden'];
    const one = { data: Float32Array.of(1), shape: [1, 1] };
    const refused = async (name: string, tensors: Record<string, HostTensor>) =>
      (await oftc(...[...args, store(name, tensors)])).stderr;
    expect(await refused('unknown', { X: one })).toMatch(
      /OFT4002: .* has no 'X'; recorded results are x, W, v/,
    );
    expect(await refused('missing', { x: one })).toMatch(/OFT4001: .* has no 'W', which 'fault' needs/);
    const inputs = { x: one, W: one, v: { data: new Float32Array(0), shape: [1, 0] } };
    expect(await refused('none', inputs)).toMatch(/OFT4001: .* no result to compare with, such as 'y'/);
    expect(await refused('lone', { ...inputs, 'grad.x': one })).toMatch(/OFT4001: .* has no 'grad\.y'/);
    expect(await refused('shape', { ...inputs, y: { data: Float32Array.of(1, 2), shape: [1, 2] } })).toMatch(
      /OFT4004: .*'y' has shape \[1, 2\]/,
    );
  });
});
