/** Mistakes of authors who think of PyTorch: its names, its starts, and its order of arguments. */
import { type Example, mending } from '../../../../compiler/errors/code.ts';
import { adapter, BLOCKS, file, OFT } from './source.ts';

const V = "v: trainable('r', 'tri(b)')";
const IMPORT = (...names: readonly string[]) => ({ 'import { ': `import { ${names.join(', ')}, ` });

const bothSides = mending(
  { "u: trainable('r', 'tri(b)')": "u: trainable('s', 'tri(e)')", "out: 'r*b'": "out: 'e*s'" },
  adapter(
    `${V}, u: trainable('r', 'tri(b)')`,
    'x.matmul(blockDiag(cayley(skew(v)))).matmul(W.T).matmul(blockDiag(cayley(skew(u))))',
    "{ where: { in: 'r*b', out: 'r*b' } }",
  ),
  'oftc explain layer.ts --dims in=8,out=6,b=2',
);
const onBothSides: Example = {
  ...bothSides,
  mended: { ...bothSides.mended, run: 'oftc explain layer.ts --dims in=8,out=6,b=2,e=3' },
};

export const pytorch: Readonly<Record<string, Example>> = {
  'a tensor of zeros': mending(
    { ', zeros': ', expand, scalar', "zeros('r', 'b')": "expand(scalar(0), 'r', 'b')" },
    adapter(
      "s: trainable('r', 'b', { init: 'zeros' })",
      "x.add(s.add(zeros('r', 'b')).reshape('in')).matmul(W.T)",
      BLOCKS,
    ).replace(' }', ', zeros }'),
  ),
  'a packed triangle minus its transpose': mending(
    { 'v.sub(v.T)': 'skew(v)', ...IMPORT('skew') },
    adapter(V, 'x.matmul(blockDiag(cayley(v.sub(v.T)))).matmul(W.T)', BLOCKS),
  ),
  'a product of sizes without quotes': mending({ 'in: r * b': "in: 'r*b'" }, OFT.replace("'r*b'", 'r * b')),
  'an orthogonal start of a matrix that is not square': mending(
    { "'orthogonal'": '{ kaiming: 1 }' },
    adapter(
      "A: trainable('k', 'in', { init: 'orthogonal' }), B: trainable('out', 'k', { init: 'zeros' })",
      'x.matmul(W.T).add(x.matmul(A.T).matmul(B.T))',
    ),
  ),
  'a new axis': mending(
    { 'm.unsqueeze(1)': "m.reshape('out', 1)" },
    adapter("m: trainable('out', { init: 'ones' })", 'x.matmul(W.mul(m.unsqueeze(1)).T)'),
  ),
  'angles of half the size': mending(
    { 'mul(cos(theta))': 'mul(concat([cos(theta), cos(theta)], -1))', ...IMPORT('concat') },
    adapter(
      "theta: trainable('h', { init: 'zeros' })",
      'x.mul(cos(theta)).matmul(W.T)',
      "{ where: { in: '2*h' } }",
    ),
  ),
  'a rank in the configuration and among the sizes': mending(
    { '(c.alpha / c.k)': "(c.alpha).div(size('k'))", ', k: 8': '', '; k: number': '', ...IMPORT('size') },
    file(`export const adapter = layer(
  (c: { alpha: number; k: number }) => ({
    x: input('tokens', 'in'), W: frozen('out', 'in'), A: trainable('k', 'in'), B: trainable('out', 'k'),
  }),
  ({ x, W, A, B }, c) => x.matmul(W.T).add(x.matmul(A.T).matmul(B.T).mul(c.alpha / c.k)),
  { config: { alpha: 16, k: 8 } },
);`),
    'oftc explain layer.ts --dims in=8,out=6,k=2',
  ),
  'one size for both sides of a weight that is not square': onBothSides,
};
