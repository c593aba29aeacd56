/** Tokens that an output layer can hardly tell apart. */
import { expect, it } from 'vitest';
import { alikeTo } from '../../../src/finetune/end-token.ts';
import { SMALL } from './support.ts';

/** A model whose output layer has these rows, of which every third is the first one, at another length. */
function model(vocabSize: number) {
  const row = (n: number) =>
    Array.from({ length: SMALL.hiddenSize }, (_, i) =>
      n % 3 === 0 ? (n + 1) * Math.cos(i) : Math.sin(n * (i + 1)),
    );
  return {
    config: { ...SMALL, vocabSize },
    rows: async () => async (first: number, count: number) =>
      Float32Array.from(Array.from({ length: count }, (_, n) => row(first + n)).flat()),
  } as unknown as Parameters<typeof alikeTo>[1];
}

it('counts the other rows along the row of a token, beyond what is read at a time', async () => {
  expect(await alikeTo(3, model(9))).toBe(2);
  expect(await alikeTo(6, model(9000))).toBe(2999);
  expect(await alikeTo(1, model(9))).toBe(0);
});
