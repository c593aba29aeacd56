/** The matcher `expect(actual).toBeWithinBound(expected)`: compares a device's result with its error bound. */
import { outside, worstRatio } from '../../compiler/semantics/domains/bound.ts';
import type { HostTensor } from '../session/tensors.ts';
import type { Bounded } from './check-layer.ts';
import { vitest } from './installed.ts';

declare module 'vitest' {
  interface Matchers<T> {
    /** Expects every element of an array or tensor to lie within its bound; see `errorBounds`. */
    toBeWithinBound(expected: Bounded): T;
  }
}

vitest.get()?.expect.extend({
  toBeWithinBound(received: ArrayLike<number> | HostTensor, expected: Bounded) {
    const values = 'data' in received ? received.data : received;
    const found = outside(values, expected);
    return {
      pass: found === undefined,
      message: () =>
        found
          ? `element ${found.index} is ${found.actual}, and should be ${found.value} ± ${found.bound}`
          : `every element is within its bound, at most ${worstRatio(values, expected)} of it away`,
    };
  },
});
