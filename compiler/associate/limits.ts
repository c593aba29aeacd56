/** The limits of a request to `oftc/associate`. */
import type { Limit } from '../limit.ts';

export const associateLimits = {
  associatedFactors: {
    most: 32,
    counts: 'factors of one product in a request to oftc/associate',
    because: 'the products that it could form grow as the third power',
  },
  associatedTotal: {
    most: 400,
    counts: 'factors in all products and gradients of a request to oftc/associate',
    because: 'all are searched together, and a gradient is a product as long as the one that it is of',
  },
} as const satisfies Readonly<Record<string, Limit>>;
