/** Layers with attention as Python: one call forward, one call for the three gradients, and parts where D is another. */
import { describe, expect, it } from 'vitest';
import { dimConst } from '../../../../compiler/dims/dims.ts';
import { rational } from '../../../../compiler/dims/rational.ts';
import { apply, input as tensor } from '../../../../compiler/ir/build.ts';
import type { Attrs, Node, Program } from '../../../../compiler/ir/node.ts';
import { reshape } from '../../../../compiler/ops/indexing.ts';
import { attention, frozen, input, layer } from '../../../../src/language/dsl/index.ts';
import { annotated } from '../../../../src/targets/torch/annotated.ts';
import { functionText } from '../../../../src/targets/torch/function.ts';
import { buildTorch } from '../../../../src/targets/torch/index.ts';
import { float, tokens } from '../../../kernels-gen/families/attentions.ts';
import { programOf } from '../../../support/evaluate.ts';
import { from, library } from './built.ts';

const heads = input('tokens', 'h', 'd');
const start = input('tokens', { dtype: 'i32' });
const x = input('tokens', 'h*d');

/** The log of the sum of the scores' exponentials, with its gradient. */
function scores(withResult: boolean): Program {
  const [h, d] = [dimConst(2), dimConst(3)];
  const starts = tensor('start', 'frozen', { shape: [tokens], dtype: 'i32' });
  const [q, k, v] = ['q', 'k', 'v'].map((n) => float(n, tokens, h, d));
  const args = [q!, k!, starts, v!];
  const lse = apply('attentionLse', args.slice(0, 3), {});
  return programOf({ lse, ...(withResult ? { y: apply('attention', args, {}) } : {}) });
}

const PROGRAMS: Readonly<Record<string, () => Program>> = {
  plain: () =>
    layer({ q: heads, k: heads, v: heads, start }, ({ q, k, v, start }) => attention(q, k, v, start)).trace(),
  options: () =>
    layer({ q: heads, k: heads, v: heads, start }, ({ q, k, v, start }) =>
      attention(q, k, v, start, { scale: 0.5, softCap: 3 }),
    ).trace(),
  'two scales': () =>
    layer({ x: heads, start }, ({ x, start }) =>
      attention(x, x, x, start).add(attention(x, x, x, start, { scale: 2 })),
    ).trace(),
  'two caps': () =>
    layer({ x: heads, z: heads, start }, ({ x, z, start }) => ({
      a: attention(x, z, x, start, { softCap: 2 }),
      b: attention(x, z, x, start, { softCap: 3 }),
      c: attention(x, z, x, start),
      d: attention(z, x, x, start),
      e: attention(x, z, x, start, { softCap: 2 }).add(attention(x, z, x, start, { softCap: 3 })),
    })).trace(),
  'used twice': () =>
    layer({ q: heads, k: heads, v: heads, start }, ({ q, k, v, start }) => {
      const y = attention(q, k, v, start);
      return { y, squared: y.mul(y) };
    }).trace(),
  reshaped: () =>
    layer({ x, W: frozen('h*d', 'h*d'), start }, ({ x, W, start }) => {
      const q = x.matmul(W).reshape('tokens', 'h', 'd');
      return attention(q, q, q, start).reshape('tokens', 'h*d').matmul(W);
    }).trace(),
  'frozen keys': () =>
    layer(
      {
        q: heads,
        k: frozen('s', 'h', 'd'),
        v: frozen('s', 'h', 'd'),
        start: input('tokens', 2, { dtype: 'i32' }),
      },
      ({ q, k, v, start }) => attention(q, k, v, start),
    ).trace(),
  scores: () => scores(false),
  'scores and result': () => scores(true),
};

it.each(Object.keys(PROGRAMS))('of %s', async (name) => {
  const program = PROGRAMS[name]!();
  const sizes = { h: 2, d: 3, s: 5 };
  const { 'layer.py': text } = buildTorch(program, { name: 'attends', sizes, from, python: library });
  await expect(text).toMatchFileSnapshot(`attention-text/${name.replaceAll(' ', '-')}.py.txt`);
});

