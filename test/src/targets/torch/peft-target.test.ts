/** Layers that are added to PEFT: their text, what is refused, and what they compute. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { bindProgram, solveDims } from '../../../../compiler/ir/bind.ts';
import type { Program } from '../../../../compiler/ir/node.ts';
import { myAdapter } from '../../../../examples/my-adapter.ts';
import { diagOft } from '../../../../src/adapters/diag-oft.ts';
import { etherPlus } from '../../../../src/adapters/ether.ts';
import { goft } from '../../../../src/adapters/goft.ts';
import { doubleGsoft } from '../../../../src/adapters/gsoft.ts';
import { hoft } from '../../../../src/adapters/hoft.ts';
import { poet } from '../../../../src/adapters/poet.ts';
import { frozen, householder, input, layer, max, trainable } from '../../../../src/language/dsl/index.ts';
import { buildPeft } from '../../../../src/targets/torch/peft/index.ts';
import { referenceText } from '../../../../src/targets/torch/reference.ts';
import { PYTHON, python } from '../../../support/torch.ts';
import { oftc } from '../../cli/harness.ts';
import { from, library, readHere, write } from './built.ts';

/** A weight whose elements are scaled one by one, so that no linear layer stands by itself. */
const masked = layer(
  {
    x: input('tokens', 'in'),
    W: frozen('out', 'in', { stored: 'weight' }),
    bias: frozen('out', { stored: 'bias' }),
    rows: trainable('out', 1, { init: 'ones' }),
    scale: trainable('in', { init: 'ones' }),
    mean: trainable('out', 1, { init: { rowNorms: 'W' } }),
  },
  ({ x, W, bias, rows, scale, mean }) => x.matmul(W.mul(W).mul(scale).add(W.mul(rows)).add(mean).T).add(bias),
);

/** An adapter beside the frozen layer that is not linear in x. */
const bent = layer(
  {
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    A: trainable('r', 'in', { init: { kaiming: 1 } }),
    B: trainable('out', 'r', { init: 'zeros' }),
  },
  ({ x, W, A, B }) => x.matmul(W.T).add(max(x.matmul(A.T), 0).matmul(B.T)),
);

interface Added {
  readonly name: string;
  readonly program: Program;
  readonly given: Readonly<Record<string, number>>;
  readonly config?: Readonly<Record<string, unknown>>;
  /** The modules that it is added to; without them, those of (in, out) = (16, 16), (16, 32) and (32, 16). */
  readonly targets?: readonly string[];
  /** The reason why one adapter alone can be active. */
  readonly one?: 'weight' | 'bias';
}
const ADDED: Readonly<Record<string, Added>> = {
  my_hoft: { name: 'hoft', program: hoft.trace({ bias: true }), given: { r: 4 } },
  my_poet: {
    name: 'poet',
    program: poet.trace({ bias: true }),
    given: { a: 4, b: 8 },
    config: { terms: 5, permuted: false },
    one: 'bias',
  },
  my_ether: { name: 'etherPlus', program: etherPlus.trace({ bias: true }), given: { b: 4 } },
  my_gsoft: { name: 'doubleGsoft', program: doubleGsoft.trace({ bias: true }), given: { b: 4, a: 2 } },
  my_diag: { name: 'diagOft', program: diagOft.trace({ rescale: true, bias: true }), given: { b: 4 } },
  my_goft: {
    name: 'goft',
    program: goft.trace({ levels: 4, bias: true }),
    given: {},
    config: { levels: 4 },
    targets: ['q_proj', 'up_proj'],
  },
  mine: { name: 'myAdapter', program: myAdapter.trace(), given: { a: 2, b: 4 } },
  my_masked: { name: 'masked', program: masked.trace(), given: {}, one: 'weight' },
  my_bent: { name: 'bent', program: bent.trace(), given: { r: 3 } },
};
const LAYERS = { q_proj: [16, 16], up_proj: [32, 16], down_proj: [16, 32] } as const;
const built = ({ name, program, given, config = {} }: Added, standalone = false) =>
  buildPeft(program, { name, given, config, from, python: library, standalone }).texts;

it('the files read as a person would write them', async () => {
  const texts = built(ADDED.my_hoft!);
  for (const file of ['__init__.py', 'config.py', 'layer.py', 'model.py', 'test_layer.py'])
    await expect(texts[file]).toMatchFileSnapshot(`./printed/peft/${file}`);
  for (const [package_, added] of Object.entries(ADDED))
    for (const [file, text] of Object.entries(built(added)))
      expect(
        text.split('\n').filter((line) => line.length > 120),
        `${package_}/${file}`,
      ).toEqual([]);
});

