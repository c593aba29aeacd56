/** Mistakes of newcomers within a whole layer: a rotation beside the branch of LoRA, and the numbers that scale it. */
import { type Example, mending } from '../../../../compiler/errors/code.ts';
import { adapter, BLOCKS, file, OFT } from './source.ts';

const BASE = 'x.matmul(rotation(v).matmul(W.T))';
const LORA = 'x.matmul(A.T).matmul(B.T).mul(c.alpha)';

/** OFT of the inputs with LoRA beside it, whose body starts with these two tensors. */
const branches = (base: string, lora: string, more = ''): string =>
  file(`interface Config {
  alpha: number;
}

const rotation = (v: Tensor<['r', 'tri(b)']>) => blockDiag(cayley(skew(v)));

export const branches = layer(
  (_: Config) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    bias: frozen('out'),
    v: trainable('r', 'tri(b)'),
    A: trainable('k', 'in'),
    B: trainable('out', 'k'),
  }),
  ({ x, W, bias, v, A, B }, c) => {
    const base = ${base};${more}
    const lora = ${lora};
    return base.add(lora).add(bias);
  },
  { where: { in: 'r*b' }, config: { alpha: 2 } },
);`);

const imports = (...names: readonly string[]) => ({
  'trainable }': `trainable, ${names.join(', ')} }`,
});

