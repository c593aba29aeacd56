/** Sessions: each was once wrong. */
import { expect, it } from 'vitest';
import { oft } from '../../src/adapters/oft.ts';
import { compile } from '../../src/index.ts';

it('binding what the layer does not have says what it has', async () => {
  const session = await compile(oft, { dims: { in: 8, out: 4, b: 4 }, device: 'cpu' });
  expect(() => session.bind({ w: new Float32Array(32) })).toThrow(
    "'oft' has no tensor 'w'; it takes x, W, v.0. Did you mean 'W'?",
  );
  await session.dispose();
});
