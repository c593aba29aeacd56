/**
 * Full finetuning of linear layers as an adapter, to compare others with: every weight is trained. D has the size of W,
 * and AdamW keeps two means of that size.
 */
import { frozen, input, layer, trainable } from 'oftc';

export const full = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), D: trainable('out', 'in', { init: 'zeros' }) },
  ({ x, W, D }) => x.matmul(W.add(D).T),
  { claims: ({ W, D }) => ({ weight: W.add(D) }) },
);
