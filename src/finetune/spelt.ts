import type { Tokenizer } from '../formats/tokenizer/index.ts';

/**
 * The text of ids that a model drew, without special tokens. A row of the embedding without a token is padding, which
 * spells nothing, as in transformers.
 */
export const spelt = (tokenizer: Pick<Tokenizer, 'decode' | 'token'>, ids: Iterable<number>): string =>
  tokenizer.decode(
    [...ids].filter((id) => tokenizer.token(id) !== undefined),
    { special: false },
  );
