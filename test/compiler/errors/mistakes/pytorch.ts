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
  'an equation after its operands': mending(
    { "einsum(y, cayley(skew(v)), 'trb,rbc->trc')": "einsum('trb,rbc->trc', y, cayley(skew(v)))" },
    adapter(
      V,
      `{
    const y = x.reshape('tokens', 'r', 'b');
    return einsum(y, cayley(skew(v)), 'trb,rbc->trc').reshape('tokens', 'in').matmul(W.T);
  }`,
      BLOCKS,
    ),
  ),
  'an axis before the indices': mending(
    { 'take(E, 0, ids)': 'take(E, ids, 0)' },
    file(
      "export const adapter = layer({ ids: input('tokens', { dtype: 'i32' }), E: frozen('words', 'in') }, ({ ids, E }) => take(E, 0, ids));",
    ),
  ),
  'a slice from a start to an end': mending(
    { 'x.slice(1, 4, 8)': 'x.slice(1, 4, 4)' },
    file(`export const adapter = layer(
  { x: input('tokens', 16), W: frozen('out', 4), v: trainable(6) },
  ({ x, W, v }) => x.slice(1, 4, 8).matmul(cayley(skew(v))).matmul(W.T),
);`),
  ),
  'axes by their names': mending(
    { "permute('in', 'tokens')": 'permute(1, 0)' },
    adapter('', "W.matmul(x.permute('in', 'tokens')).T"),
  ),
  'a sum along a name': mending(
    { "'in'))": '1))' },
    adapter('', "x.matmul(W.div(sqrt(sum(W.mul(W), 'in'))).T)"),
  ),
  'the identity of a name without quotes': mending(
    { 'identity(k)': "identity('in')" },
    adapter("Q: trainable('in', 'in')", 'x.matmul(identity(k).add(Q)).matmul(W.T)'),
  ),
  'a configuration that the body does not take': mending(
    { '({ x, W, s }) =>': '({ x, W, s }, c) =>' },
    file(`export const adapter = layer(
  (c: { alpha: number }) => ({ x: input('tokens', 'in'), W: frozen('out', 'in'), s: trainable('in') }),
  ({ x, W, s }) => x.mul(s).mul(c.alpha).matmul(W.T),
  { config: { alpha: 16 } },
);`),
  ),
  'a projection that makes another tensor': mending(
    { ', project: (v) => skew(v)': '', 'cayley(v)': 'cayley(skew(v))' },
    OFT.replace("'zeros'", "'zeros', project: (v) => skew(v)").replace('cayley(skew(v))', 'cayley(v)'),
  ),
  'a number before a size': mending(
    { "trainable('2k', 'in')": "trainable('2*k', 'in')" },
    adapter("A: trainable('2k', 'in')", 'x.matmul(A.T).matmul(A).matmul(W.T)'),
  ),
  'blocks that a loop lists': mending(
    {
      'const parts = [];\n    for (let i = 0; i < v.shape[0]; i++) parts.push(cayley(skew(v[i])));\n    ': '',
      'blockDiag(...parts)': 'blockDiag(cayley(skew(v)))',
    },
    file(`export const mine = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), v: trainable('r', 'tri(b)') },
  ({ x, W, v }) => {
    const parts = [];
    for (let i = 0; i < v.shape[0]; i++) parts.push(cayley(skew(v[i])));
    return x.matmul(blockDiag(...parts)).matmul(W.T);
  },
  { where: { in: 'r*b' } },
);`),
  ),
  'a layer as a class': {
    source: file(`export class Mine {
  W = frozen('out', 'in');
  forward(x = input('tokens', 'in')) {
    return x.matmul(this.W.T);
  }
}`),
    mended: {
      source: file(
        "export const Mine = layer({ x: input('tokens', 'in'), W: frozen('out', 'in') }, ({ x, W }) => x.matmul(W.T));",
      ),
    },
  },
};
