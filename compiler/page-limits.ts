/** The limits of what a page of the site takes from a link or a visitor. */
import type { Limit } from './limit.ts';

export const pageLimits = {
  linkCharacters: {
    most: 65_536,
    counts: 'characters in a link to the playground',
    because: 'it is inflated and read before the visitor asks for anything',
  },
  linkBytes: {
    most: 524_288,
    counts: 'bytes that a link to the playground inflates to',
    because: 'a small link could fill the memory of the tab',
  },
  pageTokens: {
    most: 1_048_576,
    counts: 'tokens that a page computes costs for',
    because: 'costs are exact in numbers up to 2⁵³, and grow with the square of the tokens',
  },
  pageElements: {
    most: 134_217_728,
    counts: 'elements in all inputs of a layer that a page runs',
    because: 'each is drawn as a number of 8 bytes',
  },
} as const satisfies Readonly<Record<string, Limit>>;