export const newcomers: Readonly<Record<string, Example>> = {
  'a product that does not fit in a variable that is added later': mending(
    { 'matmul(W))': 'matmul(W.T))' },
    branches('x.matmul(rotation(v).matmul(W))', LORA),
  ),
  'a product that does not fit in a variable, with a bias': mending(
    { 'matmul(M))': 'matmul(M.T))' },
    file(`export const turned = layer(
  { x: input('tokens', 'n'), M: frozen('m', 'n'), bias: frozen('m'), q: trainable('g', 'tri(s)') },
  ({ x, M, bias, q }) => {
    const R = blockDiag(cayley(skew(q)));
    const y = x.matmul(R.matmul(M));
    return y.add(bias);
  },
  { where: { n: 'g*s' } },
);`),
  ),
  'both factors of LoRA are not transposed, and their product is added': mending(
    { 'x.matmul(A).matmul(B)': 'x.matmul(A.T).matmul(B.T)' },
    branches(BASE, 'x.matmul(A).matmul(B).mul(c.alpha)'),
  ),
  'blocks of the inputs are not flattened before the weight': mending(
    { '.matmul(W.T)': ".reshape('tokens', 'in').matmul(W.T)" },
    branches("einsum('trb,rbc->trc', x.reshape('tokens', 'r', 'b'), cayley(skew(v))).matmul(W.T)", LORA),
  ),
  'a scale is divided by a rank, as if its name were a number': mending(
    { '.mul(c.alpha / k)': ".mul(c.alpha).div(size('k'))", ...imports('size') },
    branches(BASE, 'x.matmul(A.T).matmul(B.T).mul(c.alpha / k)'),
  ),
  'a sum is added in place to a constant': mending(
    { 'base.add_(bias)': 'base = base.add(bias)', 'const base': 'let base: Tensor' },
    branches(BASE, LORA, '\n    base.add_(bias);'),
  ),
  'a constant is added to with +=': mending(
    { 'base += bias': 'base = base.add(bias)', 'const base': 'let base: Tensor' },
    branches(BASE, LORA, '\n    base += bias;'),
  ),
  'the root of a size is taken with Math': mending(
    { 'Math.sqrt(d)': 'sqrt(d)', ...imports('sqrt') },
    branches(BASE, 'x.div(Math.sqrt(d)).matmul(A.T).matmul(B.T).mul(c.alpha)', "\n    const d = size('in');"),
  ),
  'a mean over the rows': mending(
    { 'x.mean(0)': "sum(x, 0).div(size('tokens'))", ...imports('size', 'sum') },
    branches(BASE, 'x.sub(x.mean(0)).matmul(A.T).matmul(B.T).mul(c.alpha)'),
  ),
  'a mean over all elements, as a function': mending(
    { 'mean(A)': "sum(A, [0, 1]).div(size('in*k'))", ...imports('size', 'sum') },
    branches(BASE, 'x.matmul(A.sub(mean(A)).T).matmul(B.T).mul(c.alpha)'),
  ),
  'a packed triangle is given to cayley': mending(
    { 'cayley(v)': 'cayley(skew(v))', 'layer, ': 'layer, skew, ' },
    branches(BASE, LORA).replace('cayley(skew(v))', 'cayley(v)').replace('layer, skew, ', 'layer, '),
  ),
  'a packed triangle is given to a series of the Cayley transform': mending(
    { 'cayleyNeumann(u, { terms: 4 })': 'cayleyNeumann(skew(u), { terms: 4 })', 'layer, ': 'layer, skew, ' },
    file(`export const turned = layer(
  { x: input('tokens', 'n'), M: frozen('m', 'n'), u: trainable('tri(n)') },
  ({ x, M, u }) => x.matmul(cayleyNeumann(u, { terms: 4 })).matmul(M.T),
);`),
  ),
  'blocks are multiplied without blockDiag': mending(
    { 'x.matmul(R)': 'x.matmul(blockDiag(R))', 'import { ': 'import { blockDiag, ' },
    adapter(
      "v: trainable('r', 'tri(b)')",
      `{
    const R = cayley(skew(v));
    return x.matmul(R).matmul(W.T);
  }`,
      BLOCKS,
    ),
  ),
  'blocks stand on the left without blockDiag': mending(
    { 'cayley(skew(v)).matmul': 'blockDiag(cayley(skew(v))).matmul', 'import { ': 'import { blockDiag, ' },
    adapter("v: trainable('r', 'tri(b)')", 'x.matmul(cayley(skew(v)).matmul(W.T))', BLOCKS),
  ),
  'blocks by map': mending(
    { 'v.map((row) => cayley(skew(row)))': 'cayley(skew(v))' },
    OFT.replace('cayley(skew(v))', 'v.map((row) => cayley(skew(row)))'),
  ),
  'a scale of the outputs is a column': mending(
    { "trainable('out', 1, {": "trainable('out', {" },
    adapter("s: trainable('out', 1, { init: 'ones' })", 'x.matmul(W.T).mul(s)'),
  ),
  'norms of rows scale the outputs': mending(
    { 'mul(norm)': 'mul(norm.T)' },
    adapter(
      '',
      `{
    const norm = sqrt(sum(W.mul(W), -1));
    return x.matmul(W.T).mul(norm);
  }`,
    ),
  ),
  'magnitudes are divided by norms of rows': mending(
    { 'm.div(norm)': "m.div(norm.reshape('out'))" },
    adapter(
      "m: trainable('out')",
      `{
    const norm = sqrt(sum(W.mul(W), -1));
    const scale = m.div(norm);
    return x.matmul(W.T).mul(scale);
  }`,
    ),
  ),
  'a norm of torch is assigned': mending(
    {
      'y = v.norm()': 'y = sqrt(sum(v.mul(v), [0, 1]))',
      'let y = x': 'let y: Tensor = x',
      'layer, ': 'layer, sqrt, sum, ',
      'trainable }': 'trainable, type Tensor }',
    },
    adapter(
      "v: trainable('k', 'k')",
      `{
    let y = x;
    y = v.norm();
    return x.matmul(W.T).mul(y);
  }`,
    ),
  ),
  'a bias has the size of the inputs, which where names': mending(
    { "frozen('in'), v": "frozen('out'), v" },
    adapter(
      "bias: frozen('in'), v: trainable('r', 'tri(b)')",
      'x.matmul(blockDiag(cayley(skew(v)))).matmul(W.T).add(bias)',
      BLOCKS,
    ),
  ),
  'one over the root of a size': mending(
    { "1 / Math.sqrt(size('in'))": "scalar(1).div(sqrt(size('in')))", 'size }': 'scalar, size, sqrt }' },
    adapter('', "x.matmul(W.T).mul(1 / Math.sqrt(size('in')))"),
  ),
  'a list of packed triangles is given to cayley by map': mending(
    { 'v.map(cayley)': 'v.map((one) => cayley(skew(one)))', 'list, ': 'list, skew, ' },
    adapter(
      "v: list(2, trainable('r', 'tri(b)'))",
      `{
    const [A, B] = v.map(cayley);
    return x.matmul(blockDiag(A!)).matmul(blockDiag(B!)).matmul(W.T);
  }`,
      BLOCKS,
    ),
  ),
  'a column is multiplied by the outputs': mending(
    { "trainable('out', 1)": "trainable('out')" },
    adapter("s: trainable('out', 1)", 's.mul(x.matmul(W.T))'),
  ),
  'halves of a fixed size are put together': mending(
    { "{ in: 'r*b' }": "{ in: '64', r: 'in/b' }" },
    adapter(
      "v: trainable('r', 'tri(b)')",
      `{
    const h = x.matmul(blockDiag(cayley(skew(v))));
    return concat([h.slice(1, 0, 32), h.slice(1, 32, 32)], 1).matmul(W.T);
  }`,
      BLOCKS,
    ),
  ),
  'blocks are turned one by one': mending(
    { 'blockDiag([cayley(skew(v[0])), cayley(skew(v[1]))])': 'blockDiag(cayley(skew(v)))' },
    OFT.replace('cayley(skew(v))', '[cayley(skew(v[0])), cayley(skew(v[1]))]'),
  ),
  'the identity times blocks of their own': mending(
    {
      "kronecker(identity('r'), cayley(skew(v)))": 'blockDiag(cayley(skew(v)))',
      'cayley, ': 'blockDiag, cayley, ',
    },
    adapter(
      "v: trainable('r', 'tri(b)')",
      "x.matmul(kronecker(identity('r'), cayley(skew(v)))).matmul(W.T)",
      BLOCKS,
    ),
  ),
  'a mean beside a standard deviation': mending(
    { ', mean: 0': '' },
    OFT.replace("'zeros'", '{ normal: 0.01, mean: 0 }'),
  ),
  'a start stands among the sizes': mending(
    { "'zeros')": "{ init: 'zeros' })" },
    OFT.replace("{ init: 'zeros' }", "'zeros'"),
  ),
  'a start stands among the sizes of a scale': mending(
    { "'ones')": "{ init: 'ones' })" },
    adapter("s: trainable('out', 'ones')", 'x.matmul(W.T).mul(s)'),
  ),
  'right singular vectors as columns': mending(
    { "V: frozen('in', 'k'": "V: frozen('k', 'in'", 'V.T.T': 'V.T' },
    adapter(
      "V: frozen('in', 'k', { init: { right: 'W' } }), B: trainable('k', 'out')",
      'x.matmul(W.T).add(x.matmul(V.T.T).matmul(B))',
    ),
  ),
  'elements are clamped': mending(
    { 'v.clamp(-0.1, 0.1)': 'min(max(v, -0.1), 0.1)', 'layer, ': 'layer, max, min, ' },
    OFT.replace("'zeros'", "'zeros', project: (v) => v.clamp(-0.1, 0.1)"),
  ),
  'a matrix that is not skew-symmetric is claimed to turn': mending(
    {
      'blockDiag(cayley(A))': 'blockDiag(cayley(A.sub(A.T)))',
      'orthogonal: cayley(A)': 'orthogonal: cayley(A.sub(A.T))',
    },
    adapter(
      "A: trainable('r', 'b', 'b')",
      'x.matmul(blockDiag(cayley(A))).matmul(W.T)',
      "{ where: { in: 'r*b' }, claims: ({ A }) => ({ orthogonal: cayley(A) }) }",
    ),
    'oftc check layer.ts --device cpu --trials 2',
  ),
  'terms of a series are given to the exact map': mending(
    { 'cayley(skew(v), { terms: 5 })': 'cayleyNeumann(skew(v), { terms: 5 })', 'cayley,': 'cayleyNeumann,' },
    OFT.replace('cayley(skew(v))', 'cayley(skew(v), { terms: 5 })'),
  ),
  'an axis of the inputs is not yet split for einsum': mending(
    { "'trb,rbc->trc', x": "'trb,rbc->trc', x.reshape('tokens', 'r', 'b')" },
    file(`export const blocks = layer(
  { x: input('tokens', 'in'), R: trainable('r', 'b', 'b') },
  ({ x, R }) => einsum('trb,rbc->trc', x, R).reshape('tokens', 'in'),
  { where: { in: 'r*b' } },
);`),
  ),
  'a number beside a name for the same size': mending(
    { "in: 'r*b'": "in: '768', r: 'in/b'" },
    branches(BASE, LORA).replace("x: input('tokens', 'in')", "x: input('tokens', 768)"),
  ),
  'elements of a list are counted from 1': mending(
    { 'rotation(v[1]).matmul(rotation(v[2]))': 'rotation(v[0]).matmul(rotation(v[1]))' },
    branches('x.matmul(rotation(v[1]).matmul(rotation(v[2])).matmul(W.T))', LORA)
      .replace("v: trainable('r', 'tri(b)')", "v: list(2, trainable('r', 'tri(b)'))")
      .replace('layer, skew', 'layer, list, skew'),
  ),
  'a member of an element that a list does not have': mending(
    { 'v[3].T': 'v[2].T' },
    file(`export const chain = layer(
  { x: input('tokens', 'in'), v: list(3, frozen('in', 'in')) },
  ({ x, v }) => x.matmul(v[3].T),
);`),
  ),
  'a factor that is not square is claimed to be orthogonal': mending(
    { '[rotation(v), A]': '[rotation(v)]' },
    branches(BASE, LORA).replace(
      'config: { alpha: 2 }',
      'config: { alpha: 2 }, claims: ({ v, A }) => ({ orthogonal: [rotation(v), A] })',
    ),
  ),
  'a bias is added and not claimed': mending(
    { 'claims: ({ M })': 'claims: ({ M, shift })', 'weight: M': 'weight: M, bias: shift' },
    file(`export const linear = layer(
  { x: input('tokens', 'n'), M: frozen('m', 'n'), shift: frozen('m') },
  ({ x, M, shift }) => x.matmul(M.T).add(shift),
  { claims: ({ M }) => ({ weight: M }) },
);`),
    'oftc check layer.ts --device cpu',
  ),
};
