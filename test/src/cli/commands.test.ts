/** The commands on good input. */
import { expect, test } from 'vitest';
import { installFor } from '../../../src/cli/install.ts';
import {
  encodeBF16,
  encodeF16,
  openSafetensors,
  type TensorData,
} from '../../../src/formats/safetensors/index.ts';
import { classOf } from '../../../src/session/backends/gpu.ts';
import { testDevice } from '../../support/device.ts';
import { goldenCase, relativeError } from '../../support/golden.ts';
import { at, f32, layerFile, OFT, oftc, SHAPES, tensorFile } from './harness.ts';

const oft = layerFile('layer.ts', OFT);

async function arrays(path: string) {
  const file = await openSafetensors(path);
  const names = [...file.tensors.keys()].sort();
  const read = await Promise.all(names.map(async (n) => [n, await file.array(n)] as const));
  await file.close();
  return { tensors: Object.fromEntries(read), infos: file.tensors, metadata: file.metadata };
}

test.each(['gpu', 'cpu'])('run --grad on %s agrees with PEFT and keeps leading axes', async (device) => {
  const golden = await goldenCase('oft-b32-n5');
  const tensor = (name: string, from: string) =>
    ({ name, dtype: 'F32', ...golden.tensors[from]! }) as TensorData;
  const a = tensorFile(`a-${device}.st`, tensor('x', 'input'), tensor('grad_output', 'grad_output'));
  const b = tensorFile(`b-${device}.st`, tensor('W', 'base.weight'), tensor('v', 'param.oft_R.weight'));
  const y = at(`y-${device}.st`);
  const outcome = await oftc(
    'run',
    oft,
    '--input',
    a,
    '--input',
    b,
    '--output',
    y,
    '--grad',
    '--device',
    device,
  );
  expect(outcome).toMatchObject({ exit: 0, stderr: '' });
  expect(outcome.stdout).toMatch(/tokens=28,out=192,r=8,b=32,in=256\n.*\n {2}y +\[4, 7, 192\]\n.*grad\.x/s);
  const { tensors, infos, metadata } = await arrays(y);
  expect(Object.keys(tensors)).toEqual(['grad.v', 'grad.x', 'y']);
  expect(infos.get('y')).toMatchObject({ dtype: 'F32', shape: [4, 7, 192] });
  expect(relativeError(tensors['grad.x'] as Float32Array, golden.tensors.grad_input!.data)).toBeLessThan(
    5e-6,
  );
  expect(
    relativeError(tensors['grad.v'] as Float32Array, golden.tensors['grad.oft_R.weight']!.data),
  ).toBeLessThan(5e-6);
  expect(Object.fromEntries(metadata!)).toMatchObject({ layer: 'oft', program: 'derived', oftc: '0.1.0' });
});

test.each(['grad.y', 'grad_output'])('run takes gradients where a file has %s', async (cotangent) => {
  const tensors = Object.entries({ ...SHAPES, [cotangent]: [3, 5] }).map(([n, shape]) => f32(n, shape));
  const all = tensorFile('cotangent.st', ...tensors);
  const outputs = await Promise.all(
    [[], ['--grad']].map(async (more, i) => {
      const y = at(`implied-${i}.st`);
      const argv = ['run', oft, '--input', all, '--output', y, '--device', 'cpu', ...more];
      expect(await oftc(...argv)).toMatchObject({ exit: 0, stderr: '' });
      return (await arrays(y)).tensors;
    }),
  );
  expect(Object.keys(outputs[0]!)).toEqual(['grad.v', 'grad.x', 'y']);
  expect(outputs[0]).toEqual(outputs[1]);
});

test('run takes an input that is called like a cotangent as an input', async () => {
  const layer = layerFile(
    'own-name.ts',
    `import { input, layer } from 'oftc';

export const own = layer({ x: input('tokens', 'in'), grad_output: input('tokens', 'in') }, (t) => t.x.mul(t.grad_output));
`,
  );
  const all = tensorFile('own-name.st', f32('x', [3, 8]), f32('grad_output', [3, 8]));
  const y = at('own-name-y.st');
  const outcome = await oftc('run', layer, '--input', all, '--output', y, '--device', 'cpu');
  expect(outcome).toMatchObject({ exit: 0, stderr: '' });
  expect(Object.keys((await arrays(y)).tensors)).toEqual(['y']);
});

test('run --json prints one object; --set and --as-written reach the program', async () => {
  const all = tensorFile('all.st', f32('x', SHAPES.x), f32('W', SHAPES.W), f32('v', SHAPES.v));
  const results = [];
  for (const options of [['--as-written'], [], ['--set', 'terms=2']]) {
    const y = at('json.st');
    const argv = ['run', oft, '--input', all, '--output', y, '--device', 'cpu', '--json', ...options];
    const outcome = await oftc(...argv);
    expect(JSON.parse(outcome.stdout)).toMatchObject({
      layer: 'oft',
      device: 'cpu',
      dims: { tokens: 3, in: 8, out: 5, b: 4, r: 2 },
      outputs: { y: [3, 5] },
      output: y,
    });
    results.push((await arrays(y)).tensors.y as Float32Array);
  }
  expect(relativeError(results[1]!, results[0]!)).toBeLessThan(1e-7);
  expect(relativeError(results[2]!, results[0]!)).toBeGreaterThan(1e-5);
});

