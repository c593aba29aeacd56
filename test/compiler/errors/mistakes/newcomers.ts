/** Mistakes of newcomers within a whole layer: a rotation beside the branch of LoRA, and the numbers that scale it. */
import { type Example, mending } from '../../../../compiler/errors/code.ts';
import { file } from './source.ts';

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
};
