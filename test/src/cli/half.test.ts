/** `--activations f16`: `build` and `run` make the same Plans, and `check` uses the error bound of 16 bits. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Plan } from '../../../runtime/index.ts';
import { check } from '../../../src/check/index.ts';
import { compile } from '../../../src/index.ts';
import { loadProgram } from '../../../src/language/load.ts';
import { plainDevice } from '../../support/device.ts';
import { layerFile, OFT, oftc } from './harness.ts';

const oft = layerFile('narrow.ts', OFT);
const HALF = ['--activations', 'f16'];
const dims = { in: 8, out: 6, b: 4 };

async function built(...options: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'oftc-narrow-'));
  const argv = ['build', oft, '--dims', 'in=8,out=6,b=4', '-o', folder, ...options];
  expect(await oftc(...argv)).toMatchObject({ exit: 0, stderr: '' });
  const [js, types] = ['js', 'd.ts'].map((ending) => readFileSync(join(folder, `oft.${ending}`), 'utf8'));
  return { js: js!, types: types! };
}

/** The Plans of a built module, which it passes to a stand-in for the runtime. */
async function plansOf(js: string): Promise<Record<string, Plan>> {
  const alone = js.replace(/^import .*$/m, 'const LayerModule = { create: (_, plans) => plans };');
  const module = await import(`data:text/javascript,${encodeURIComponent(alone)}`);
  return module.create();
}

/** A Plan without source places, whose paths are relative to different folders in `build` and `run`. */
const placeless = (plan: Plan | undefined) =>
  JSON.parse(JSON.stringify(plan, (key, value) => (key === 'source' ? undefined : value)));

test.each([{}, { W: 'nf4' } as const])(
  'a module has the Plans that run runs, quantised %j',
  async (quantized) => {
    const options = Object.entries(quantized).flatMap(([name, format]) => [
      '--quantize',
      `${name}=${format}`,
    ]);
    const plans = await plansOf((await built(...HALF, ...options)).js);
    const session = await compile(oft, { dims, device: 'cpu', activations: 'f16', quantized });
    for (const kind of ['forward', 'gradients'] as const)
      expect(placeless(plans[kind])).toEqual(placeless(session.plan(kind)));
    expect(plans.forward!.inputs.map((t) => [t.name, t.dtype])).toContainEqual(['x', 'f16']);
  },
);

test('a module records --activations, and its types are those of its Plans', async () => {
  const { js, types } = await built(...HALF);
  expect(js).toContain('\nexport const activations = "f16";\n');
  expect(types).toContain('export declare const activations: "f16";');
  const { forward, gradients } = await plansOf(js);
  const tensors = [forward, gradients].flatMap((p) => [...p!.inputs, ...p!.outputs]);
  for (const { name, dtype } of tensors.filter((t) => t.name !== 'grad.y')) {
    const [, array] = new RegExp(`readonly (?:${name}|"${name}"): (\\w+Array)`).exec(types) ?? [];
    expect(array, name).toBe(dtype === 'f16' ? 'Uint16Array' : 'Float32Array');
  }
  expect(types).toContain(
    '/** cotangent, f16 as its bits (tokens, 6) */\n  readonly y: Uint16Array | GPUBuffer;',
  );
  const plain = await built();
  expect(plain.js + plain.types).not.toMatch(/activations|f16/);
});

test('check says that the device was held to the bound of 16 bits, with quantised weights too', async () => {
  const { exit, stdout } = await oftc(
    'check',
    oft,
    ...HALF,
    '--quantize',
    'W=nf4',
    '--trials',
    '2',
    '--json',
  );
  const { findings } = JSON.parse(stdout);
  expect(exit).toBe(0);
  expect(findings).toContainEqual(
    expect.objectContaining({
      property: expect.stringMatching(/^device within the error bound/),
      where: expect.stringMatching(/, activations in f16, W as nf4:64 at /),
      observed: expect.any(Number),
    }),
  );
});

test('what check runs needs a device with 16 bits', async () => {
  const { program } = loadProgram(oft, {});
  const device = await plainDevice();
  await expect(check(program, { device, trials: 1, activations: 'f16' })).rejects.toMatchObject({
    code: 'FeatureMissing',
  });
  expect((await check(program, { device, trials: 1 })).passed).toBe(true);
});

test('check passes a layer that declares f16', async () => {
  const declared = layerFile(
    'declared.ts',
    `import { frozen, input, layer } from 'oftc';
export const lin = layer(
  { x: input('tokens', 'in', { dtype: 'f16' }), W: frozen('out', 'in', { dtype: 'f16' }) },
  ({ x, W }) => x.matmul(W.T),
);
`,
  );
  expect(await oftc('check', declared, '--trials', '2', '--json')).toMatchObject({ exit: 0, stderr: '' });
});

test('the reference refuses 16 bits, and build refuses another type', async () => {
  expect(await oftc('check', oft, '--device', 'cpu', ...HALF)).toMatchObject({
    exit: 2,
    stdout: '',
    stderr: expect.stringMatching(/float64 throughout: --activations f16 needs --device gpu/),
  });
  expect(await oftc('build', oft, '-o', 'never', '--activations', 'bf16')).toMatchObject({
    exit: 2,
    stderr: expect.stringMatching(/Allowed choices are f32, f16/),
  });
});
