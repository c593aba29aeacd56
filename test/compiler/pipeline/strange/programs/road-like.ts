/** Plane rotations of pairs of inputs, element by element, then the weight, then plane rotations of the outputs. */
import { concat, cos, frozen, input, layer, sin, type Tensor, trainable } from 'oftc';

/** Rotates the pairs (i, i + n/2) of z by theta. */
function planes(z: Tensor, theta: Tensor, n: string): Tensor {
  const [a, b]: Tensor[] = [z.slice(1, 0, `${n}/2`), z.slice(1, `${n}/2`, `${n}/2`)];
  const [c, s]: Tensor[] = [cos(theta), sin(theta)];
  return concat([a!.mul(c!).sub(b!.mul(s!)), a!.mul(s!).add(b!.mul(c!))], 1);
}

export const roadLike = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), theta: trainable('in/2'), phi: trainable('out/2') },
  ({ x, W, theta, phi }) => planes(planes(x, theta, 'in').matmul(W.T), phi, 'out'),
);
