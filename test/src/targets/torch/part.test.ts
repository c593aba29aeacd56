/** The parentheses of a part of a layer. */
import { expect, it } from 'vitest';
import { input, layer, trainable } from '../../../../src/language/dsl/index.ts';
import { printPart } from '../../../../src/targets/torch/part.ts';

const twice = layer(
  { x: input('tokens', 'n'), A: trainable('n', 'r'), B: trainable('r', 'n') },
  ({ x, A, B }) => x.matmul(A).matmul(B),
).trace();

// The product A·B pays from 1183 tokens on for n = 1024, from 2048 for 1829, and from 2049 for 1830.
it.each([
  [1024, 'S = A @ B'],
  [1829, 'S = A @ B'],
  [1830, 'h = x @ A.to(x.dtype)'],
  [4096, 'h = x @ A.to(x.dtype)'],
])('at n = r = %d it is the one for 2048 tokens', (n, text) => {
  const { lines } = printPart('before', twice, { n, r: n });
  expect(lines.join('\n')).toContain(text);
});
