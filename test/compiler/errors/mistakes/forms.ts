/** Mistakes in the form of what is written: the order and the number of arguments, types, options, and sizes for names. */
import { type Example, mending } from '../../../../compiler/errors/code.ts';
import { adapter, BLOCKS, file, OFT } from './source.ts';

const V = "v: trainable('r', 'tri(b)')";
const IMPORT = (...names: readonly string[]) => ({ 'import { ': `import { ${names.join(', ')}, ` });
const HALVES = "u: trainable('tri(in/2)'), v: trainable('tri(in/2)')";
const LORA =
  "A: trainable('in', 'k', { init: { normal: 0.02 } }), B: trainable('k', 'out', { init: 'zeros' })";

/** OFT whose rotation is written otherwise. */
const rotated = (rotation: string): string => adapter(V, `x.matmul(${rotation}).matmul(W.T)`, BLOCKS);
/** OFT with other options. */
const optioned = (options: string): string =>
  adapter(V, 'x.matmul(blockDiag(cayley(skew(v)))).matmul(W.T)', options);

export const forms: Readonly<Record<string, Example>> = {
  'coefficients before their matrix': mending(
    { 'polynomial([1, 2, 2], skew(v))': 'polynomial(skew(v), [1, 2, 2])' },
    rotated('blockDiag(polynomial([1, 2, 2], skew(v)))'),
  ),
  'a permutation of a size': mending(
    {
      "permutation('in')": 'permutation(p)',
      '  { x:': "  { p: frozen('in', { dtype: 'i32', init: 'permutation' }), x:",
      '({ x': '({ p, x',
    },
    rotated("permutation('in')).matmul(blockDiag(cayley(skew(v)))"),
  ),
  'rotations are taken from a leading axis': mending(
    { "trainable(2, 'r', 'tri(b)')": "list(2, trainable('r', 'tri(b)'))", ...IMPORT('list') },
    adapter(
      "v: trainable(2, 'r', 'tri(b)')",
      'x.matmul(blockDiag(cayley(skew(v[0])))).matmul(blockDiag(cayley(skew(v[1])))).matmul(W.T)',
      BLOCKS,
    ),
  ),
  'the root of an element of the shape': mending(
    { 'Math.sqrt(x.shape[1])': "sqrt(size('in'))", ...IMPORT('size', 'sqrt') },
    rotated('blockDiag(cayley(skew(v).div(Math.sqrt(x.shape[1]))))'),
  ),
  'a sum without an axis': mending(
    { 'sum(v.mul(v))': 'sum(v.mul(v), [0, 1])' },
    rotated('blockDiag(cayley(skew(v.div(sqrt(sum(v.mul(v)))))))'),
  ),
  'a shuffle of a tensor': mending(
    { "shuffle(x, 'r')": "x.matmul(shuffle(['r', 'b'], [1, 0]))" },
    adapter(V, "shuffle(x, 'r').matmul(blockDiag(cayley(skew(v)))).matmul(W.T)", BLOCKS),
  ),
  'blocks one after another': mending(
    {
      'blockDiag(skew(u), skew(v))':
        "blockDiag(concat([skew(u).reshape(1, 'in/2', 'in/2'), skew(v).reshape(1, 'in/2', 'in/2')], 0))",
      ...IMPORT('concat'),
    },
    adapter(HALVES, 'x.matmul(blockDiag(skew(u), skew(v))).matmul(W.T)'),
  ),
  'blocks in a list': mending(
    {
      'blockDiag([skew(u), skew(v)])':
        "blockDiag(concat([skew(u).reshape(1, 'in/2', 'in/2'), skew(v).reshape(1, 'in/2', 'in/2')], 0))",
      ...IMPORT('concat'),
    },
    adapter(HALVES, 'x.matmul(blockDiag([skew(u), skew(v)])).matmul(W.T)'),
  ),
  'the count of a list after its parameter': mending(
    { "list(trainable('in'), 3)": "list(3, trainable('in'))" },
    adapter("s: list(trainable('in'), 3)", 'x.mul(s[0]!).mul(s[1]!).mul(s[2]!).matmul(W.T)'),
  ),
  'the diagonal of a matrix by diag': mending(
    { 'diag(A)': "einsum('ii->i', A)", ...IMPORT('einsum') },
    adapter("A: trainable('in', 'in', { init: 'identity' })", 'x.mul(diag(A)).matmul(W.T)'),
  ),
  'an equality without where': mending({ "{ in: 'r*b' }": BLOCKS }, optioned("{ in: 'r*b' }")),
  'dimensions as variables': mending(
    { 'frozen(out, in_)': "frozen('out', 'in')" },
    OFT.replace("frozen('out', 'in')", 'frozen(out, in_)'),
  ),
  'claims as an object': mending(
    {
      'claims: { orthogonal: true }': 'claims: ({ v }) => ({ orthogonal: [blockDiag(cayley(skew(v)))] })',
    },
    optioned("{ where: { in: 'r*b' }, claims: { orthogonal: true } }"),
  ),
  'an object that an arrow returns without parentheses': mending(
    { '{ y: x.matmul(W.T) },': '({ y: x.matmul(W.T) }),' },
    adapter('', '{ y: x.matmul(W.T) }'),
  ),
  'a shape as several types': mending(
    { "Tensor<'r', 'b', 'b'>": "Tensor<['r', 'b', 'b']>" },
    file(`const rotation = (Q: Tensor<'r', 'b', 'b'>) => blockDiag(cayley(Q));
export const adapter = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), v: trainable('r', 'tri(b)') },
  ({ x, W, v }) => x.matmul(rotation(skew(v))).matmul(W.T),
  { where: { in: 'r*b' } },
);`),
  ),
  'a helper whose parameter has no type': mending(
    { '(v)': '(v: Tensor)', ...IMPORT('type Tensor') },
    file(`const rotation = (v) => blockDiag(cayley(skew(v)));
export const adapter = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), v: trainable('r', 'tri(b)') },
  ({ x, W, v }) => x.matmul(rotation(v)).matmul(W.T),
  { where: { in: 'r*b' } },
);`),
  ),
  'the slope of a start of Kaiming': mending(
    { '{ kaiming_uniform: Math.sqrt(5) }': '{ kaiming: 1 }' },
    adapter(
      "A: trainable('k', 'in', { init: { kaiming_uniform: Math.sqrt(5) } })",
      'x.matmul(A.T).matmul(A).matmul(W.T)',
    ),
  ),
  'the slope as the axis of a start': mending(
    { '{ kaiming: Math.sqrt(5) }': '{ kaiming: 1 }' },
    adapter(
      "A: trainable('k', 'in', { init: { kaiming: Math.sqrt(5) } })",
      'x.matmul(A.T).matmul(A).matmul(W.T)',
    ),
  ),
  'a packed triangle starts as eye': mending({ "'eye'": "'zeros'" }, OFT.replace("'zeros'", "'eye'")),
  'a packed triangle starts as the identity': mending(
    { "'identity'": "'zeros'" },
    OFT.replace("'zeros'", "'identity'"),
  ),
  'a parenthesis is missing before the options': mending(
    { 'matmul(W.T),': 'matmul(W.T)),' },
    adapter(V, 'x.matmul(blockDiag(cayley(skew(v))).matmul(W.T)', BLOCKS),
  ),
  'a product is added to the transposed weight': mending(
    { 'W.add(A.matmul(B))': 'W.add(A.matmul(B).T)' },
    adapter(LORA, 'x.matmul(W.add(A.matmul(B)).T)'),
  ),
  'a reflection by a row': mending(
    { 'householder(U.slice(0, 0, 1))': 'householder(U.slice(0, 0, 1).T)' },
    adapter(
      "U: trainable('k', 'in', { init: { normal: 1 } })",
      'x.matmul(householder(U.slice(0, 0, 1))).matmul(W.T)',
    ),
  ),
  'the identity of a number of rows': mending(
    { 'identity(64)': "identity('in')" },
    adapter(
      "U: trainable('in', 'k', { init: { normal: 1 } })",
      'x.matmul(identity(64).sub(U.matmul(U.T))).matmul(W.T)',
    ),
  ),
  'a key of the configuration among the sizes': mending(
    { '`tri(${c.size})`': "'tri(b)'", "'r*size'": "'r*b'" },
    file(`export const adapter = layer(
  (c: { size: number }) => ({ x: input('tokens', 'in'), W: frozen('out', 'in'), v: trainable('r', \`tri(\${c.size})\`) }),
  ({ x, W, v }) => x.matmul(blockDiag(cayley(skew(v)))).matmul(W.T),
  { where: { in: 'r*size' }, config: { size: 8 } },
);`),
  ),
  'the dtype of a derivation': {
    source: OFT,
    run: 'oftc explain layer.ts --dims in=8,out=5,b=4 --dtype fp16',
    mended: { run: 'oftc build layer.ts --dims in=8,out=5,b=4 --devices gpu --activations f16 -o built' },
  },
};
