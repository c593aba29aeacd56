import { frozen, input, layer, size, sqrt, type Tensor, when } from '../language/dsl/index.ts';
import { ROTATION, rotation, triangles } from './rotation.ts';

export interface ScaledOftConfig {
  /** Number of terms of the Cayley–Neumann series. */
  terms: number;
  /** Whether all blocks share the same parameters. */
  share: boolean;
  /** Whether the frozen layer has a bias. */
  bias: boolean;
}

function rotated(W: Tensor<['out', 'in']>, v: Tensor<[string, 'tri(b)']>, c: ScaledOftConfig) {
  const scaled = v.div(sqrt(size('b').sub(1)).mul(2));
  return rotation(scaled, { ...ROTATION, ...c }).matmul(W.T);
}

/**
 * Scaled OFT (OneTrainer): v ← v/(2√(b−1)), then OFT, so that one learning rate serves all block sizes. OneTrainer
 * stores v before the division.
 */
export const scaledOft = layer(
  (c: ScaledOftConfig) => ({
    x: input('tokens', 'in'),
    W: frozen('out', 'in', { stored: 'weight' }),
    bias: when(c.bias, frozen('out', { stored: 'bias' })),
    v: triangles({ ...ROTATION, ...c }, 'oft_R.weight'),
  }),
  ({ x, W, bias, v }, c) => {
    const y = x.matmul(rotated(W, v, c));
    return bias ? y.add(bias) : y;
  },
  {
    name: 'scaledOft',
    source: 'https://github.com/Nerogar/OneTrainer',
    where: { in: 'r*b' },
    config: { terms: 5, share: false, bias: false },
    claims: ({ W, bias, v }, c) => ({ weight: rotated(W, v, c).T, bias }),
  },
);
