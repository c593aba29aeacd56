/** The printed OFT: its text, and its module as PyTorch users run it. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { solveDims } from '../../../../compiler/ir/bind.ts';
import type { Program } from '../../../../compiler/ir/node.ts';
import { oft } from '../../../../src/adapters/oft.ts';
import { pythonTexts } from '../../../../src/cli/package.ts';
import {
  attention,
  frozen,
  input,
  layer,
  list,
  size,
  trainable,
} from '../../../../src/language/dsl/index.ts';
import { buildTorch } from '../../../../src/targets/torch/index.ts';
import { PYTHON, python } from '../../../support/torch.ts';
import { oftc } from '../../cli/harness.ts';

const built = (name: string, program: Program, dims: Readonly<Record<string, number>>) =>
  buildTorch(program, {
    name,
    sizes: solveDims(program, dims),
    from: { file: `${name}.ts`, version: '0.0.0' },
    python: pythonTexts(),
  });

/** Writes a package's files into a folder of its name. */
function write(folder: string, name: string, files: ReturnType<typeof built>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name, path)), { recursive: true });
    writeFileSync(join(folder, name, path), text);
  }
}

const texts = built('oft', oft.trace(), { in: 16, out: 12, b: 4 });

it('the layer reads as a person would write it', async () => {
  for (const file of ['layer.py', 'reference.py', 'test_layer.py'])
    await expect(texts[file]).toMatchFileSnapshot(`./printed/${file}`);
  for (const [file, text] of Object.entries(texts)) {
    const long = text.split('\n').filter((line) => line.length > 120);
    expect(long, file).toEqual([]);
  }
});

it.runIf(PYTHON)('the module is one that PyTorch users know', () => {
  const folder = mkdtempSync(join(tmpdir(), 'oftc-torch-'));
  write(folder, 'oft', texts);
  const test = fileURLToPath(new URL('./test_module.py', import.meta.url));
  writeFileSync(join(folder, 'test_module.py'), readFileSync(test));
  expect(python(['-m', 'unittest', 'test_module'], folder)).toMatch(/Ran 16 tests[\s\S]*\nOK/);
});

it('the command writes the package, and says how its tests run', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'oftc-torch-'));
  const example = fileURLToPath(new URL('../../../../examples/oft.ts', import.meta.url));
  const args = [
    'build',
    example,
    '--target',
    'torch',
    '--dims',
    'in=16,out=12,b=4',
    '-o',
    join(folder, 'mine'),
  ];
  const run = await oftc(...args);
  expect(run.stdout).toContain(`cd ${folder} && python3 -m unittest mine.test_layer`);
  expect(readFileSync(join(folder, 'mine/layer.py'), 'utf8')).toMatch(/^# Built by oftc /);
  const refused = await oftc(...args, '--no-grad', '--activations', 'f16');
  expect(refused.stderr).toContain('--target torch takes no --activations, --no-grad');
  const misnamed = await oftc(...args.slice(0, -1), join(folder, 'my-oft'));
  expect(misnamed.stderr).toContain(
    'is no name that Python can import: use letters, digits and _, such as -o my_oft',
  );
});

/** A layer whose tensors have names that Python or the printed code uses. */
const words = layer(
  {
    lambda: input('tokens', 'in'),
    torch: frozen('out', 'in'),
    I: trainable('in', { init: 'ones' }),
    del: trainable('in', { init: 'ones' }),
    dtype: trainable('in', { init: 'ones' }),
    saved: trainable('in', { init: 'ones' }),
    tokens: trainable('out', { init: 'zeros' }),
  },
  (t) => ({
    def: t.lambda.mul(t.I).mul(t.del).mul(t.dtype).mul(t.saved).matmul(t.torch.T).add(t.tokens),
    needs: t.lambda.mul(t.I),
  }),
).trace();

it.runIf(PYTHON)('tensors may have the names of keywords, modules and sizes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'oftc-torch-'));
  write(folder, 'words', built('words', words, { in: 5, out: 3 }));
  expect(python(['-m', 'unittest', 'words.test_layer'], folder)).toMatch(/Ran 8 tests[\s\S]*\nOK/);
  const shape =
    'import torch; from words.layer import Words; print(Words(torch.ones(3, 5))(torch.ones(2, 5))[0].shape)';
  expect(python(['-c', shape], folder)).toContain('torch.Size([2, 3])');
});

/** A layer whose backward pass reads no argument, and whose results are an argument and one tensor twice. */
const plain = layer({ x: input('tokens', 'in'), s: trainable('in', { init: 'zeros' }) }, ({ x, s }) => {
  const y = x.add(s);
  return { y, again: y, own: s };
}).trace();

it.runIf(PYTHON)(
  'a result may be an argument or another result, and the backward pass may read nothing',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'oftc-torch-'));
    write(folder, 'plain', built('plain', plain, { in: 3 }));
    // A cotangent of one result is no cotangent of the other.
    const gradients = [
      'import torch; from plain.layer import Plain; own = Plain(dtype=torch.float64)',
      'x = torch.ones(2, 3, dtype=torch.float64, requires_grad=True)',
      'y, again, s = own(x); print((y + 3 * again + 0 * s.sum()).sum().backward(), x.grad.unique(), own.s.grad.unique())',
    ].join('\n');
    expect(python(['-c', gradients], folder)).toContain('None tensor([4.], dtype=torch.float64) tensor([8.]');
  },
);

