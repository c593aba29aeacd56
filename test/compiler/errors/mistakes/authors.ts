/** Mistakes of authors who write their first layers: sizes that where states, arguments, indices, options and starts. */
import { type Example, mending } from '../../../../compiler/errors/code.ts';
import { adapter, BLOCKS, file } from './source.ts';

const ROTATED = "v: trainable('r', 'tri(b)')";

export const authors: Readonly<Record<string, Example>> = {
  'a weight is declared as (in, out) where in is r*b': mending(
    { 'R.matmul(W.T)': 'R.matmul(W)' },
    file(`export const oft = layer(
  {
    x: input('tokens', 'in'),
    W: frozen('in', 'out'),
    v: trainable('r', 'tri(b)'),
    A: trainable('in', 'k'),
    B: trainable('k', 'out'),
  },
  ({ x, W, v, A, B }) => {
    const R = blockDiag(cayley(skew(v)));
    return x.matmul(R.matmul(W.T).add(A.matmul(B)));
  },
  { where: { in: 'r*b' } },
);`),
  ),
  'the options of torch.sum': mending(
    { 'sum(W.mul(W), { dim: -1, keepdim: true })': 'sum(W.mul(W), -1)' },
    adapter('', 'x.matmul(W.div(sqrt(sum(W.mul(W), { dim: -1, keepdim: true }))).T)'),
  ),
  'a norm of torch, along an axis': mending(
    { 'W.norm(-1)': 'sqrt(sum(W.mul(W), -1))', 'input, layer }': 'input, layer, sqrt, sum }' },
    adapter('', 'x.matmul(W.div(W.norm(-1)).T)'),
  ),
  'an input without tokens': mending(
    { "input('in')": "input('tokens', 'in')" },
    adapter('', 'x.matmul(W.T)').replace("'tokens', 'in'", "'in'"),
  ),
  'take with the indices first': mending(
    { 'take(ids, E, 0)': 'take(E, ids, 0)' },
    file(`export const embed = layer(
  { ids: input('tokens', { dtype: 'i32' }), E: frozen('vocabulary', 'd') },
  ({ ids, E }) => take(ids, E, 0),
);`),
  ),
  'a loop that runs one past the end of a list': mending(
    { 'i <= p.length': 'i < p.length' },
    adapter(
      "p: list(2, frozen('in', { dtype: 'i32' }))",
      `{
    let y = x;
    for (let i = 0; i <= p.length; i++) y = y.matmul(permutation(p[i]));
    return y.matmul(W.T);
  }`,
    ),
  ),
  'the last element of a list, as in Python': mending(
    { 'v[-1]': 'v.at(-1)!' },
    adapter(
      "v: list(2, frozen('r', 'tri(b)'))",
      'x.matmul(blockDiag(cayley(skew(v[-1])))).matmul(W.T)',
      BLOCKS,
    ),
  ),
  'a list where one tensor is needed': mending(
    { 'skew(v)': 'skew(v[0]!)' },
    adapter("v: list(2, frozen('r', 'tri(b)'))", 'x.matmul(blockDiag(cayley(skew(v)))).matmul(W.T)', BLOCKS),
  ),
  'an array of numbers as a vector': mending(
    {
      '.mul([0.1, 0.2])': '.mul(d)',
      "W: frozen('out', 'in')": "W: frozen('out', 'in'), d: frozen(2)",
      '{ x, W }': '{ x, W, d }',
    },
    adapter(
      '',
      "x.matmul(W.T).reshape('tokens', 'c', 2).mul([0.1, 0.2]).reshape('tokens', 'out')",
      "{ where: { out: '2*c' } }",
    ),
  ),
  'an array of numbers as a matrix': mending(
    {
      '.mul([[0, -1], [1, 0]])': '.mul(J)',
      "W: frozen('out', 'in')": "W: frozen('out', 'in'), J: frozen(2, 2)",
      '{ x, W }': '{ x, W, J }',
    },
    adapter(
      '',
      "x.matmul(W.T).reshape('tokens', 'c', 2, 2).mul([[0, -1], [1, 0]]).reshape('tokens', 'out')",
      "{ where: { out: '4*c' } }",
    ),
  ),
  'an orthogonal start': mending(
    { ', { init: { orthogonal: true } }': ", { init: 'identity' }" },
    adapter("A: trainable('in', 'in', { init: { orthogonal: true } })", 'x.matmul(A).matmul(W.T)'),
  ),
  'a helper for W.T is given W': mending(
    { 'rotate(W, v)': 'rotate(W.T, v)' },
    file(`const rotate = (M: Tensor<['in', 'out']>, v: Tensor<['r', 'tri(b)']>) => blockDiag(cayley(skew(v))).matmul(M);

export const oft = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), v: trainable('r', 'tri(b)') },
  ({ x, W, v }) => x.matmul(rotate(W, v)),
  { where: { in: 'r*b' } },
);`),
  ),
  'a quantized weight as an option': mending(
    { ", { quantized: 'nf4' }": '' },
    file(`export const linear = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in', { quantized: 'nf4' }) },
  ({ x, W }) => x.matmul(W.T),
);`),
  ),
  'random numbers in the body': mending(
    {
      'x.mul(Math.random())': 'x.mul(mask)',
      'W: frozen': "mask: input('tokens', 'in'), W: frozen",
      '{ x, W }': '{ x, W, mask }',
    },
    adapter('', 'x.mul(Math.random()).matmul(W.T)'),
  ),
  'the second slice past the end': mending(
    { 'i <= 4': 'i < 4' },
    adapter(
      "u: trainable(4, 'in')",
      `{
    let y = x;
    for (let i = 0; i <= 4; i++) y = y.mul(u.slice(0, i, 1));
    return y.matmul(W.T);
  }`,
    ),
  ),
  'a slice to a negative end': mending(
    { 'slice(1, 0, -4)': "slice(1, 0, 'in-4')" },
    adapter("s: trainable('in')", "concat([x.slice(1, 0, -4), x.slice(1, 'in-4', 4)], 1).mul(s).matmul(W.T)"),
  ),
  'a start from norms of rows, for columns': mending(
    { "g: trainable('in', ": "g: trainable('out', ", 'x.mul(g).matmul(W.T)': 'x.matmul(W.T).mul(g)' },
    adapter("g: trainable('in', { init: { rowNorms: 'W' } })", 'x.mul(g).matmul(W.T)'),
  ),
  'an element of a tensor with an axis for a list': mending(
    { 'u[i]!': 'u.slice(0, i, 1)' },
    adapter(
      "u: trainable(4, 'in')",
      `{
    let y = x;
    for (let i = 0; i < 4; i++) y = y.mul(u[i]!);
    return y.matmul(W.T);
  }`,
    ),
  ),
  'a reshape with a factor too few': mending(
    { "'c*3'": "'9*c'" },
    file(`export const conv = layer(
  { x: input('tokens', '9*c'), W: frozen('out', 'c', 3, 3) },
  ({ x, W }) => x.matmul(W.reshape('out', 'c*3').T),
);`),
  ),
  'a norm that is bounded by if': mending(
    {
      'let q = v;\n    if (n > 0.5) q = v.div(n.div(0.5));': 'const q = v.div(max(1, n.div(0.5)));',
      'layer, ': 'layer, max, ',
    },
    adapter(
      ROTATED,
      `{
    const n = sqrt(sum(sum(v.mul(v), -1), 0));
    let q = v;
    if (n > 0.5) q = v.div(n.div(0.5));
    return x.matmul(blockDiag(cayley(skew(q)))).matmul(W.T);
  }`,
      BLOCKS,
    ),
  ),
};
