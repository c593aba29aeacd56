/** Layers that are PEFT's methods: they are recognised, and become classes over PEFT's own layers. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { Program } from '../../../../compiler/ir/node.ts';
import {
  blockDiag,
  cayleyNeumann,
  detach,
  frozen,
  input,
  layer,
  skew,
  type Tensor,
  trainable,
} from '../../../../src/language/dsl/index.ts';
import { METHODS } from '../../../../src/targets/torch/methods.ts';
import { buildPeft } from '../../../../src/targets/torch/peft/index.ts';
import { PYTHON, python } from '../../../support/torch.ts';
import { oftc } from '../../cli/harness.ts';
import { from, library, readHere, write } from './built.ts';

/** Settings of PEFT's methods as a class over PEFT's layer: a package, or one file. */
const overPeft = (form: string, standalone = false) => {
  const shared = { name: 'mine', given: {}, config: {}, from, python: library, standalone };
  return buildPeft(METHODS[form]!.trace(true), shared);
};

it('a layer of PEFT’s becomes a class over PEFT’s own, however it is written', async () => {
  const { texts, method } = overPeft('hra', true);
  expect([method, Object.keys(texts)]).toEqual(['HRA', ['layer.py']]);
  await expect(texts['layer.py']).toMatchFileSnapshot('./printed/peft/hra.py');
  expect(texts['layer.py']).not.toMatch(/oftc_torch/);
  for (const [form, { trace }] of Object.entries(METHODS)) {
    const { method: own, texts: all } = buildPeft(trace(false), {
      ...{ name: 'mine', given: {}, config: {}, from, python: library },
    });
    expect(own?.toLowerCase()).toBe(form.split('_')[0]);
    expect(all['layer.py']).toMatch(/^class Derived\w*Linear\(/m);
  }
});

it('one file has no code of settings that it is not built for', () => {
  const text = (form: string) => overPeft(form, true).texts['layer.py']!;
  expect(text('lora')).not.toMatch(/dora|magnitude|is_frozen_linear/i);
  expect(text('dora')).toMatch(/class DoRA\(Derived\):[\s\S]*class DerivedLinear\(DoRA, Linear\):/);
});

it('a layer is known by its tensors and by what it computes', () => {
  const written = (turn: (R: Tensor) => Tensor, stored = 'oft_R.weight', gradient = (v: Tensor) => v) =>
    layer(
      {
        h: input('tokens', 'width'),
        weight: frozen('rows', 'width'),
        triangles: trainable('n', 'tri(m)', { stored, init: 'zeros' }),
      },
      ({ h, weight, triangles }) =>
        h.matmul(turn(blockDiag(cayleyNeumann(skew(gradient(triangles)), { terms: 5 })))).matmul(weight.T),
      { where: { width: 'n*m' } },
    ).trace();
  const known = (program: Program) =>
    buildPeft(program, { name: 'mine', given: { m: 4 }, config: {}, from, python: library }).method;
  expect(known(written((R) => R))).toBe('OFT');
  expect(known(written((R) => R.T))).toBeUndefined();
  expect(known(written((R) => R, 'other'))).toBeUndefined();
  expect(known(written((R) => R.add(R.sub(detach(R)))))).toBeUndefined();
  const refused = (program: Program, reason: RegExp) =>
    expect(() =>
      buildPeft(program, { name: 'oft', given: { m: 4 }, config: {}, from, python: library }),
    ).toThrow(reason);
  refused(
    written((R) => R.T),
    /stores its tensors but computes another function .*`oftc check FILE --against oft` shows where/,
  );
  refused(
    written((R) => R, 'other'),
    /PEFT has a method 'oft', and this layer does not store its tensors: declare them/,
  );
});

const FORMS = {
  OFT: 'oft',
  'OFT, exact': 'oft_exact',
  'OFT, shared': 'oft_shared',
  BOFT: 'boft_1',
  HRA: 'hra',
  LoRA: 'lora',
  DoRA: 'dora',
  RoAd: 'road_2',
  PSOFT: 'psoft',
};

it.runIf(PYTHON)('classes over PEFT’s layers compute what PEFT computes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'oftc-peft-'));
  for (const form of Object.values(FORMS)) {
    write(join(folder, `my_${form}`), overPeft(form).texts);
    write(join(folder, `alone_${form}`), overPeft(form, true).texts);
  }
  const files = process.env.PEFT_SRC
    ? ['test_peft_built_real.py', 'test_peft_real.py']
    : ['test_peft_built.py', 'test_peft.py'];
  for (const file of files) writeFileSync(join(folder, file), readHere(file));
  process.env.OFTC_FORMS = JSON.stringify(FORMS);
  process.env.OFTC_ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
  const said = python(['-B', '-m', 'unittest', files[0]!.replace('.py', '')], folder);
  expect(said).toMatch(process.env.PEFT_SRC ? /Ran 2 tests[\s\S]*\nOK/ : /Ran 4 tests[\s\S]*\nOK/);
});

it('the command writes one file, and refuses sizes of a layer of PEFT’s', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'oftc-peft-'));
  const source = (name: string) =>
    fileURLToPath(new URL(`../../../../src/adapters/${name}.ts`, import.meta.url));
  const args = (name: string) => [
    'build',
    source(name),
    '--layer',
    name,
    '--target',
    'peft',
    '-o',
    join(folder, 'a'),
  ];
  const alone = await oftc(...args('hra'), '--standalone');
  expect(alone.stdout).toBe(`${join(folder, 'a/layer.py')}\n`);
  const library = await oftc('build', 'hra', '--target', 'peft', '--standalone', '-o', join(folder, 'b'));
  expect(library.stdout, library.stderr).toBe(`${join(folder, 'b/layer.py')}\n`);
  const [own, named] = ['a', 'b'].map((f) => readFileSync(join(folder, f, 'layer.py'), 'utf8').split('\n'));
  expect(named![0]).toMatch(/from oftc's hra: build it again/);
  expect(named!.slice(1)).toEqual(own!.slice(1));
  const one = await oftc('build', 'hra', '--layer', 'oft', '--target', 'peft', '-o', join(folder, 'c'));
  expect(one.stderr).toContain("'hra' names one layer of the library: leave --layer out");
  const none = await oftc('build', 'hrb', '--target', 'peft', '-o', join(folder, 'c'));
  expect(none.stderr).toMatch(/there is no method 'hrb': name one of .* Did you mean 'hra'\?/);
  const sized = await oftc(...args('oft'), '--dims', 'b=4');
  expect(sized.stderr).toContain("PEFT's own configuration gives the sizes of OFT: leave --dims out");
});
