/** The printed OFT: its text, and its module as PyTorch users run it. */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { solveDims } from '../../../../compiler/ir/bind.ts';
import { oft } from '../../../../src/adapters/oft.ts';
import { buildTorch } from '../../../../src/targets/torch/index.ts';
import { PACKAGE, PYTHON, python } from '../../../support/torch.ts';
import { oftc } from '../../cli/harness.ts';

const program = oft.trace();
const texts = buildTorch(program, {
  name: 'oft',
  sizes: solveDims(program, { in: 16, out: 12, b: 4 }),
  from: { file: 'oft.ts', version: '0.0.0' },
  python: join(PACKAGE, 'oftc_torch'),
});

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
  for (const [path, text] of Object.entries(texts)) {
    mkdirSync(dirname(join(folder, 'oft', path)), { recursive: true });
    writeFileSync(join(folder, 'oft', path), text);
  }
  const test = fileURLToPath(new URL('./test_module.py', import.meta.url));
  writeFileSync(join(folder, 'test_module.py'), readFileSync(test));
  expect(python(['-m', 'unittest', 'test_module'], folder)).toMatch(/Ran 10 tests[\s\S]*\nOK/);
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
