/** Printed layers: variants that are one, functions of several variants, and weights that one pass alone reads. */
import { expect, it } from 'vitest';
import { compileProgram } from '../../../../compiler/pipeline.ts';
import { frozen, input, layer, take, trainable } from '../../../../src/language/dsl/index.ts';
import type { Traceable } from '../../../../src/language/load.ts';
import type { Quantization } from '../../../../src/session/quantized.ts';
import { buildTorch } from '../../../../src/targets/torch/index.ts';
import { printVariants } from '../../../../src/targets/torch/layer.ts';
import { torchModule } from '../../../../src/targets/torch/module.ts';
import { printPart } from '../../../../src/targets/torch/part.ts';
import { EAGER } from '../../../../src/targets/torch/profile.ts';
import { from } from './built.ts';

/** A product that is cheaper from the left for few tokens, and from the right for many. */
const chain = layer(
  { c: input('n'), x: input('tokens', 'n'), A: frozen('n', 'n'), B: frozen('n', 'n') },
  ({ c, x, A, B }) => x.matmul(A).matmul(B).mul(c),
);
/** The same of frozen factors alone, whose backward pass reads no x. */
const fixed = layer({ x: input('tokens', 'n'), A: frozen('n', 'n'), B: frozen('n', 'n') }, ({ x, A, B }) =>
  x.matmul(A).matmul(B),
);
const N = { n: 1024 };

it('neighbouring variants with equal passes are one', () => {
  const compilation = compileProgram(chain.trace(), { gradients: true, sizes: N, profile: EAGER });
  const [few, many] = compilation.variants as [
    (typeof compilation.variants)[0],
    (typeof compilation.variants)[0],
  ];
  expect(compilation.variants).toHaveLength(2);
  const ranges = (...of: readonly [number, number | null, typeof few][]) =>
    printVariants({
      ...compilation,
      variants: of.map(([minTokens, maxTokens, v]) => ({ ...v, minTokens, maxTokens })),
    }).map((v) => [v.minTokens, v.maxTokens, v.suffix]);
  expect(ranges([0, 4, few], [5, 9, many], [10, null, many])).toEqual([
    [0, 4, '_to_4'],
    [5, null, '_from_5'],
  ]);
  expect(ranges([0, 4, few], [5, null, few])).toEqual([[0, null, '']]);
  expect(ranges([0, 4, few], [5, 9, many], [10, null, few])).toHaveLength(3);
});

/** The lines of layer.py from one that has a text to the next empty one. */
const linesFrom = (
  of: Traceable,
  text: string,
  quantized: Readonly<Record<string, Quantization>> = {},
  sizes: Readonly<Record<string, number>> = N,
): string[] => {
  const options = { name: 'mine', sizes, from, python: {}, quantized };
  const lines = buildTorch(of.trace(), options)['layer.py']!.split('\n');
  const first = lines.findIndex((l) => l.includes(text));
  return lines.slice(first, lines.indexOf('', first)).map((l) => l.trim());
};

it('both passes choose a variant by the number of rows, which the backward pass takes from x', () => {
  expect(linesFrom(chain, 'def forward(c')).toContainEqual(
    expect.stringMatching(/^if x\.shape\[0\] <= \d+:$/),
  );
  const backward = linesFrom(fixed, 'def backward(');
  expect(backward).toContainEqual(expect.stringMatching(/^if x\.shape\[0\] <= \d+:$/));
  expect(backward).toContain('x, A, B, *saved = ctx.saved_tensors');
});

it('the backward pass takes the parts of the quantised tensors that it reads', () => {
  const looked = layer(
    {
      ...{ x: input('tokens', 'n'), at: input('tokens', { dtype: 'i32' }), s: trainable('n') },
      ...{ E: frozen('k', 'n'), W: frozen('n', 'n') },
    },
    ({ x, at, s, E, W }) =>
      x
        .mul(s)
        .matmul(W.T)
        .add(take(E, at, 0)),
  );
  const quantized = { E: 'int8', W: 'int8' } as const;
  const lines = (text: string) => linesFrom(looked, text, quantized, { n: 4, k: 5 });
  expect(lines('def forward(').filter((l) => l.includes('_parts'))).toEqual([
    'E_parts, parts = (E_codes, *parts[:1]), parts[1:]',
    'W_parts = (W_codes, *parts)',
    'return _forward(x.to(dtype), at, s, E_parts, W_parts)',
  ]);
  expect(lines('def setup_context')[1]).toBe(
    'ctx.save_for_backward(inputs[0], inputs[2], inputs[4], *inputs[6:7])',
  );
  expect(lines('def backward(').filter((l) => l.includes('_parts, saved = '))).toEqual([
    'W_parts, saved = (W_codes, *saved[:1]), saved[1:]',
  ]);
});

it('a module of its own imports the installed library and says which tensors it takes', () => {
  const own = layer(
    { x: input('tokens', 3), W: frozen(3, 3), s: trainable(3, { init: 'ones' }) },
    ({ x, W, s }) => x.mul(s).matmul(W.T),
  ).trace();
  const { text, class: name, tensors } = torchModule(own, 'mine', '1.2.3');
  expect(name).toBe('Mine');
  expect(text).toMatch(/^# Built by oftc 1\.2\.3\.\n/);
  expect(text).toContain('\nimport oftc_torch\n');
  expect(text).toContain('def _backward(');
  expect(tensors.map(({ path, argument }) => [path, argument])).toEqual([
    ['W', 'W'],
    ['s', undefined],
  ]);
});

it.each([
  // 2048 tokens are the first for which the frozen factors are multiplied first at the one size, and not yet at the other.
  [3832, 2047, /h = A @ B|S = A @ B/],
  [3833, 2048, /h = x @ A/],
])('a part of a layer for every size has the parentheses for 2048 tokens: n = %d', (n, most, product) => {
  const part = fixed.trace();
  const { variants } = compileProgram(part, { gradients: true, sizes: { n }, profile: EAGER });
  expect(variants.map((v) => v.maxTokens)).toEqual([most, null]);
  const { lines } = printPart('before', part, { n });
  expect(lines.slice(0, lines.indexOf('')).join('\n')).toMatch(product);
});
