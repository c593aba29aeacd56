/** Steps of schedules for workgroups and lanes refuse loops that they would change the meaning of. */
import { expect, it } from 'vitest';
import { REFUSED } from './steps-refused.ts';

it.each(Object.entries(REFUSED))('%s is refused', (_, [step, of, message]) => {
  expect(() => step.apply(of)).toThrow(message);
});