it('a package is tested at small sizes that its starts allow', () => {
  // The smallest sizes that differ would be in = 2, r = 3 and out = 4.
  const turned = layer(
    {
      x: input('tokens', 'in'),
      u: trainable('r', 'in', { init: { pairs: 0, of: { normal: 1 } } }),
      W: frozen('out', 'in'),
    },
    ({ x, W, u }) => x.matmul(householder(u.T)).matmul(W.T),
  ).trace();
  const { texts } = buildPeft(turned, { name: 'turned', given: { r: 6 }, config: {}, from, python: library });
  const [, r] = /config = TurnedConfig\(r=(\d+)\)/.exec(texts['test_layer.py']!)!;
  expect(Number(r) % 2).toBe(0);
});

/** Runs tests of test_peft_added.py on packages, which are written to a folder beside the layers as written. */
function ran(packages: readonly string[], tests: readonly string[], standalone = false): string {
  const folder = mkdtempSync(join(tmpdir(), 'oftc-peft-'));
  const entries = packages.map((package_) => {
    const added = ADDED[package_]!;
    const texts = built(added, standalone);
    write(join(folder, package_), texts);
    const { program, given, targets = Object.keys(LAYERS), one = '' } = added;
    const weight = program.inputs.find((i) => i.role === 'frozen')!;
    const references = targets.map((t) => {
      const [out, width] = LAYERS[t as keyof typeof LAYERS];
      const own = `${package_}_${out}x${width}`;
      const sizes = solveDims(program, given, { [weight.name]: [out, width] });
      const text = referenceText(bindProgram(program, sizes), []);
      writeFileSync(join(folder, `${own}.py`), text.replace('from . import', 'import'));
      return [`${out}x${width}`, own];
    });
    const config = /class (\w+)\(MethodConfig\)/.exec(texts['config.py']!)![1]!;
    const prefix = /prefix = "(\w+)"/.exec(texts['model.py']!)![1]!;
    const inputs = program.inputs.map((i) => i.name);
    return [package_, { config, prefix, inputs, targets, one, references: Object.fromEntries(references) }];
  });
  process.env.OFTC_BUILT = JSON.stringify(Object.fromEntries(entries));
  process.env.OFTC_ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
  for (const file of ['test_peft_added.py', 'peft_stand_in.py'])
    writeFileSync(join(folder, file), readHere(file));
  return python(['-B', '-m', 'unittest', ...tests.map((t) => `test_peft_added${t}`)], folder);
}

it.runIf(PYTHON)('added layers compute what their authors wrote, in PEFT where it is there', () => {
  expect(ran(Object.keys(ADDED), [''])).toMatch(/Ran 42 tests[\s\S]*\nOK/);
});

it.runIf(PYTHON)('four files alone compute the same', () => {
  const packages = ['my_hoft', 'my_poet', 'my_masked'];
  for (const package_ of packages) {
    const texts = built(ADDED[package_]!, true);
    expect(Object.keys(texts).sort()).toEqual(['__init__.py', 'config.py', 'layer.py', 'model.py']);
    expect(Object.values(texts).join('')).not.toMatch(/oftc_torch/);
  }
  const tests = [
    '.Added.test_outputs_and_gradients_are_those_of_the_layer_as_written',
    '.Added.test_merged_layers_compute_the_same_and_are_given_back_bit_by_bit',
  ];
  expect(ran(packages, tests, true)).toMatch(/Ran 2 tests[\s\S]*\nOK/);
});

