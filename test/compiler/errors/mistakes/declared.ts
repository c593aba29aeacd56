/** Mistakes about what is declared: tensors under other names, positions for names, the configuration, other packages. */
import { type Example, mending } from '../../../../compiler/errors/code.ts';
import { adapter, BLOCKS, file, OFT } from './source.ts';

const CONFIGURED = (body: string, config = '{ scale: 2 }') =>
  file(`export const scaled = layer(
  (_: { scale: number }) => ({ x: input('tokens', 'in'), W: frozen('out', 'in'), s: trainable('out') }),
  ${body},
  { config: ${config} },
);`);

export const declared: Readonly<Record<string, Example>> = {
  'a tensor under another name than it is declared': mending(
    { '({ x, W })': '({ x, kernel: W })' },
    adapter('', 'x.matmul(W.T)').replace("W: frozen('out', 'in')", "kernel: frozen('out', 'in')"),
  ),
  'a frozen tensor that is not declared': mending(
    { ' },\n  ({': ", offset: frozen('out') },\n  ({", '{ x, W, s }': '{ x, W, s, offset }' },
    adapter("s: trainable('out')", 'x.matmul(W.T).mul(s).add(offset)').replace(
      '{ x, W, s }',
      '{ x, W, s, offset }',
    ),
  ),
  'tensors and configuration one after another': mending(
    { '(x, W, s, settings)': '({ x, W, s }, settings)' },
    CONFIGURED('(x, W, s, settings) => x.matmul(W.T).mul(s).mul(settings.scale)'),
  ),
  'a configuration that the declarations do not take': mending(
    {
      "{ x: input('tokens', 'in'), W: frozen('out', 'in') }":
        "(c: { alpha: number }) => ({ x: input('tokens', 'in'), W: frozen('out', 'in') })",
    },
    file(`export const scaled = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in') },
  ({ x, W }, { alpha }) => x.matmul(W.T).mul(alpha),
  { config: { alpha: 16 } },
);`),
  ),
  'a configuration without its type and its defaults': mending(
    { '{ where: {}': '{ where: {}, config: { alpha: 8, bias: false }' },
    file(`export const scaled = layer(
  (c) => ({ x: input('tokens', 'in'), W: frozen('out', 'in'), bias: when(c.bias, frozen('out')) }),
  ({ x, W, bias }, c) => {
    const y = x.matmul(W.T).mul(c.alpha);
    return bias ? y.add(bias) : y;
  },
  { where: {} },
);`),
  ),
  'a loop over the blocks of a tensor': mending(
    {
      '{ x: input': '(c: { steps: number }) => ({ x: input',
      "'tri(b)') }": "'tri(b)') })",
      '({ x, W, v }) =>': '({ x, W, v }, c) =>',
      'v.shape[0]': 'c.steps',
      "{ where: { in: 'r*b' } }": "{ where: { in: 'r*b' }, config: { steps: 2 } }",
      'let h = x': 'let h: Tensor = x',
      'trainable }': 'trainable, type Tensor }',
    },
    adapter(
      "v: trainable('r', 'tri(b)')",
      `{
    let h = x;
    for (let i = 0; i < v.shape[0]; i++) h = h.matmul(blockDiag(cayley(skew(v))));
    return h.matmul(W.T);
  }`,
      BLOCKS,
    ),
  ),
  'a loop up to the name of a dimension': mending(
    {
      'i < k;': 'i < c.steps;',
      'c.alpha': 'c.steps',
      'alpha: number': 'steps: number',
      'alpha: 2': 'steps: 2',
    },
    file(`export const scaled = layer(
  (c: { alpha: number }) => ({ x: input('tokens', 'in'), W: frozen('out', 'in'), s: trainable('k') }),
  ({ x, W, s }, c) => {
    let y = x.matmul(W.T);
    for (let i = 0; i < k; i++) y = y.mul(sum(s, 0).mul(c.alpha));
    return y;
  },
  { config: { alpha: 2 } },
);`),
  ),
  'a branch on a norm': mending(
    {
      'v.norm() > 1 ? v.div(v.norm()) : v': 'v.div(max(1, sqrt(sum(v.mul(v), [0, 1]))))',
      'layer, ': 'layer, max, ',
      'skew, ': 'skew, sqrt, sum, ',
    },
    OFT.replace('skew(v)', 'skew(v.norm() > 1 ? v.div(v.norm()) : v)'),
  ),
  'a list of tensors is gone through with forEach': mending(
    {
      'let h = x': 'let h: Tensor = x',
      'v.forEach((a) => {': 'for (const a of v) {',
      '    });': '    }',
      'trainable }': 'trainable, type Tensor }',
    },
    adapter(
      "v: list(2, trainable('r', 'tri(b)'))",
      `{
    let h = x;
    v.forEach((a) => {
      h = h.matmul(blockDiag(cayley(skew(a))));
    });
    return h.matmul(W.T);
  }`,
      BLOCKS,
    ),
  ),
  'a branch keeps clear of a division by 0': mending(
    { 'n > 0 ? v.div(n) : v': 'v.div(max(n, 1e-12))', 'layer, ': 'layer, max, ' },
    adapter(
      "v: trainable('r', 'tri(b)')",
      `{
    const n = sqrt(sum(sum(v.mul(v), -1), 0));
    return x.matmul(blockDiag(cayley(skew(n > 0 ? v.div(n) : v)))).matmul(W.T);
  }`,
      BLOCKS,
    ),
  ),
  'a number of terms among the tensors': mending(
    {
      '{ x: input': '(c: { terms: number }) => ({ x: input',
      "{ init: 'zeros' }) }": "{ init: 'zeros' }) })",
      ', terms = 5 }) =>': ' }, c) =>',
      '{ terms })': '{ terms: c.terms })',
      "{ where: { in: 'r*b' } }": "{ where: { in: 'r*b' }, config: { terms: 5 } }",
    },
    OFT.replace('v }) =>', 'v, terms = 5 }) =>')
      .replace('cayley(skew(v))', 'cayleyNeumann(skew(v), { terms })')
      .replace('cayley,', 'cayleyNeumann,'),
  ),
  'a layer is given its name first': mending(
    { "'oft', { x": '{ x' },
    OFT.replace('{ x: input', "'oft', { x: input"),
  ),
  'a layer has a type': mending({ 'oft: Layer = ': 'oft = ' }, OFT.replace('adapter = ', 'oft: Layer = ')),
  'a default that the configuration lacks': mending(
    { ', dropout: 0.1': '' },
    CONFIGURED('({ x, W, s }, c) => x.matmul(W.T).mul(s).mul(c.scale)', '{ scale: 2, dropout: 0.1 }'),
  ),
  'slices of Python': mending(
    {
      'x[:, :32]': 'x.slice(1, 0, 32)',
      'x[:, -32:]': "x.slice(1, 'in - 32', 32)",
      's[1:3, 0]': 's.slice(0, 1, 2).slice(1, 0, 1).reshape(2)',
      'W[..., n:]': "W.slice(1, 'n', 'in - n')",
    },
    adapter(
      "s: trainable(4, 'n')",
      `{
    const [low, high] = [x[:, :32], x[:, -32:]];
    const two = s[1:3, 0];
    const rest = W[..., n:];
    return concat([low.mul(sum(two, 0)), high, x.matmul(W.T).matmul(rest)], 1);
  }`,
    ),
  ),
  'a helper is async': mending(
    { 'async (': '(' },
    file(`const turned = async (v: Tensor<['r', 'tri(b)']>) => blockDiag(cayley(skew(v)));

export const oft = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), v: trainable('r', 'tri(b)') },
  ({ x, W, v }) => x.matmul(turned(v)).matmul(W.T),
  { where: { in: 'r*b' } },
);`),
  ),
  'a rotation of the output side with the blocks of the input side': mending(
    {
      "Tensor<['r', 'tri(b)']>": "Tensor<['s', 'tri(e)']>",
      "v: trainable('r', 'tri(b)', { init: 'zeros' })": "v: trainable('s', 'tri(e)', { init: 'zeros' })",
      "{ in: 'r*b' }": "{ out: 's*e' }",
    },
    file(`const rotation = (v: Tensor<['r', 'tri(b)']>) => blockDiag(cayley(skew(v)));

export const oft = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), v: trainable('r', 'tri(b)', { init: 'zeros' }) },
  ({ x, W, v }) => x.matmul(W.T).matmul(rotation(v)),
  { where: { in: 'r*b' } },
);`),
  ),
  'rotations of both sides with the blocks of one': mending(
    {
      "w: trainable('g', 'tri(s)')": "w: trainable('e', 'tri(m)')",
      "{ in: 'g*s' }": "{ in: 'g*s', out: 'e*m' }",
    },
    adapter(
      "v: trainable('g', 'tri(s)'), w: trainable('g', 'tri(s)')",
      `{
    const S = blockDiag(cayley(skew(w)));
    return x.matmul(blockDiag(cayley(skew(v)))).matmul(W.T).matmul(S);
  }`,
      "{ where: { in: 'g*s' } }",
    ),
  ),
};