describe('the gradient of attention by q is PyTorch’s own', () => {
  const [h, d] = [dimConst(2), dimConst(3)];
  const [q, k, v, g, other] = ['q', 'k', 'v', 'g', 'other'].map((n) => float(n, tokens, h, d)) as [
    Node,
    Node,
    Node,
    Node,
    Node,
  ];
  const start = tensor('start', 'frozen', { shape: [tokens], dtype: 'i32' });
  const half = rational(1n, 2n);
  const result = (attrs: Attrs = {}, args: readonly Node[] = [q, k, start, v]) =>
    apply('attention', args, attrs);
  const flat = (of: Node) => reshape(of, [tokens, dimConst(6)]);
  const again = (of: Node) => reshape(flat(of), of.type.shape);
  const product = (...of: readonly Node[]) => apply('mul', of, {});
  /** The sum of a product over channels. */
  const total = (of: Node) => reshape(apply('sum', [of], { axes: [2] }), [tokens, h]);
  const textOf = (D: Node, attrs: Attrs = {}, cotangent: Node = g): string => {
    const lse = apply('attentionLse', [q, k, start], attrs);
    const y = apply('attentionQuery', [q, k, start, v, lse, cotangent, D], attrs);
    return functionText(annotated(programOf({ y }), { structured: true }), 'f').join('\n');
  };

  it.each<[string, string]>([
    ['of the result by the cotangent', textOf(total(product(g, result())))],
    ['of the cotangent by the result', textOf(total(product(result(), g)))],
    ['of the result in another shape', textOf(total(product(g, again(result()))))],
    ['of the cotangent in another shape', textOf(total(product(again(g), result())))],
    ['by a cotangent in another shape', textOf(total(product(g, result())), {}, again(g))],
    ['with a scale', textOf(total(product(g, result({ scale: half }))), { scale: half })],
    ['with a soft cap', textOf(total(product(g, result({ softCap: half }))), { softCap: half })],
  ])('where D is the sum of the product %s', (_, text) => {
    expect(text).toContain('oftc_torch.attention_gradients(');
    expect(text).not.toContain('oftc_torch.attention_query(');
  });

  it('in a call of its own for each soft cap', () => {
    const of = (softCap: Attrs[string]) => {
      const lse = apply('attentionLse', [q, k, start], { softCap });
      const D = total(product(g, result({ softCap })));
      return apply('attentionQuery', [q, k, start, v, lse, g, D], { softCap });
    };
    const program = programOf({ y: of(half), z: of(rational(3n)) });
    const text = functionText(annotated(program, { structured: true }), 'f').join('\n');
    expect(text.match(/soft_cap=[\d.]+/g)).toEqual(['soft_cap=0.5', 'soft_cap=3']);
  });

  it('but its part alone under an operator that has its value', () => {
    const lse = apply('attentionLse', [q, k, start], {});
    const gradient = apply('attentionQuery', [q, k, start, v, lse, g, total(product(g, result()))], {});
    const y = apply('detach', [gradient], {});
    expect(functionText(annotated(programOf({ y }), { structured: true }), 'f').join('\n')).toContain(
      'oftc_torch.attention_query(',
    );
  });

  it.each<[string, string]>([
    ['an input', textOf(float('D', tokens, h))],
    ['a sum of no product', textOf(total(apply('add', [g, result()], {})))],
    ['a sum of a tensor alone', textOf(total(g))],
    ['a product of three', textOf(total(product(g, result(), result())))],
    ['a product with itself', textOf(total(product(g, g)))],
    ['the square of the result', textOf(total(product(result(), result())))],
    ['the product by another tensor', textOf(total(product(other, result())))],
    ['the product of another result', textOf(total(product(g, other)))],
    ['that of other queries', textOf(total(product(g, result({}, [other, k, start, v]))))],
    ['that of other keys', textOf(total(product(g, result({}, [q, other, start, v]))))],
    ['that of other values', textOf(total(product(g, result({}, [q, k, start, other]))))],
    ['that of another scale', textOf(total(product(g, result({ scale: half }))))],
    ['that without the scale', textOf(total(product(g, result())), { scale: half })],
    ['that of another soft cap', textOf(total(product(g, result({ softCap: half }))))],
    ['that without the soft cap', textOf(total(product(g, result())), { softCap: half })],
    [
      'no sum, but a product in its shape',
      textOf(apply('mul', [float('D', tokens, h), float('E', tokens, h)], {})),
    ],
  ])('but not where D is %s', (_, text) => {
    expect(text).toContain('oftc_torch.attention_query(');
    expect(text).not.toContain('oftc_torch.attention_gradients(');
  });
});