it('a layer that adapts no linear layer is refused with the reason', () => {
  const refused = (program: Program, given = {}, name = program.name) => {
    try {
      buildPeft(program, { name, given, config: {}, from, python: library });
    } catch (error) {
      return String(error instanceof Error ? error.message : error);
    }
    return 'built';
  };
  const x = input('tokens', 'in');
  const W = frozen('out', 'in');
  const v = trainable('in', { init: 'ones' });
  expect(refused(layer({ x, W, v: trainable('in') }, (t) => t.x.mul(t.v).matmul(t.W.T)).trace())).toMatch(
    /'v' declares no init, and PEFT makes every adapter anew: declare how it starts/,
  );
  expect(
    refused(layer({ x, W, v, c: frozen('in') }, (t) => t.x.mul(t.v).mul(t.c).matmul(t.W.T)).trace()),
  ).toMatch(/nothing gives the frozen tensor 'c': declare how it starts with init, or declare it trainable/);
  expect(refused(layer({ x, v }, (t) => t.x.mul(t.v)).trace())).toMatch(
    /declares no frozen weight \(out, in\)/,
  );
  expect(
    refused(layer({ x, W, U: frozen('out', 'in'), v }, (t) => t.x.mul(t.v).matmul(t.W.add(t.U).T)).trace()),
  ).toMatch(/'W' and 'U' could each be the frozen weight: declare one with { stored: 'weight' }/);
  expect(refused(layer({ x, W: frozen('in', 'out'), v }, (t) => t.x.mul(t.v).matmul(t.W)).trace())).toMatch(
    /'W' has shape \(in, out\), and a linear layer from in to out stores \(out, in\)/,
  );
  expect(
    refused(layer({ x, z: input('tokens', 'in'), W, v }, (t) => t.x.mul(t.v).add(t.z).matmul(t.W.T)).trace()),
  ).toMatch(/PEFT gives it one activation, and it takes several/);
  expect(refused(hoft.trace())).toMatch(
    /give r=… \(command line: --dims\)\. Each becomes a field of the adapter's configuration/,
  );
  const sized = layer({ x, W, A: trainable('revision', 'in', { init: 'zeros' }) }, (t) =>
    t.x.matmul(t.A.T).matmul(t.A).add(t.x).matmul(t.W.T),
  ).trace();
  expect(refused(sized, { revision: 4 })).toMatch(/'revision' would become a field .* rename it/);
  const gradient = layer({ x, W, grad_x: v }, (t) => t.x.mul(t.grad_x).matmul(t.W.T)).trace();
  expect(refused(gradient)).toMatch(/'grad_x' would have the name of the gradient of 'x'/);
  expect(refused(hoft.trace(), { r: 4 }, '_1')).toMatch(/'_1' cannot name a method of PEFT/);
});

it('the command writes the package, and refuses what PEFT decides', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'oftc-peft-'));
  const source = fileURLToPath(new URL('../../../../src/adapters/poet.ts', import.meta.url));
  const args = ['build', source, '--layer', 'poet', '--target', 'peft', '--dims', 'a=4,b=8', '-o'];
  const run = await oftc(...args, join(folder, 'mine'));
  expect(run.exit, run.stderr).toBe(0);
  expect(run.stdout).toContain(`cd ${folder} && python3 -m unittest mine.test_layer`);
  const text = (file: string) => readFileSync(join(folder, 'mine', file), 'utf8');
  expect(text('config.py')).toMatch(
    /^# Built by oftc .*\n[\s\S]*a: int = 4\n {4}b: int = 8\n {4}terms: int = 5/,
  );
  expect(text('config.py')).not.toContain('bias');
  // The library's layers say what becomes of a bias, where the frozen layer has one.
  expect(text('layer.py')).toContain('mixes_bias = True');
  const without = await oftc(...args, join(folder, 'without'), '--set', 'bias=false');
  expect(without.exit, without.stderr).toBe(0);
  expect(readFileSync(join(folder, 'without/layer.py'), 'utf8')).not.toContain('mixes_bias');
  const refused = await oftc(...args, join(folder, 'no'), '--no-grad', '--activations', 'f16');
  expect(refused.stderr).toContain('--target peft takes no --activations, --no-grad: dtypes, devices');
  for (const [name, reason] of [
    ['lambda', 'a keyword of Python, which no import takes: choose another name, such as -o my_lambda'],
    ['torch', 'also the name of a module that Python, PyTorch or PEFT imports'],
    ['oftc_torch', 'also the name of a module'],
    ['json', 'also the name of a module'],
    ['1-up', 'no name that Python can import: use letters, digits and _, such as -o my_1_up'],
  ]) {
    const named = await oftc(...args, join(folder, name!));
    expect(named.stderr, name).toContain(`--output '${join(folder, name!)}' is ${reason}`);
  }
  const derived = await oftc(...args, join(folder, 'no'), '--objective', 'memory', '--pinned');
  expect(derived.stderr).toContain('--target peft takes no --objective, --pinned: the frozen layer stays');
});
