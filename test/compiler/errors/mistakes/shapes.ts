/** Mistakes in shapes: operands exchanged, transposes, vectors for columns, blocks and broadcasting. */
import { type Example, mending } from '../../../../compiler/errors/code.ts';
import { adapter, BLOCKS, file } from './source.ts';

const ROTATED = "v: trainable('r', 'tri(b)')";

export const shapes: Readonly<Record<string, Example>> = {
  'the rotation is written before x, as in R @ x': mending(
    { 'blockDiag(cayley(skew(v))).matmul(x)': 'x.matmul(blockDiag(cayley(skew(v))).T)' },
    adapter(ROTATED, 'blockDiag(cayley(skew(v))).matmul(x).matmul(W.T)', BLOCKS),
  ),
  'R·W as the paper has it, with W as torch has it': mending(
    { '.matmul(W))': '.matmul(W.T))' },
    adapter(ROTATED, 'x.matmul(blockDiag(cayley(skew(v))).matmul(W))', BLOCKS),
  ),
  'W is declared (in, out), as the paper has it': mending(
    { 'W.T': 'W' },
    adapter(ROTATED, 'x.matmul(blockDiag(cayley(skew(v)))).matmul(W.T)', BLOCKS).replace(
      "W: frozen('out', 'in')",
      "W: frozen('in', 'out')",
    ),
  ),
  'the factors of LoRA are not transposed': mending(
    { 'x.matmul(A).matmul(B)': 'x.matmul(A.T).matmul(B.T)' },
    adapter("A: trainable('k', 'in'), B: trainable('out', 'k')", 'x.matmul(W.T).add(x.matmul(A).matmul(B))'),
  ),
  'the factors of LoRA are exchanged': mending(
    { 'x.matmul(B.T).matmul(A.T)': 'x.matmul(A.T).matmul(B.T)' },
    adapter(
      "A: trainable('k', 'in'), B: trainable('out', 'k')",
      'x.matmul(W.T).add(x.matmul(B.T).matmul(A.T))',
    ),
  ),
  'a product of matrices is written with mul': mending(
    { 'x.mul(W.T)': 'x.matmul(W.T)' },
    adapter('', 'x.mul(W.T)'),
  ),
  'the magnitudes of the rows of W are a vector': mending(
    { 'W.mul(m)': "W.mul(m.reshape('out', 1))" },
    adapter("m: trainable('out')", 'x.matmul(W.mul(m).T)'),
  ),
  'a bias is a column': mending(
    { "frozen('out', 1)": "frozen('out')" },
    adapter("bias: frozen('out', 1)", 'x.matmul(W.T).add(bias)'),
  ),
  'a scale of the outputs has the size of the inputs': mending(
    { "trainable('in')": "trainable('out')" },
    adapter("s: trainable('in')", 'x.matmul(W.T).mul(s)'),
  ),
  'one block for all is not repeated': mending(
    {
      'blockDiag(cayley(skew(v)))': "blockDiag(expand(cayley(skew(v)), 'r', 'b', 'b'))",
      '{ blockDiag, cayley, frozen': '{ blockDiag, cayley, expand, frozen',
    },
    adapter("v: trainable('tri(b)')", 'x.matmul(blockDiag(cayley(skew(v)))).matmul(W.T)', BLOCKS),
  ),
  'the generator is a row of b numbers': mending(
    { "'r', 'b'": "'r', 'tri(b)'" },
    adapter("v: trainable('r', 'b')", 'x.matmul(blockDiag(cayley(skew(v)))).matmul(W.T)', BLOCKS),
  ),
  'a full matrix is given to skew': mending(
    { 'cayley(skew(A))': 'cayley(A.sub(A.T))', 'layer, skew, ': 'layer, ' },
    adapter("A: trainable('in', 'in')", 'x.matmul(cayley(skew(A))).matmul(W.T)'),
  ),
  'the vector of a reflection has no column': mending(
    { "trainable('in')": "trainable('in', 1)" },
    adapter("u: trainable('in')", 'x.matmul(householder(u)).matmul(W.T)'),
  ),
  'a view with -1': mending(
    { "'r', -1": "'r', 'b'" },
    adapter(
      "s: trainable('b')",
      "x.reshape('tokens', 'r', -1).mul(s).reshape('tokens', 'in').matmul(W.T)",
      BLOCKS,
    ),
  ),
  'the sizes of a view as a list': mending(
    { "['tokens', 'r', 'b']": "'tokens', 'r', 'b'" },
    adapter(
      "s: trainable('b')",
      "x.reshape(['tokens', 'r', 'b']).mul(s).reshape('tokens', 'in').matmul(W.T)",
      BLOCKS,
    ),
  ),
  'axes of permute as a list': mending(
    { '[0, 2, 1]': '0, 2, 1' },
    adapter("R: trainable('r', 'b', 'b')", 'x.matmul(blockDiag(R.permute([0, 2, 1]))).matmul(W.T)', BLOCKS),
  ),
  'tensors of a concat one after another': mending(
    { 'concat(u, v, 0)': 'concat([u, v], 0)' },
    adapter("u: trainable('out'), v: trainable('out')", 'x.matmul(W.T).mul(sum(concat(u, v, 0), 0))'),
  ),
  'a slice without its axis': mending(
    { "slice(0, 'k')": "slice(0, 0, 'k')" },
    adapter("B: trainable('out', 'k')", "x.matmul(W.T).add(x.matmul(W.slice(0, 'k').T).matmul(B.T))"),
  ),
  'sum over all elements': mending(
    { 'sum(W.mul(W))': 'sum(W.mul(W), [0, 1])' },
    adapter('', 'x.matmul(W.T).div(sqrt(sum(W.mul(W))))'),
  ),
  'token ids without their dtype': mending(
    { "input('tokens')": "input('tokens', { dtype: 'i32' })" },
    file(
      `export const embedding = layer({ ids: input('tokens'), E: frozen('words', 'd') }, ({ ids, E }) => take(E, ids, 0));`,
    ),
  ),
  'a permutation without its dtype': mending(
    { "p: frozen('in')": "p: frozen('in', { dtype: 'i32' })" },
    adapter("p: frozen('in')", 'x.matmul(permutation(p)).matmul(W.T)'),
  ),
  'features before tokens': mending(
    { "input('in', 'tokens')": "input('tokens', 'in')" },
    adapter('', 'x.matmul(W.T)').replace("input('tokens', 'in')", "input('in', 'tokens')"),
  ),
  'two factorisations of the inputs, of which one is stated': mending(
    { "in: 'r*c' }": "in: 'r*c', s: 'in/e' }" },
    adapter(
      "u: trainable('r', 'tri(c)'), v: trainable('s', 'tri(e)')",
      'x.matmul(blockDiag(cayley(skew(u)))).matmul(blockDiag(cayley(skew(v)))).matmul(W.T)',
      "{ where: { in: 'r*c' } }",
    ),
  ),
  'two factorisations of the inputs under one name': mending(
    { "in: 's*e'": "s: 'in/e'" },
    adapter(
      "u: trainable('r', 'tri(c)'), v: trainable('s', 'tri(e)')",
      'x.matmul(blockDiag(cayley(skew(u)))).matmul(blockDiag(cayley(skew(v)))).matmul(W.T)',
      "{ where: { in: 'r*c', in: 's*e' } }",
    ),
  ),
  'where names another dimension': mending(
    { "where: { d: 'r*b' }": "where: { in: 'r*b' }" },
    adapter(ROTATED, 'x.matmul(blockDiag(cayley(skew(v)))).matmul(W.T)', "{ where: { d: 'r*b' } }"),
  ),
  'where is solved for a product': mending(
    { "'r*b': 'in'": "in: 'r*b'" },
    adapter(ROTATED, 'x.matmul(blockDiag(cayley(skew(v)))).matmul(W.T)', "{ where: { 'r*b': 'in' } }"),
  ),
  'a rotation of the outputs stands on the side of the inputs': mending(
    {
      'x.matmul(blockDiag(cayley(skew(v)))).matmul(W.T)': 'x.matmul(W.T).matmul(blockDiag(cayley(skew(v))))',
    },
    adapter(ROTATED, 'x.matmul(blockDiag(cayley(skew(v)))).matmul(W.T)', "{ where: { out: 'r*b' } }"),
  ),
  'R stands before W within a transpose': mending(
    { 'blockDiag(cayley(skew(v))).matmul(W).T': 'blockDiag(cayley(skew(v))).matmul(W.T)' },
    adapter(ROTATED, 'x.matmul(blockDiag(cayley(skew(v))).matmul(W).T)', BLOCKS),
  ),
  'a rotation of the inputs stands on the side of the outputs': mending(
    {
      'x.matmul(W.T).matmul(blockDiag(cayley(skew(v))))': 'x.matmul(blockDiag(cayley(skew(v)))).matmul(W.T)',
    },
    adapter(ROTATED, 'x.matmul(W.T).matmul(blockDiag(cayley(skew(v))))', BLOCKS),
  ),
  'two rotations of which each has a side, on one side': mending(
    {
      '.matmul(blockDiag(cayley(skew(u)))).matmul(W.T)': '.matmul(W.T).matmul(blockDiag(cayley(skew(u))))',
    },
    adapter(
      "v: trainable('r', 'tri(b)'), u: trainable('s', 'tri(c)')",
      'x.matmul(blockDiag(cayley(skew(v)))).matmul(blockDiag(cayley(skew(u)))).matmul(W.T)',
      "{ where: { in: 'r*b', out: 's*c' } }",
    ),
  ),
  'a number of blocks is stated as a product': mending(
    { "r: 'in*b'": "r: 'in/b'" },
    adapter(ROTATED, 'x.matmul(blockDiag(cayley(skew(v)))).matmul(W.T)', "{ where: { r: 'in*b' } }"),
  ),
  'a second number of blocks is given the sizes of the first': mending(
    { "in: 'r*b'": "in: 'r*b', c: 'in/s'" },
    adapter(
      "v: trainable('r', 'tri(b)'), u: trainable('s', 'tri(c)')",
      'x.matmul(blockDiag(cayley(skew(v)))).matmul(blockDiag(cayley(skew(u)))).matmul(W.T)',
      BLOCKS,
    ),
  ),
  'blocks of twice the stated size': mending(
    { "in: 'r*b'": "in: '2*b*r'" },
    adapter(
      "v: trainable('r', 'tri(b)'), u: trainable('r', 'tri(b)')",
      'x.matmul(blockDiag(concat([cayley(skew(v)), cayley(skew(u))], 0))).matmul(W.T)',
      BLOCKS,
    ),
  ),
  'a slice from a start to a stop': mending(
    { "slice(1, 'in/2', 'in')": "slice(1, 'in/2', 'in/2')" },
    adapter(
      '',
      "x.matmul(W.T).add(concat([x.slice(1, 'in/2', 'in').neg(), x.slice(1, 0, 'in/2')], 1).matmul(W.T))",
    ),
  ),
  'the size of an axis as in torch': mending(
    { 'A.shape[0]': "size('k')", 'layer, trainable': 'layer, size, trainable' },
    adapter(
      "A: trainable('k', 'in'), B: trainable('out', 'k')",
      'x.matmul(W.T).add(x.matmul(A.T).matmul(B.T).div(A.shape[0]))',
    ),
  ),
  'the outer product of a vector': mending(
    { 'u.matmul(u.T)': "u.reshape('in', 1).matmul(u.reshape(1, 'in'))" },
    adapter("u: trainable('in')", 'x.matmul(u.matmul(u.T)).matmul(W.T)'),
  ),
};
