/** Finds tokens that a model can hardly tell from the token that ends a response. */

import { OUTPUT_LAYER } from '../formats/config/names.ts';
import type { OpenModel } from '../formats/model.ts';
import { weightName } from './models/linear-layers.ts';

/** Rows of a larger cosine give nearly the same logit to any hidden state. */
const ALIKE = 0.99;
/** The rows that are read at a time. */
const ROWS = 4096;

/**
 * The number of other tokens whose row of the output layer has a cosine above 0.99 with that of a token. Base models have
 * such tokens where control tokens were never trained.
 */
export async function alikeTo(
  id: number,
  { config, rows }: Pick<OpenModel, 'config' | 'rows'>,
): Promise<number> {
  const { vocabSize, hiddenSize } = config;
  const read = await rows(weightName(config, OUTPUT_LAYER));
  const own = Float64Array.from(await read(id, 1));
  const norm = Math.sqrt(own.reduce((sum, x) => sum + x * x, 0));
  let count = 0;
  for (let first = 0; first < vocabSize; first += ROWS) {
    const some = await read(first, Math.min(ROWS, vocabSize - first));
    for (let row = 0; row * hiddenSize < some.length; row++) {
      let [dot, square] = [0, 0];
      for (let i = 0; i < hiddenSize; i++) {
        const x = some[row * hiddenSize + i]!;
        dot += x * own[i]!;
        square += x * x;
      }
      if (first + row !== id && dot > ALIKE * norm * Math.sqrt(square)) count++;
    }
  }
  return count;
}
