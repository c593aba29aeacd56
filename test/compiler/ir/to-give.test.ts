/** The sizes that are still to be given: one of two names where either gives the other, and none that follow. */
import { expect, it } from 'vitest';
import { toGive } from '../../../compiler/ir/bind.ts';
import { frozen, input, layer, trainable } from '../../../src/language/dsl/index.ts';

const blocks = layer(
  { x: input('tokens', 'in'), W: frozen('out', 'in'), A: trainable('k', 'n'), B: trainable('k', 'm') },
  ({ x, W }) => x.matmul(W.T),
  { where: { in: 'k*n', out: 'k*m' } },
).trace();

it.each([
  [{}, [['in'], ['k', 'n'], ['m', 'out']]],
  [{ in: 12, out: 8 }, [['k', 'n']]],
  [
    { in: 12 },
    [
      ['k', 'n'],
      ['m', 'out'],
    ],
  ],
  [{ k: 2, n: 3 }, [['m', 'out']]],
])('with %j', (sizes, names) => expect(toGive(blocks, sizes)).toEqual(names));