it('two tensors with one name in Python are refused', () => {
  const both = layer(
    { x: input('tokens', 'in'), v: list(1, trainable('in')), v_0: trainable('in') },
    ({ x, v, v_0 }) => x.mul(v[0]!).mul(v_0),
  ).trace();
  expect(() => built('both', both, { in: 4 })).toThrow(
    "'v.0' and 'v_0' would both be v_0 in Python: rename one of them",
  );
  const gradient = layer({ x: input('tokens', 'in'), grad_x: trainable('in') }, ({ x, grad_x }) =>
    x.mul(grad_x),
  ).trace();
  expect(() => built('gradient', gradient, { in: 4 })).toThrow(
    "'grad_x' would have the name of the gradient of 'x' in Python: rename it",
  );
});

it('a number of tokens that no tensor shows is refused', () => {
  const mean = layer({ v: trainable('in', { init: 'ones' }) }, ({ v }) => v.div(size('tokens'))).trace();
  expect(() => built('mean', mean, { in: 4 })).toThrow(
    expect.objectContaining({
      code: 'OFT4005',
      message: expect.stringContaining(
        "'layer' reads the number of tokens, and PyTorch gives a layer tensors alone: declare an input",
      ),
    }),
  );
});

it('a file alone defines every constant that it reads', () => {
  const capped = layer(
    { x: input('tokens', 'h', 'd'), start: input('tokens', { dtype: 'i32' }) },
    ({ x, start }) => attention(x, x, x, start, { softCap: 2 }),
  ).trace();
  const { 'layer.py': text } = buildTorch(capped, {
    ...{ name: 'capped', sizes: { h: 2, d: 3 }, from: { file: 'capped.ts', version: '0.0.0' } },
    ...{ python: pythonTexts(), standalone: true },
  });
  const read = [...text!.matchAll(/(?<![\w.])_[A-Z][A-Z_]+\b/g)].map(([name]) => name);
  expect(read).toContain('_ROWS');
  for (const name of read) expect(text).toMatch(new RegExp(`^${name} = `, 'm'));
});

/** Runs each file by itself, and compares its functions with those of the package of its name. */
const ALONE = `
import importlib, sys
import torch

assert importlib.util.find_spec("oftc_torch") is None
for name in sys.argv[1:]:
    alone, packaged = importlib.import_module(f"{name}_alone.layer"), importlib.import_module(f"{name}.layer")
    case = importlib.import_module(f"{name}.test_layer")
    shapes = next(c for n, c in vars(case).items() if n.startswith("Test")).shapes(5)
    generator = torch.Generator().manual_seed(0)
    draw = importlib.import_module(f"{name}.oftc_torch.testing").draw
    inputs = [draw(shape, below, generator) for shape, below, _ in shapes.values()]
    results = []
    for module in (alone, packaged):
        function = next(v for k, v in vars(module).items() if k.endswith("Function"))
        given = [i.clone().requires_grad_(i.is_floating_point() and role in ("input", "trainable")) for i, (_, _, role) in zip(inputs, shapes.values())]
        y = function.apply(*given)[0]
        results.append([y, *torch.autograd.grad(y.sum(), [i for i in given if i.requires_grad])])
    for a, b in zip(*results, strict=True):
        assert torch.equal(a, b), name
    print(name, "equal")
`;

it.runIf(PYTHON)('--standalone writes one file that needs PyTorch alone, and computes the same', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'oftc-torch-'));
  const source = (name: string) =>
    fileURLToPath(new URL(`../../../../src/adapters/${name}.ts`, import.meta.url));
  const sizes = { hra: 'in=6,out=4,r=2', oft: 'in=8,out=4,b=4', poet: 'in=8,out=8,a=4,b=2' };
  for (const [name, dims] of Object.entries(sizes)) {
    const shared = ['build', source(name), '--layer', name, '--target', 'torch', '--dims', dims];
    const whole = await oftc(...shared, '-o', join(folder, name));
    expect(whole.exit, whole.stderr).toBe(0);
    const { exit, stdout, stderr } = await oftc(
      ...shared,
      '--standalone',
      '-o',
      join(folder, `${name}_alone`),
    );
    expect(exit, stderr).toBe(0);
    expect(stdout).toBe(`${join(folder, `${name}_alone`, 'layer.py')}\n`);
    expect(readFileSync(join(folder, `${name}_alone`, 'layer.py'), 'utf8')).not.toContain('oftc_torch');
  }
  writeFileSync(join(folder, 'alone.py'), ALONE);
  const run = spawnSync(PYTHON!, ['alone.py', ...Object.keys(sizes)], { cwd: folder, encoding: 'utf8' });
  expect(run.stdout, run.stderr).toBe('hra equal\noft equal\npoet equal\n');
  const refused = await oftc(
    'build',
    source('oft'),
    '--layer',
    'oft',
    '--standalone',
    '--dims',
    sizes.oft,
    '-o',
    join(folder, 'no'),
  );
  expect(refused.stderr).toContain(
    '--standalone is of PyTorch: add --target torch or peft, or leave --standalone out',
  );
});
