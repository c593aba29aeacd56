/** `explain` says where a search stopped at its limit, and only there. */
import { expect, it } from 'vitest';
import { type Explanation, explain } from '../../../src/explain/index.ts';
import { renderExplanation } from '../../../src/explain/text.ts';
import { input, layer, trainable } from '../../../src/language/dsl/index.ts';
import { LIBRARY, programOfCase } from './library.ts';

const libraryLayer = (name: string): Explanation => {
  const c = LIBRARY.find((c) => c.name === name)!;
  return explain(programOfCase(c), { dims: c.dims });
};

/** x times the same matrix, again and again. */
const power = (factors: number): Explanation =>
  explain(
    layer({ x: input('tokens', 'n'), A: trainable('n', 'n') }, ({ x, A }) =>
      Array(factors - 1)
        .fill(A)
        .reduce((product, factor) => product.matmul(factor), x),
    ).trace(),
  );

it.each<[string, () => Explanation]>([
  ['a product of two', () => power(2)],
  ['oft', () => libraryLayer('oft {}')],
])('nothing stops for %s', (_, of) => {
  const e = of();
  expect(e.stopped).toEqual([]);
  for (const full of [false, true]) expect(renderExplanation(e, { full })).not.toMatch(/stopped/i);
});

it.each<[string, () => Explanation, string]>([
  [
    'a long product',
    () => power(14),
    'a product of 14 factors is first cut into segments of 6: a better nesting may exist',
  ],
  [
    'products that share much',
    () => libraryLayer('oft {"adapters":2}'),
    '10 sub-products could be formed once, and of more than 8 not every set is tried: better parentheses may exist',
  ],
  [
    'many tensors to compute again',
    () => libraryLayer('doubleGsoft {"method":"exp"}'),
    '47 tensors were not tried to be computed again: less memory may do',
  ],
])('a search stops for %s', (_, of, text) => {
  const e = of();
  expect(e.stopped).toEqual([text]);
  const [short, full] = [false, true].map((full) => renderExplanation(e, { full }).replace(/\s+/g, ' '));
  expect(short).toContain(` Stopped ${text} `);
  expect(full).toContain(` a search stopped: ${text} `);
});
