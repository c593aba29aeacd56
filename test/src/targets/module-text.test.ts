/**
 * The texts of built modules, whole: their comments, constants, Plans and types. Kernels are shown by digests. Other tests
 * run built modules (hosts.test.ts) and check callers against the types (build.test.ts).
 */
import { expect, it } from 'vitest';
import { CLASSES, portable } from '../../../compiler/devices/index.ts';
import type { Program } from '../../../compiler/ir/node.ts';
import { oft } from '../../../src/adapters/oft.ts';
import { expm, frozen, input, layer, skew, trainable } from '../../../src/index.ts';
import type { Traceable } from '../../../src/language/load.ts';
import { type BuildOptions, buildModule, buildNamespace } from '../../../src/targets/module.ts';
import { digest } from '../../support/digest.ts';

const scaled = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), s: trainable('out'), k: frozen('in') },
  ({ x, W, s, k }) => ({ y: x.mul(k).matmul(W.T).mul(s), 'a b': x.add(x) }),
  { name: 'scaled */ rows' },
);
/** Nothing is bound, and no law applies. */
const doubled = layer({ class: input('tokens', 'n', { dtype: 'f16' }) }, (t) => ({ z: t.class.mul(2) }));
/** A layer to which a law applies. */
const narrow = layer({ x: input('tokens', 'n'), A: trainable('n', 'n'), v: frozen('n') }, ({ x, A, v }) =>
  x.matmul(A.matmul(A)).mul(v),
);
/** No input depends on the tokens. */
const constant = layer({ W: frozen('n', 'n') }, ({ W }) => ({ W2: W.T.T.matmul(W) }));

const SIZES = { out: 2, in: 3 };
const OPTIONS: BuildOptions = {
  name: 'scaled',
  sizes: SIZES,
  config: {},
  gradients: false,
  devices: [portable],
  from: { file: 'a\nlayer.ts', version: '1.2.3' },
};

const CASES: Readonly<Record<string, readonly [Traceable, BuildOptions]>> = {
  forward: [scaled, OPTIONS],
  gradients: [
    scaled,
    {
      ...OPTIONS,
      gradients: true,
      config: { terms: 3, names: ['a', 'b"'], none: [], deep: { x: {}, 'y z': null }, most: Infinity },
    },
  ],
  'as-written': [scaled, { ...OPTIONS, asWritten: true }],
  pinned: [scaled, { ...OPTIONS, pinned: true, allow: ['approximates'] }],
  half: [scaled, { ...OPTIONS, activations: 'f16' }],
  float: [scaled, { ...OPTIONS, activations: 'f32' }],
  quantised: [scaled, { ...OPTIONS, sizes: { out: 2, in: 64 }, quantized: { W: 'nf4' } }],
  doubled: [doubled, { ...OPTIONS, name: 'class', sizes: { n: 2 }, gradients: true }],
  narrow: [narrow, { ...OPTIONS, name: 'narrow', sizes: { n: 8 }, gradients: true }],
  oft: [
    { trace: () => oft.trace() },
    { ...OPTIONS, name: 'oft', sizes: { r: 2, out: 6, in: 8, b: 4 }, gradients: true },
  ],
  'every option': [
    scaled,
    {
      ...OPTIONS,
      ...{ sizes: { out: 2, in: 64 }, activations: 'f16', quantized: { W: 'int8' } },
      ...{ asWritten: true, pinned: true, allow: ['approximates'] },
    },
  ],
  constant: [constant, { ...OPTIONS, name: 'constant', sizes: { n: 2 } }],
};

/** A text with digests in place of the kernels. */
const shown = (text: string): string =>
  text.replaceAll(/^`(?:[^`\\]|\\.)*`,$/gms, (wgsl) => `\`${digest(wgsl)}\`,`);

const traced = (name: string): [Program, BuildOptions] => {
  const [of, options] = CASES[name]!;
  return [of.trace(), options];
};

it.each(Object.keys(CASES))('of %s', async (name) => {
  const { texts, devices } = buildModule(...traced(name));
  const files = Object.entries(texts).map(([file, text]) => `=== ${file}\n${shown(text)}`);
  await expect(`${files.join('')}=== devices\n${JSON.stringify(devices)}\n`).toMatchFileSnapshot(
    `module-text/${name.replaceAll(' ', '-')}.txt`,
  );
});

it('of a layer among others of one module', async () => {
  const { code, types } = buildNamespace(...traced('gradients'));
  await expect(`${shown(code)}\n=== types\n${types}`).toMatchFileSnapshot('module-text/namespace.txt');
});

it('for every class of devices, if none is named', () => {
  const [program, { devices: _, ...options }] = traced('doubled');
  const { devices } = buildModule(program, options);
  expect(devices.map((d) => d.name)).toEqual(CLASSES.map((c) => c.name));
  // The class that is built for alone has the same steps and kernels.
  expect(devices.at(-1)).toEqual(buildModule(...traced('doubled')).devices[0]);
});

it('of a name that no file can have is refused', () => {
  const [program, options] = traced('doubled');
  expect(() => buildModule(program, { ...options, name: 'a/b' })).toThrow(
    /OFT1046|"a\/b" cannot name the built files/,
  );
});

it('the laws of the derivation for many tokens come before those for few tokens alone', () => {
  const rotated = layer(
    { x: input('tokens', 'n'), v: trainable('n*(n-1)/2') },
    ({ x, v }) => x.matmul(expm(skew(v), { maxNorm: 0.06 })),
    { name: 'rotated' },
  );
  const { texts } = buildModule(rotated.trace(), { ...OPTIONS, name: 'rotated', sizes: { n: 64 } });
  const laws = Object.values(texts).flatMap((text) =>
    [...text.matchAll(/^\/\/ +([a-z]+-[a-z-]+): /gm)].map((m) => m[1]),
  );
  expect(laws).toEqual([
    'define-expm',
    'polynomial-factor',
    'add-flatten',
    'common-factor',
    'matmul-flatten',
    'polynomial-on-rows',
    'matmul-scale',
  ]);
});
