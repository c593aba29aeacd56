/** Mistakes in the language: what Python and PyTorch have, variables, declarations, options and files. */
import { type Example, mending } from '../../../../compiler/errors/code.ts';
import { adapter, BLOCKS, file } from './source.ts';

const CONFIGURED = file(`export const adapter = layer(
  (c: { bias: boolean; alpha: number }) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    bias: when(c.bias, frozen('out')),
  }),
  ({ x, W, bias }, c) => bias ? x.matmul(W.T).mul(c.alpha).add(bias) : x.matmul(W.T).mul(c.alpha),
  { config: { bias: true, alpha: 2 } },
);`);

export const language: Readonly<Record<string, Example>> = {
  'a variable gets another shape in a loop': mending(
    { 'let V = W.T': 'let V: Tensor = W.T', ', trainable }': ', type Tensor, trainable }' },
    adapter(
      "v: list(2, trainable('r', 'tri(b)'))",
      `{
    let V = W.T;
    for (const one of v) V = blockDiag(cayley(skew(one))).matmul(V);
    return x.matmul(V);
  }`,
      BLOCKS,
    ),
  ),
  'a sum starts at 0': mending(
    {
      'let y = 0;': 'let y: Tensor = scalar(0);',
      'y += x.mul(one)': 'y = x.mul(one).add(y)',
      'list, trainable }': 'list, scalar, type Tensor, trainable }',
    },
    adapter(
      "v: list(2, trainable('in'))",
      `{
    let y = 0;
    for (const one of v) y += x.mul(one);
    return y.matmul(W.T);
  }`,
    ),
  ),
  'a sum is formed and dropped': mending(
    { 'S.add(one);': 'S = S.add(one);' },
    adapter(
      "v: list(2, trainable('in'))",
      `{
    let S = x;
    for (const one of v) S.add(one);
    return S.matmul(W.T);
  }`,
    ),
  ),
  'a product of another shape is formed and dropped': mending(
    {
      'let y = x;': 'let y: Tensor = x;',
      'y.matmul(W.T);': 'y = y.matmul(W.T);',
      'layer }': 'layer, type Tensor }',
    },
    adapter(
      '',
      `{
    let y = x;
    y.matmul(W.T);
    return y.mul(2);
  }`,
    ),
  ),
  'a sum is added in place': mending(
    { 'S.add_(one);': 'S = S.add(one);' },
    adapter(
      "v: list(2, trainable('in'))",
      `{
    let S = x;
    for (const one of v) S.add_(one);
    return S.matmul(W.T);
  }`,
    ),
  ),
  'reduce changes the shape': mending(
    { 'v.reduce(': 'v.reduce<Tensor>(', ', trainable }': ', type Tensor, trainable }' },
    adapter(
      "v: list(2, trainable('r', 'tri(b)'))",
      'x.matmul(v.reduce((V, one) => blockDiag(cayley(skew(one))).matmul(V), W.T))',
      BLOCKS,
    ),
  ),
  'an optional bias is added unasked': mending(
    { 'x.matmul(W.T).add(bias)': 'bias ? x.matmul(W.T).add(bias) : x.matmul(W.T)' },
    file(`export const adapter = layer(
  (c: { bias: boolean }) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in'),
    bias: when(c.bias, frozen('out')),
  }),
  ({ x, W, bias }) => x.matmul(W.T).add(bias),
  { config: { bias: true } },
);`),
  ),
  'a loop over range': mending(
    { 'for (const i of range(3)) y = y.mul(s);': 'for (let i = 0; i < 3; i++) y = y.mul(s);' },
    adapter(
      "s: trainable('in')",
      `{
    let y = x;
    for (const i of range(3)) y = y.mul(s);
    return y.matmul(W.T);
  }`,
    ),
  ),
  'the body takes tensors one after another': mending(
    { '(x, W) =>': '({ x, W }) =>' },
    adapter('', 'x.matmul(W.T)').replace('({ x, W })', '(x, W)'),
  ),
  'a tensor that is not declared': mending(
    {
      "W: frozen('out', 'in') }": "W: frozen('out', 'in'), s: trainable('out') }",
      'layer }': 'layer, trainable }',
    },
    adapter('', 'x.matmul(W.T).mul(s)').replace('({ x, W })', '({ x, W, s })'),
  ),
  'a tensor that is declared and not used': mending(
    { 'x.matmul(W.T)': 'x.matmul(W.T).mul(s)' },
    adapter("s: trainable('out')", 'x.matmul(W.T)'),
  ),
  'a setting that the configuration does not have': mending(
    { 'c.scale': 'c.alpha' },
    CONFIGURED.replace('mul(c.alpha).add', 'mul(c.scale).add'),
  ),
  'axes as in Python': mending(
    { 'sum(W.mul(W), dim=-1)': 'sum(W.mul(W), -1)' },
    adapter('', 'x.matmul(W.div(sqrt(sum(W.mul(W), dim=-1))).T)'),
  ),
  'a norm of torch': mending(
    { 'W.norm(2, -1)': 'sqrt(sum(W.mul(W), -1))', 'input, layer }': 'input, layer, sqrt, sum }' },
    adapter('', 'x.matmul(W.div(W.norm(2, -1)).T)'),
  ),
  'a matrix of torch.eye': mending(
    { "eye('in')": "identity('in')", 'eye,': 'identity,' },
    adapter("A: trainable('in', 'in')", "x.matmul(eye('in').add(A)).matmul(W.T)").replace(
      '{ frozen',
      '{ eye, frozen',
    ),
  ),
  'a method in place': mending(
    { 'W.add_(D)': 'W.add(D)' },
    adapter("D: trainable('out', 'in')", 'x.matmul(W.add_(D).T)'),
  ),
  'linear as a function': mending(
    { 'linear(x, W, bias)': 'x.matmul(W.T).add(bias)', 'layer, linear': 'layer' },
    adapter("bias: frozen('out')", 'linear(x, W, bias)').replace('layer }', 'layer, linear }'),
  ),
  'a number minus a tensor': mending(
    { '1 - s': 's.neg().add(1)' },
    adapter("s: trainable('in')", 'x.mul(1 - s).matmul(W.T)'),
  ),
  'blocks spread as arguments': mending(
    { 'blockDiag(...R)': 'blockDiag(R)' },
    adapter("R: trainable('r', 'b', 'b')", 'x.matmul(blockDiag(...R)).matmul(W.T)', BLOCKS),
  ),
  'terms as a number': mending(
    { 'skew(v), 5': 'skew(v), { terms: 5 }' },
    adapter(
      "v: trainable('r', 'tri(b)')",
      'x.matmul(blockDiag(cayleyNeumann(skew(v), 5))).matmul(W.T)',
      BLOCKS,
    ),
  ),
  'more terms than a series has': mending(
    { 'terms: 100': 'terms: 64' },
    adapter(
      "v: trainable('r', 'tri(b)')",
      'x.matmul(blockDiag(cayleyNeumann(skew(v), { terms: 100 }))).matmul(W.T)',
      BLOCKS,
    ),
  ),
  'a start of torch.nn.init': mending(
    { "'kaiming_uniform'": '{ kaiming: 1 }' },
    adapter(
      "A: trainable('k', 'in', { init: 'kaiming_uniform' }), B: trainable('out', 'k')",
      'x.matmul(W.T).add(x.matmul(A.T).matmul(B.T))',
    ),
  ),
  'a start along an axis that its parameter lacks': mending(
    { "{ kaiming: 'out' }": "{ kaiming: 'in' }" },
    adapter(
      "A: trainable('k', 'in', { init: { kaiming: 'out' } }), B: trainable('out', 'k')",
      'x.matmul(W.T).add(x.matmul(A.T).matmul(B.T))',
    ),
  ),
  'a random start without its size': mending(
    { "'normal_'": '{ normal: 0.02 }' },
    adapter("s: trainable('in', { init: 'normal_' })", 'x.mul(s).matmul(W.T)'),
  ),
  'a weight that is not trained': mending(
    { "trainable('out', { requires_grad: false })": "frozen('out')", ', trainable }': ' }' },
    adapter("m: trainable('out', { requires_grad: false })", 'x.matmul(W.T).mul(m)'),
  ),
  'a detach on the way of a gradient': mending(
    { 'detach(blockDiag(cayley(skew(v))))': 'blockDiag(cayley(skew(v)))', 'detach, ': '' },
    adapter(
      "v: trainable('r', 'tri(b)')",
      `{
    const R = detach(blockDiag(cayley(skew(v))));
    return x.matmul(R.matmul(W.T));
  }`,
      BLOCKS,
    ),
  ),
  'the dtype of a checkpoint': mending(
    { "'out', 'in', { dtype: 'bf16' }": "'out', 'in'" },
    adapter('', 'x.matmul(W.T)').replace("'out', 'in'", "'out', 'in', { dtype: 'bf16' }"),
  ),
  'blocks one by one': mending(
    { 'blockDiag([R[0], R[1]])': 'blockDiag(R)' },
    adapter(
      "v: trainable(2, 'tri(b)')",
      `{
    const R = cayley(skew(v));
    return x.matmul(blockDiag([R[0], R[1]])).matmul(W.T);
  }`,
      "{ where: { in: '2*b' } }",
    ),
  ),
  'dropout of the input': mending(
    {
      'import { dropout, ': 'import { ',
      "W: frozen('out', 'in') }": "W: frozen('out', 'in'), mask: input('tokens', 'in') }",
      '({ x, W })': '({ x, W, mask })',
      'dropout(x, 0.1)': 'x.mul(mask)',
    },
    adapter('', 'dropout(x, 0.1).matmul(W.T)').replace('import { ', 'import { dropout, '),
  ),
  'a start from a later weight': mending(
    {
      "m: trainable('out', 1, { init: { rowNorms: 'W' } }), W: frozen('out', 'in')":
        "W: frozen('out', 'in'), m: trainable('out', 1, { init: { rowNorms: 'W' } })",
    },
    file(`export const dora = layer(
  { x: input('tokens', 'in'), m: trainable('out', 1, { init: { rowNorms: 'W' } }), W: frozen('out', 'in') },
  ({ x, W, m }) => x.matmul(W.mul(m).T),
);`),
  ),
  'a checkpoint’s name for a tensor': mending(
    {
      "'oft_R.weight': trainable('r', 'tri(b)')": "v: trainable('r', 'tri(b)', { stored: 'oft_R.weight' })",
      "'oft_R.weight': v": 'v',
    },
    file(`export const oft = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), 'oft_R.weight': trainable('r', 'tri(b)') },
  ({ x, W, 'oft_R.weight': v }) => x.matmul(blockDiag(cayley(skew(v))).matmul(W.T)),
  { where: { in: 'r*b' } },
);`),
  ),
  'a dtype of torch': mending(
    { 'torch.float16': "'f16'", "frozen('out', 'in')": "frozen('out', 'in', { dtype: 'f16' })" },
    adapter('', 'x.matmul(W.T)').replace("'tokens', 'in'", "'tokens', 'in', { dtype: torch.float16 }"),
  ),
  'x in half precision and W in single': mending(
    { "frozen('out', 'in')": "frozen('out', 'in', { dtype: 'f16' })" },
    adapter('', 'x.matmul(W.T)').replace("'tokens', 'in'", "'tokens', 'in', { dtype: 'f16' }"),
  ),
  'a claim of the transposed weight': mending(
    { 'weight: rotation(v).matmul(W.T)': 'weight: rotation(v).matmul(W.T).T' },
    file(`const rotation = (v: Tensor<['r', 'tri(b)']>) => blockDiag(cayley(skew(v)));

export const oft = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), v: trainable('r', 'tri(b)') },
  ({ x, W, v }) => x.matmul(rotation(v).matmul(W.T)),
  { where: { in: 'r*b' }, claims: ({ W, v }) => ({ weight: rotation(v).matmul(W.T) }) },
);`),
    'oftc check layer.ts --device cpu --trials 2',
  ),
  'a claim of W·R for a layer of W·Rᵀ': mending(
    { 'weight: W.matmul(rotation(v))': 'weight: W.matmul(rotation(v).T)' },
    file(`const rotation = (v: Tensor<['r', 'tri(b)']>) => blockDiag(cayley(skew(v)));

export const oft = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), v: trainable('r', 'tri(b)') },
  ({ x, W, v }) => x.matmul(rotation(v).matmul(W.T)),
  { where: { in: 'r*b' }, claims: ({ W, v }) => ({ weight: W.matmul(rotation(v)) }) },
);`),
    'oftc check layer.ts --device cpu --trials 2',
  ),
  'a truncated series is claimed to be orthogonal': mending(
    { 'cayleyNeumann(skew(v), { terms: 3 })': 'cayley(skew(v))', 'cayleyNeumann,': 'cayley,' },
    file(`const rotation = (v: Tensor<['r', 'tri(b)']>) => blockDiag(cayleyNeumann(skew(v), { terms: 3 }));

export const oft = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), v: trainable('r', 'tri(b)') },
  ({ x, W, v }) => x.matmul(rotation(v).matmul(W.T)),
  { where: { in: 'r*b' }, claims: ({ v }) => ({ orthogonal: rotation(v) }) },
);`),
    'oftc check layer.ts --device cpu --trials 2',
  ),
};
