/** The limits of dimensions. */
import type { Limit } from '../limit.ts';

export const dimensionLimits = {
  dimension: {
    most: 2 ** 31 - 1,
    counts: 'elements along one dimension',
    because: 'kernels count elements in 32-bit integers',
  },
  dimensionText: {
    most: 2_000,
    counts: 'characters in a dimension as it is written',
    because: 'it is parsed with a level of the call stack for each parenthesis',
  },
  dimensionTerms: {
    most: 1_000,
    counts: 'terms in a dimension',
    because: 'products of sums multiply out, and every shape is compared term by term',
  },
  dimensionPower: {
    most: 64,
    counts: 'as the power of a name in a dimension',
    because: 'no size has so many factors, and powers are multiplied out',
  },
} as const satisfies Readonly<Record<string, Limit>>;
