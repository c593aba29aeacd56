/** Mistakes of authors who write a paper's formula by the guide alone. */
import { type Example, mending } from '../../../../compiler/errors/code.ts';
import { adapter, file } from './source.ts';

const LOW_RANK =
  "A: trainable('r', 'in', { init: { kaiming: 'in' } }), B: trainable('out', 'r', { init: 'zeros' })";

export const papers: Readonly<Record<string, Example>> = {
  'a sum whose axis meets the tokens': mending(
    { "'r'), 1)": "'r'), 1).reshape('tokens', 'r')" },
    adapter(
      "D: trainable('r', 'out', { init: 'zeros' })",
      "x.matmul(W.T).add(sum(x.reshape('tokens', 'g', 'r'), 1).matmul(D))",
      "{ where: { in: 'g*r' } }",
    ),
  ),
  'a start as a number': mending(
    { 'init: 0.1': 'init: { constant: 0.1 }' },
    adapter("g: trainable('out', { init: 0.1 })", 'x.matmul(W.T).mul(g)'),
  ),
  'a start that divides zeros by their norm': mending(
    { "'r', { init: 'zeros' }": "'r', { init: { normal: 1 } }" },
    adapter(LOW_RANK, 'x.matmul(W.add(B.div(sqrt(sum(B.mul(B), 0))).matmul(A)).T)'),
    'oftc check layer.ts --device cpu --trials 1',
  ),
  'a number in the type of a shape': mending(
    { '<[1]>': "<['1']>" },
    file(`const scaled = (x: Tensor<['tokens', 'in']>, s: Tensor<[1]>) => x.mul(s);

export const scale = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), s: trainable(1, { init: 'ones' }) },
  ({ x, W, s }) => scaled(x, s).matmul(W.T),
);`),
  ),
  'a rank that is the smaller side': mending(
    { ",\n  { where: { k: 'min(in, out)' } }": '' },
    adapter(
      "U: frozen('out', 'k'), Vt: frozen('k', 'in'), m: trainable('k', { init: 'zeros' })",
      'x.matmul(W.add(U.matmul(diag(m)).matmul(Vt)).T)',
      "{ where: { k: 'min(in, out)' } }",
    ),
  ),
  'a vector in a chain of products': mending(
    { 'B.matmul(s)': 'B.matmul(diag(s))', '{ frozen': '{ diag, frozen' },
    adapter(`${LOW_RANK}, s: trainable('r', { init: 'ones' })`, 'x.matmul(W.add(B.matmul(s).matmul(A)).T)'),
  ),
  'alpha over the rank': mending(
    { "mul(c.alpha / size('r'))": "mul(c.alpha).div(size('r'))" },
    file(`export const lora = layer(
  (c: { alpha: number }) => ({ x: input('tokens', 'in'), W: frozen('out', 'in'), ${LOW_RANK} }),
  ({ x, W, A, B }, c) => x.matmul(W.T).add(x.matmul(A.T).matmul(B.T).mul(c.alpha / size('r'))),
  { config: { alpha: 16 } },
);`),
  ),
  'a bracket too many': mending(
    { '.T)),\n  {},\n)': '.T),\n  {},\n)' },
    file(`export const linear = layer({ x: input('tokens', 'in'), W: frozen('out', 'in') }, ({ x, W }) => x.matmul(W.T)),
  {},
);`),
  ),
};
