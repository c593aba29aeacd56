/** The properties at their nightly numbers, from a new seed each time. */
import { randomInt } from 'node:crypto';
import base from '../vitest.config.ts';

process.env.OFTC_RUNS = 'nightly';
process.env.OFTC_SEED ??= `${randomInt(2 ** 31)}`;
console.log(`OFTC_SEED=${process.env.OFTC_SEED} npm run test:nightly draws the same again`);

export default {
  ...base,
  test: {
    ...base.test,
    include: ['test/properties/**/*.test.ts', 'test/frontend/lowered-traced.test.ts'],
  },
};
