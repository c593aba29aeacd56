/** The texts of methods that are added to PEFT, at small layers. */
import { expect, it } from 'vitest';
import type { Program } from '../../../../compiler/ir/node.ts';
import { frozen, input, layer, max, trainable } from '../../../../src/language/dsl/index.ts';
import { adaptationOf } from '../../../../src/targets/torch/peft/adaptation.ts';
import { featureSizes, quotientsIn } from '../../../../src/targets/torch/peft/feature-sizes.ts';
import { buildPeft } from '../../../../src/targets/torch/peft/index.ts';
import { asDim } from '../../../kernels-gen/build.ts';
import { from } from './built.ts';

const python = { 'b.py': 'B\n', 'a.py': 'A\n', 'testing.py': 'T\n', 'tuner/testing.py': 'U\n' };
const build = (program: Program, given = {}, config = {}) =>
  buildPeft(program, { name: 'mine', given, config, from, python }).texts;

const x = input('tokens', 'in');
const W = frozen('out', 'in');

/** Scales inputs and outputs in blocks. */
const scaled = layer(
  {
    x,
    s: trainable('in/b', 'b', { init: 'ones' }),
    W,
    t: trainable('out/b', 'b', { init: 'ones' }),
  },
  ({ x, s, W, t }) => x.mul(s.reshape('in')).matmul(W.T).mul(t.reshape('out')),
).trace();

it('a method has the files of the library that it calls, but no tests of layers alone', () => {
  const copied = Object.entries(build(scaled, { b: 2 })).filter(([file]) => file.startsWith('oftc_torch/'));
  expect(copied.map(([file, text]) => [file, text.split('\n').at(-2)])).toEqual([
    ['oftc_torch/a.py', 'A'],
    ['oftc_torch/b.py', 'B'],
    ['oftc_torch/tuner/testing.py', 'U'],
  ]);
});

it('a configuration has sizes, and settings with their types', () => {
  const settings = { flag: true, off: false, kind: 'exact', terms: 5, rate: 0.5, bias: true };
  expect(build(scaled, { b: 2 }, settings)['config.py']).toMatch(
    / {4}built: ClassVar\[dict\[str, Any\]\] = \{"flag": True, "off": False, "kind": "exact", "terms": 5, "rate": 0.5\}\n\n {4}b: int = 2\n {4}flag: bool = True\n {4}off: bool = False\n {4}kind: str = "exact"\n {4}terms: int = 5\n {4}rate: float = 0.5\n$/,
  );
});

it('a layer says which quotients must be whole, those before the frozen layer first', () => {
  expect(build(scaled, { b: 2 })['layer.py']).toContain(`        }

    @staticmethod
    def quotients(sizes: Mapping[str, int]) -> dict[str, tuple[int, int]]:
        b = sizes["b"]
        in_ = sizes["in"]
        out = sizes["out"]
        return {"in/b": (in_, b), "out/b": (out, b)}
`);
});

it('a layer says what sets it apart, and takes the frozen weight where it reads it', () => {
  const mixed = layer(
    { x, W, c: frozen('in', { init: 'ones' }), s: trainable('out', 1, { init: 'ones' }) },
    ({ x, W, c, s }) => max(x, 0).mul(c).matmul(W.mul(W).mul(s).T),
  ).trace();
  const { 'layer.py': text } = build(mixed);
  expect(text).toContain(`    other_param_names = ("sizes", "mine_c")
    constants = ("mine_c",)
    reads_weight = True
    calls_base = False
    is_linear = False
`);
  expect(text).toContain('AfterFunction.apply(x, self.frozen_weight, self.mine_c[name], self.mine_s[name])');
});

it('a layer with vectors in pairs that are odd at every size is tested at its own sizes', () => {
  const odd = layer(
    { x, s: trainable('in', 3, { init: { pairs: 1, of: { normal: 1 } } }), W },
    ({ x, s, W }) => x.matmul(s).matmul(s.T).matmul(W.T),
  ).trace();
  expect(build(odd, { in: 6, out: 8 })['test_layer.py']).toContain('    features = (6, 8)\n');
});

const sizesOf = (program: Program, given: Readonly<Record<string, number>>) => {
  const { fields, typical } = featureSizes(program, adaptationOf(program), given);
  return { fields, typical };
};

it('sizes that follow from features are no fields, and give the sizes to choose parentheses for', () => {
  expect(sizesOf(scaled, { b: 2 })).toEqual({ fields: { b: 2 }, typical: { in: 4096, out: 4096, b: 2 } });
  expect(sizesOf(scaled, { in: 16, b: 2, out: 24 })).toEqual({
    fields: { b: 2 },
    typical: { in: 16, out: 24, b: 2 },
  });
});

/** Rows of in = a·b·n inputs. */
const products = layer(
  { x, s: trainable('n', 'a', 'b', { init: 'ones' }), W },
  ({ x, s, W }) => x.mul(s.reshape('in')).matmul(W.T),
  { where: { in: 'n*a*b' } },
).trace();

it('the features that parentheses are chosen for are a multiple of the fields', () => {
  expect(sizesOf(products, { a: 3, b: 11 }).typical).toMatchObject({ a: 3, b: 11, n: 125, out: 4125 });
  expect(sizesOf(products, { a: 2, b: 4 }).typical).toMatchObject({ a: 2, b: 4, n: 512, out: 4096 });
});

it('a product that the layer names is no field', () => {
  const { fields, typical } = sizesOf(products, { in: 66, a: 3, b: 11, out: 5 });
  expect(fields).toEqual({ a: 3, b: 11 });
  expect(typical).toMatchObject({ n: 2, out: 5 });
});

it('quotients are whole at all sizes, or asked of each layer', () => {
  const many = (count: number) => `tri(a)${Array.from({ length: count }, (_, n) => `*n${n}`).join('')}`;
  const found = (size: string) => {
    const program = layer({ x: input('tokens', 'in') }, ({ x }) => x.mul(2)).trace();
    const shaped = {
      ...program,
      inputs: program.inputs.map((i) => ({ ...i, type: { ...i.type, shape: [asDim(size)] } })),
    };
    return [...quotientsIn([{ ...shaped, outputs: [] }])];
  };
  expect(found('in/a')).toEqual([['in/a', ['in_', 'a']]]);
  expect(found('r/2')).toEqual([['r/2', ['r', '2']]]);
  expect(found('tri(b)')).toEqual([]);
  expect(found(many(11))).toEqual([]);
  expect(found(many(12))).toHaveLength(1);
});
