/** An operator that knew a size by name alone refuses it once it is bound, and says where the layer asks for it. */
import { expect, it } from 'vitest';
import { OftcError } from '../../../compiler/errors/error.ts';
import { bindProgram } from '../../../compiler/ir/bind.ts';
import { withSpans } from '../../../compiler/ir/build.ts';
import { smallSizes } from '../../../src/identity/sizes.ts';
import { attention, expand, input, layer, pick, topK } from '../../../src/language/dsl/index.ts';

const span = { file: 'layer.ts', start: 3, end: 9 };

const heads = layer(
  {
    q: input('tokens', 'heads', 'd'),
    k: input('tokens', 'keys', 'd'),
    start: input('tokens', { dtype: 'i32' }),
  },
  ({ q, k, start }) => withSpans([span], () => attention(q, k, k, start)),
).trace();

const largest = layer({ x: input('tokens', 1, 'n') }, ({ x }) => {
  const chosen = withSpans([span], () => topK(x.reshape('tokens', 'n'), 2));
  return pick(expand(x, 'tokens', 2, 'n'), chosen);
}).trace();

const refusal = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

it.each([
  [heads, { heads: 3, keys: 2, d: 4 }, /^attention: 3 heads cannot share 2 key heads evenly$/],
  [largest, { n: 1 }, /^topK: \(tokens, 1\) has not 2 elements along its last axis$/],
])('%$ sizes that do not fit', (program, sizes, message) => {
  const error = refusal(() => bindProgram(program, sizes));
  expect(error).toBeInstanceOf(OftcError);
  expect(error).toMatchObject({ code: 'OFT2002', message: expect.stringMatching(message), spans: [span] });
});

it.each([
  [heads, { heads: 6, keys: 2, d: 4 }],
  [largest, { n: 2 }],
])('%$ sizes that fit', (program, sizes) => {
  expect(() => bindProgram(program, sizes)).not.toThrow();
});

it('the small sizes that a layer is checked at are sizes that its operators accept', () => {
  for (const sizes of smallSizes(heads)) expect(sizes.heads! % sizes.keys!).toBe(0);
  expect(smallSizes(heads)).toHaveLength(3);
  expect(smallSizes(largest).map(({ n }) => n)).toEqual([2, 5]);
});