test('dtypes whose every value fits are read exactly, and named', async () => {
  const values = Array.from({ length: 24 }, (_, i) => i / 8 - 1);
  const exact = { name: 'x', shape: SHAPES.x };
  const stored: TensorData[] = [
    { ...exact, dtype: 'F32', data: Float32Array.from(values) },
    { ...exact, dtype: 'F64', data: Float64Array.from(values) },
    { ...exact, dtype: 'F16', data: encodeF16(values) },
    { ...exact, dtype: 'BF16', data: encodeBF16(values) },
  ];
  const weights = tensorFile('fits-w.st', f32('W', SHAPES.W), f32('v', SHAPES.v));
  const outputs = [];
  for (const tensor of stored) {
    const x = tensorFile('fits-x.st', tensor);
    const y = at('fits-y.st');
    const argv = ['run', oft, '--input', x, '--input', weights, '--output', y, '--device', 'cpu'];
    const outcome = await oftc(...argv);
    const said = `read x: ${tensor.dtype} to f32, exactly`;
    expect(outcome.stdout.includes(said)).toBe(tensor.dtype !== 'F32');
    outputs.push((await arrays(y)).tensors.y);
  }
  for (const y of outputs) expect(y).toEqual(outputs[0]);
});

test('run takes no tokens, and writes an empty output', async () => {
  const none = tensorFile('none.st', f32('x', [0, 8]), f32('W', SHAPES.W), f32('v', SHAPES.v));
  for (const device of ['cpu', 'gpu']) {
    const y = at('none-y.st');
    expect(await oftc('run', oft, '--input', none, '--output', y, '--device', device)).toMatchObject({
      exit: 0,
    });
    expect((await arrays(y)).infos.get('y')!.shape).toEqual([0, 5]);
  }
});

test('explain prints text, JSON, and the explanation of a code', async () => {
  const text = await oftc('explain', oft, '--dims', 'in=64,out=64,b=8', '--tokens', '32');
  expect(text).toMatchObject({ exit: 0, stderr: '' });
  expect(text.stdout).toMatch(/one training step of 32 tokens.*Derived/s);
  const full = await oftc('explain', oft, '--dims', 'in=64,out=64,b=8', '--tokens', '32', '--full');
  expect(full.stdout).toMatch(/Derivation.*layer\.ts:\d+:\d+.*Kernels for training at tokens = 32/s);
  const open = async (...dims: string[]) => (await oftc('explain', oft, ...dims)).stdout.split('\n')[0];
  expect(await open()).toMatch(/^b, r, out unbound: with in, out, either b or r in --dims, this line/);
  expect(await open('--dims', 'in=64,out=64')).toMatch(/^b, r unbound: with either b or r in --dims, this/);
  expect(await open('--dims', 'b=8,out=64')).toMatch(/^r unbound: with either r or in in --dims, this/);
  const json = await oftc('explain', oft, '--json');
  expect(JSON.parse(json.stdout)).toMatchObject({ name: 'oft', unbound: ['b', 'r', 'out'], kernels: [] });
  expect((await oftc('explain', 'OFT3006')).stdout).toMatch(/^OFT3006: unbound dimension/);
});

test('explain counts what quantised weights and halved activations move, and says how they are stored', async () => {
  const dims = ['--dims', 'in=64,out=64,b=8', '--tokens', '64'];
  const explained = async (...more: string[]) =>
    JSON.parse((await oftc('explain', oft, ...dims, '--json', ...more)).stdout);
  const bytesOf = ({ cost }: { cost: Record<'own' | 'written', { bytes: number }> }) => [
    cost.own.bytes,
    cost.written.bytes,
  ];
  const plain = await explained();
  const quantized = await explained('--quantize', 'W=nf4');
  const half = await explained('--activations', 'f16');
  expect(Object.keys(plain)).not.toEqual(expect.arrayContaining(['quantized', 'activations']));
  expect(quantized).toMatchObject({ quantized: { W: 'nf4:64' } });
  expect(half).toMatchObject({ activations: 'f16' });
  for (const smaller of [quantized, half])
    bytesOf(smaller).forEach((bytes, i) => {
      expect(bytes).toBeLessThan(bytesOf(plain)[i]!);
    });
  const both = ['--quantize', 'W=nf4', '--activations', 'f16'];
  expect((await oftc('explain', oft, ...dims, ...both)).stdout).toMatch(
    /W in nf4:64\s+activations in f16\s+one training step/,
  );
  const code = (await oftc('explain', oft, ...dims, ...both, '--kernel', 'contraction_y')).stdout;
  expect(code).toMatch(/nf4/);
  expect(code).toMatch(/enable f16;/);
  expect(await oftc('explain', oft, '--quantize', 'W=nf4')).toMatchObject({
    exit: 1,
    stderr: expect.stringMatching(
      /OFT4011: 'W' cannot be held as nf4:64: its shape .* must be of known sizes/,
    ),
  });
});

