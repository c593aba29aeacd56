/** Every kind of bad input to `oftc run`: the exit code and the message, and no file is written. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { encodeF16 } from '../../../src/formats/safetensors/index.ts';
import { at, f32, layerFile, OFT, oftc, SHAPES, tensorFile } from './harness.ts';

const oft = layerFile('oft.ts', OFT);
const x = tensorFile('x.safetensors', f32('x', SHAPES.x));
const weights = tensorFile('weights.safetensors', f32('W', SHAPES.W), f32('v', SHAPES.v));
const y = at('y.safetensors');

/** Runs a command that must be refused, and returns its message without the source excerpt. */
async function refused(exit: number, ...argv: string[]): Promise<string> {
  const outcome = await oftc(...argv);
  expect(outcome.stdout).toBe('');
  expect(outcome.stderr).not.toBe('');
  expect(outcome.exit, outcome.stderr).toBe(exit);
  expect(existsSync(y)).toBe(false);
  if (process.env.SHOW_MESSAGES) console.log(outcome.stderr);
  return outcome.stderr;
}

const run = (file: string, inputs: readonly string[], ...more: string[]): string[] => [
  'run',
  file,
  ...inputs.flatMap((i) => ['--input', i]),
  '--output',
  y,
  ...(more.includes('--device') ? [] : ['--device', 'cpu']),
  ...more,
];

test('a dimension mismatch in the source is refused', async () => {
  const bad = layerFile(
    'mismatch.ts',
    `import { frozen, input, layer } from 'oftc';
export const lin = layer({ x: input('tokens', 'in'), W: frozen('out', 'in') }, ({ x, W }) => x.matmul(W));
`,
  );
  const message = await refused(1, ...run(bad, [x]));
  expect(message).toMatch(/mismatch\.ts:2:94 - error OFT2001.*columns 'in' do not match rows 'out'/);
  expect(message).toMatch(/^ +~{11}$/m);
  expect(message).not.toMatch(/TS\d/);
});

test('a dimension mismatch between tensors is refused', async () => {
  const wide = tensorFile('wide.safetensors', f32('W', [5, 9]), f32('v', SHAPES.v));
  const message = await refused(1, ...run(oft, [x, wide]));
  expect(message).toMatch(/^error OFT3002: axis 1 of tensor 'W' is 9, but 'b\*r' is 8 with/);
  expect(message).toMatch(
    /W {2}declared \(out, b\*r\) +found \[5, 9\] +in .*wide\.safetensors\n.*v .*\nCorrect the tensor/,
  );
});

test('a wrong rank is refused', async () => {
  const flat = tensorFile('flat.safetensors', f32('W', [40]), f32('v', SHAPES.v));
  const message = await refused(1, ...run(oft, [x, flat]));
  expect(message).toMatch(/error OFT3005: tensor 'W' has shape \[40\] but is declared \(out, b\*r\)/);
  expect(message).toMatch(/W: frozen\('out', 'in'\)/);
});

test('a block size that does not divide is refused', async () => {
  const message = await refused(1, ...run(oft, [x, weights], '--dims', 'b=3'));
  expect(message).toMatch(/^error OFT3003: .*no whole 'r' does with b = 3/);
  expect(await refused(1, 'explain', oft, '--dims', 'in=1000,b=32')).toMatch(
    /^error OFT3003: in = 1000, and 'b\*r' must equal it, but no whole 'r' does with b = 32/,
  );
});

test('a cotangent of the wrong shape is refused', async () => {
  const g = tensorFile('g.safetensors', f32('grad.y', [3, 4]));
  const message = await refused(1, ...run(oft, [x, weights, g], '--grad'));
  expect(message).toMatch(
    /^error OFT4004: tensor 'grad\.y' has shape \[3, 4\] where \(tokens, 5\) is declared/,
  );
  expect(message).toMatch(/grad\.y {2}declared \(tokens, out\) +found \[3, 4\] +in .*g\.safetensors/);
});

test('unsupported syntax is refused', async () => {
  const bad = layerFile(
    'while.ts',
    `import { input, layer } from 'oftc';
export const id = layer({ x: input('tokens', 'in') }, ({ x }) => {
  while (true) {}
  return x;
});
`,
  );
  const message = await refused(1, ...run(bad, [x]));
  expect(message).toMatch(/while\.ts:3:3 - error OFT1001: while is not part of the language: use for/);
  expect(message).toMatch(/3 {3}while \(true\) \{\}\n +~{15}/);
});

test('an unbound dimension is refused', async () => {
  const open = layerFile(
    'open.ts',
    `import { frozen, input, layer } from 'oftc';
export const lin = layer({ x: input('tokens', 'a*b'), W: frozen('out', 'a*b') }, ({ x, W }) => x.matmul(W.T));
`,
  );
  const w = tensorFile('w.safetensors', f32('W', SHAPES.W));
  expect(await refused(1, ...run(open, [x, w]))).toMatch(
    /^error OFT3006: unbound dimensions 'a', 'b' of 'lin'; give a=…,b=… \(command line: --dims\)/,
  );
});

test('an unknown dimension, layer, setting and file are refused', async () => {
  expect(await refused(1, ...run(oft, [x, weights], '--dims', 'q=3'))).toMatch(
    /^error OFT3001: 'oft' has no dimension 'q'; it has tokens, b, r, out, in/,
  );
  expect(await refused(1, ...run(oft, [x, weights], '--layer', 'boft'))).toMatch(/OFT1041: .*it exports oft/);
  expect(await refused(1, ...run(oft, [x, weights], '--set', 'terms=three'))).toMatch(
    /OFT1044: configuration 'terms' of layer 'oft' must be a number, got 'three'/,
  );
  expect(await refused(1, ...run(at('nowhere.ts'), [x]))).toMatch(
    /^error OFT1045: cannot read '.*nowhere\.ts'/,
  );
  expect(await refused(1, ...run(oft, [at('nowhere.safetensors')]))).toMatch(
    /^error IoError: .*nowhere\.safetensors: cannot open it: ENOENT/,
  );
});

