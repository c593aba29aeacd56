/** Layers with attention as Python: one call forward, one call for the three gradients, and parts where D is another. */
import { expect, it } from 'vitest';
import { dimConst } from '../../../../compiler/dims/dims.ts';
import { apply, input as tensor } from '../../../../compiler/ir/build.ts';
import type { Program } from '../../../../compiler/ir/node.ts';
import { attention, frozen, input, layer } from '../../../../src/language/dsl/index.ts';
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