test('check and explain note sizes that are probably a mistake', async () => {
  const layer = (x: string, tensors: string, y: string) => `
import { blockDiag, cayley, frozen, input, layer, skew, trainable } from 'oftc';
export const noted = layer({ x: input(${x}), W: frozen('out', 'in'), ${tensors} }, ({ x, W, v, A, B }) => ${y}, { where: { in: 'r*b' } });
`;
  const factors = "v: trainable('r', 'tri(b)'), A: trainable('k', 'in'), B: trainable('out', 'k')";
  const rotated = 'x.matmul(blockDiag(cayley(skew(v)))).matmul(W.T).add(x.matmul(A.T).matmul(B.T))';
  const files = {
    plain: layer("'tokens', 'in'", factors, rotated),
    batch: layer("'batch', 'seq', 'in'", factors, rotated),
    rank: layer("'tokens', 'in'", factors.replaceAll("'k'", "'r'"), rotated),
  };
  const notes = {
    plain: '',
    batch:
      "note: 'x' has leading axes of fixed sizes, batch and seq: declare x: input('tokens', 'in'), and any leading axes fold into 'tokens'\n",
    rank: "note: 'r' counts the blocks of 'v' and is a size of 'A' and 'B' too: if that is another one, such as a rank, give it another name\n",
  };
  for (const [name, text] of Object.entries(files)) {
    const file = layerFile(`noted-${name}.ts`, text);
    const { exit, stderr } = await oftc('explain', file);
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: notes[name as keyof typeof notes] });
    const checked = await oftc('check', file, '--device', 'cpu', '--trials', '1');
    expect(checked).toMatchObject({ exit: 0, stderr: expect.stringContaining(stderr) });
  }
});

test('explain --as-written describes the program as written', async () => {
  const dims = ['--dims', 'in=512,out=512,b=16'];
  const [derived, written] = await Promise.all(
    [[], ['--as-written']].map(async (more) => (await oftc('explain', oft, ...dims, ...more)).stdout),
  );
  const [cost] = derived!.split(' → derived ');
  expect(written!.split('\n')[0]).toBe(`${cost}; not input-centric`);
  expect(written).toMatch(/\nCompiled .*not input-centric, of the weight’s size: /s);
  expect(await oftc('explain', oft, '--as-written', '--allow-approximate')).toMatchObject({ exit: 2 });
});

test('rewrite prints the variant for a token count, the typical one by default', async () => {
  const rewritten = async (...more: string[]) =>
    JSON.parse((await oftc('rewrite', oft, '--dims', 'in=4096,out=4096,b=32', '--json', ...more)).stdout);
  const all = [await rewritten('--variant', '0')];
  while (all.at(-1).maxTokens !== null) all.push(await rewritten('--variant', `${all.length}`));
  expect(all.length).toBeGreaterThan(1);
  const at = (tokens: number) => all.find((v) => v.minTokens <= tokens && tokens <= (v.maxTokens ?? tokens));
  expect(at(512)).not.toEqual(all[0]);
  expect(await rewritten()).toEqual(at(512));
  for (const { minTokens, maxTokens } of all)
    for (const tokens of [minTokens, maxTokens ?? 2 ** 31 - 1])
      expect(await rewritten('--tokens', `${tokens}`)).toEqual(at(tokens));
  expect(await oftc('rewrite', oft, '--tokens', '1', '--variant', '0')).toMatchObject({
    exit: 2,
    stderr: expect.stringContaining("'--tokens <n>' cannot be used with option '--variant <k>'"),
  });
});

test('doctor describes the device', async () => {
  const { exit, stdout } = await oftc('doctor', '--json');
  expect(exit).toBe(0);
  const report = JSON.parse(stdout);
  expect(report.versions).toMatchObject({ oftc: '0.1.0', node: process.versions.node });
  expect(report.device.speed.gflops).toBeGreaterThan(0);
  expect(report.device.speed.gbps).toBeGreaterThan(0);
  expect(report.device.limits.maxBufferSize).toBeGreaterThan(0);
  expect(report.device.class).toBe(classOf(await testDevice()).name);
  const text = await oftc('doctor');
  expect(text.stdout).toMatch(new RegExp(`class +${report.device.class}: `));
  expect(text.stdout.includes('software device')).toBe(report.device.software);
});

test('what to install is named for each system', () => {
  expect(installFor('linux', 'ID=ubuntu\nID_LIKE=debian\n')).toMatch(
    /apt-get install libvulkan1 mesa-vulkan-drivers/,
  );
  expect(installFor('linux', 'NAME=x\nID="rocky"\nID_LIKE="rhel centos fedora"\n')).toMatch(
    /dnf install vulkan-loader/,
  );
  expect(installFor('linux', 'ID=arch\n')).toMatch(/pacman -S vulkan-icd-loader/);
  expect(installFor('linux', '')).toMatch(/Debian, Ubuntu: .*\n.*Fedora: .*\n.*Arch: /);
  expect(installFor('darwin', '')).toMatch(/Metal/);
  expect(installFor('win32', '')).toMatch(/Direct3D 12/);
});
