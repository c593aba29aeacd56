import fc from 'fast-check';
import { expect, it } from 'vitest';
import { foldWorkgroups } from '../../runtime/schedule.ts';

const LIMIT = 65_535;

it('folds a count into the fewest rows that cover it', () => {
  const edge = fc.constantFrom(1, LIMIT - 1, LIMIT, LIMIT + 1, 2 * LIMIT, 2 * LIMIT + 1, LIMIT * LIMIT);
  fc.assert(
    fc.property(fc.oneof(edge, fc.integer({ min: 1, max: LIMIT * LIMIT })), (n) => {
      const [x, y] = foldWorkgroups(n, LIMIT);
      expect(x <= LIMIT && y <= LIMIT).toBe(true);
      expect(x * y >= n && (x - 1) * y < n).toBe(true);
      expect((y - 1) * LIMIT < n).toBe(true);
    }),
    { seed: 1, numRuns: 2000 },
  );
});