test('a missing tensor is refused', async () => {
  const v = tensorFile('v.safetensors', f32('v', SHAPES.v));
  const message = await refused(1, ...run(oft, [x, v]));
  expect(message).toMatch(/oft\.ts:7:8 - error OFT4001: layer 'oft' needs 'W' \(frozen, f32, out × b\*r\): /);
  expect(message).toMatch(/x\.safetensors has x; .*v\.safetensors has v\. Add the tensor under that name/);
});

test('an extra tensor and one in two files are refused', async () => {
  const extra = tensorFile('extra.safetensors', f32('bias', [5]));
  expect(await refused(1, ...run(oft, [x, weights, extra]))).toMatch(
    /^error OFT4002: .*extra\.safetensors: layer 'oft' has no tensor 'bias' \(F32 \[5\]\); it takes x, W, v; rename/,
  );
  const g = tensorFile('grad.safetensors', f32('grad_output', [3, 5]));
  expect(await refused(1, ...run(oft, [x, weights, x]))).toMatch(
    /^error OFT4009: tensor 'x' is in .*x\.safetensors and in .*x\.safetensors: leave it in one place/,
  );
  const g2 = tensorFile('grad2.safetensors', f32('grad.y', [3, 5]));
  expect(await refused(1, ...run(oft, [x, weights, g, g2]))).toMatch(
    /tensor 'grad\.y' is in .* \(as 'grad_output' and 'grad\.y'\)/,
  );
});

test('a wrong dtype and values that would be rounded are refused', async () => {
  const ints = tensorFile('ints.safetensors', {
    name: 'x',
    dtype: 'I32',
    shape: SHAPES.x,
    data: new Int32Array(24),
  });
  expect(await refused(1, ...run(oft, [ints, weights]))).toMatch(
    /OFT4003: .*ints\.safetensors: tensor 'x' is I32 and 'x' is declared f32, which is read from F32, or from F16, BF16, F64 whose every value it can hold: save it with \.to\(torch\.float32\)/,
  );
  const doubles = tensorFile('doubles.safetensors', {
    name: 'x',
    dtype: 'F64',
    shape: SHAPES.x,
    data: new Float64Array(24).fill(0.5).fill(0.1, 7),
  });
  expect(await refused(1, ...run(oft, [doubles, weights]))).toMatch(
    /OFT4003: .*tensor 'x' is F64 .* f32; element 7 is 0\.1, which f32 cannot hold exactly \(nearest: 0\.10000000149011612\), and nothing is rounded silently/,
  );
});

test('an f16 parameter refuses what it cannot hold', async () => {
  const half = layerFile(
    'half.ts',
    `import { frozen, input, layer } from 'oftc';
export const half = layer({ x: input('tokens', 'in', { dtype: 'f16' }), W: frozen('out', 'in', { dtype: 'f16' }) }, ({ x, W }) => x.matmul(W.T));
`,
  );
  const big = tensorFile('big.safetensors', f32('x', [1, 2], 1e6), {
    name: 'W',
    dtype: 'F16',
    shape: [2, 2],
    data: encodeF16([1, 2, 3, 4]),
  });
  expect(await refused(1, ...run(half, [big]))).toMatch(
    /element 0 is 1000000, which f16 cannot hold exactly \(nearest: Infinity\).*torch\.float16/,
  );
});

test('a truncated file is refused', async () => {
  writeFileSync(at('cut.safetensors'), readFileSync(weights).subarray(0, -3));
  expect(await refused(1, ...run(oft, [x, at('cut.safetensors')]))).toMatch(
    /^error MetadataIncompleteBuffer: .*cut\.safetensors: the tensors need 208 bytes of data and the file holds 205: it is cut short/,
  );
  writeFileSync(at('head.safetensors'), readFileSync(weights).subarray(0, 5));
  expect(await refused(1, ...run(oft, [x, at('head.safetensors')]))).toMatch(/^error HeaderTooSmall: /);
});

test('more tokens than the device can hold are refused', async () => {
  const many = tensorFile('many.safetensors', f32('x', [2 ** 20, 2]), f32('v', [1, 1]), f32('W', [1024, 2]));
  expect(await refused(3, ...run(oft, [many], '--device', 'gpu'))).toMatch(
    /^error LimitExceeded: output 'y' at tokens = 1048576 .*4294967296.*run fewer tokens/,
  );
});

test('an output that cannot be written is refused', async () => {
  const outcome = await oftc(
    ...run(oft, [x, weights]).map((a) => (a === y ? at('no/such/y.safetensors') : a)),
  );
  expect(outcome.exit).toBe(1);
  expect(outcome.stderr).toMatch(/^error IoError: .*cannot write it: ENOENT/);
});

test('with --json an error is one object on stdout', async () => {
  const outcome = await oftc('explain', at('while.ts'), '--json');
  expect(outcome.exit).toBe(1);
  expect(outcome.stderr).toBe('');
  expect(JSON.parse(outcome.stdout)).toEqual({
    error: {
      code: 'OFT1001',
      message: expect.stringContaining('while is not part of the language'),
      at: expect.stringMatching(/while\.ts:3:3$/),
    },
  });
});
