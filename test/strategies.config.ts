/**
 * Runs tests with the kernels of each strategy: goldens, random programs, and layers on a device that does not clamp
 * addresses.
 */
import { STRATEGIES } from '../kernels-gen/index.ts';
import base from '../vitest.config.ts';

// Unoptimised code of a software device gives the same results, and compiles in a third less time.
process.env.GALLIVM_PERF ??= 'nopt';

process.env.OFTC_TESTS ??= 'all';

const { maxWorkers, projects: _, ...each } = base.test!;

export default {
  test: {
    maxWorkers,
    projects: STRATEGIES.map((name) => ({
      ...base,
      test: {
        ...each,
        name,
        env: { OFTC_STRATEGY: name },
        include: [
          'test/golden/oft.test.ts',
          'test/golden/methods.test.ts',
          'test/properties/device.test.ts',
          'test/src/session/half.test.ts',
          'test/runtime/robustness.test.ts',
        ],
      },
    })),
  },
};
