/** Layers that blocks of several families are made of. */
import {
  concat,
  frozen,
  input,
  layer,
  sigmoid,
  size,
  sqrt,
  sum,
  type Tensor,
} from '../../language/dsl/index.ts';

const normed = (
  { x, weight }: { readonly x: Tensor; readonly weight: Tensor },
  { epsilon }: { readonly epsilon: number },
): Tensor => x.div(sqrt(sum(x.mul(x), -1).div(size('n')).add(epsilon))).mul(weight);

/** The RMS norm x/√(mean x² + ε) ⊙ weight (Zhang and Sennrich, arXiv 1910.07467). */
export const rmsNorm = layer(
  (_: { epsilon: number }) => ({ x: input('tokens', 'n'), weight: frozen('n') }),
  normed,
  { name: 'rmsNorm', config: { epsilon: 1e-5 } },
);

/** The layer norm (x − mean x)/√(var x + ε) ⊙ weight + bias (Ba, Kiros and Hinton, arXiv 1607.06450). */
export const layerNorm = layer(
  (_: { epsilon: number }) => ({ x: input('tokens', 'n'), weight: frozen('n'), bias: frozen('n') }),
  ({ x, weight, bias }, { epsilon }): Tensor => {
    const centred = x.sub(sum(x, -1).div(size('n')));
    return normed({ x: centred, weight }, { epsilon }).add(bias);
  },
  { name: 'layerNorm', config: { epsilon: 1e-5 } },
);

/** `rmsNorm` of the channels of each head. */
export const headNorm = layer(
  (_: { epsilon: number }) => ({ x: input('tokens', 'heads', 'n'), weight: frozen('n') }),
  normed,
  { name: 'headNorm', config: { epsilon: 1e-5 } },
);

/** Rotates the channel pairs (c, c + d/2) of every head by the angle of the token's position. */
export const rope = layer(
  { x: input('tokens', 'heads', 'd'), cos: frozen('tokens', 'd/2'), sin: frozen('tokens', 'd/2') },
  ({ x, cos, sin }): Tensor => {
    const [a, b] = [x.slice(2, 0, 'd/2'), x.slice(2, 'd/2', 'd/2')];
    const c = cos.reshape('tokens', 1, 'd/2');
    const s = sin.reshape('tokens', 1, 'd/2');
    return concat([a.mul(c).sub(b.mul(s)), b.mul(c).add(a.mul(s))], 2);
  },
  { name: 'rope' },
);

/** The tanh form of GELU (Hendrycks and Gimpel, arXiv 1606.08415). It is a sigmoid, because 1 + tanh u = 2·sigmoid(2u). */
export const geluTanh = (x: Tensor): Tensor =>
  x.mul(
    sigmoid(
      x
        .mul(x)
        .mul(0.044715)
        .add(1)
        .mul(x)
        .mul(2 * Math.sqrt(2 / Math.PI)),
    ),
  );
