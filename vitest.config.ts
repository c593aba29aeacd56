import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// A software device is as right without optimising, and compiles in less time; the nightly run optimises.
if (process.env.OFTC_TESTS !== 'all') process.env.GALLIVM_PERF ??= 'nopt';
// Every test compiles: a mutant of the compiler must not find the Plans of another.
process.env.OFTC_PLANS ??= 'off';

/**
 * They change what all files of a process share: which operators and rules are defined, and the working folder, which
 * TypeScript asks for once.
 */
const ALONE = [
  'test/compiler/errors/!(pages).test.ts',
  'test/docs/authoring.test.ts',
  'test/compiler/extend/!(built-in).test.ts',
  'test/compiler/ir/stored.test.ts',
];

export default defineConfig({
  resolve: {
    alias: {
      'oftc/models': at('./src/finetune/api.ts'),
      'oftc/associate': at('./src/associate/index.ts'),
      'oftc/extend': at('./src/extend/index.ts'),
      'oftc/testing': at('./src/testing/index.ts'),
      'oftc/runtime': at('./runtime/index.ts'),
      ...Object.fromEntries(
        ['vite', 'rollup', 'rolldown', 'esbuild', 'webpack'].map((name) => [
          `oftc/${name}`,
          at(`./src/bundlers/${name}.ts`),
        ]),
      ),
      oftc: at('./src/index.ts'),
    },
  },
  test: {
    pool: 'forks',
    // V8's optimising compiler and its collector of young objects took a third of the processors' time: code of a test seldom
    // runs long enough to repay the first, so that its quick compiler compiles all, and a larger young generation, from the
    // start, is collected less often.
    execArgv: [
      '--interrupt-budget=600000',
      '--always-sparkplug',
      '--min-semi-space-size=64',
      '--max-semi-space-size=64',
    ],
    // A test of the device waits for compilers that run on one thread: a worker for each processor keeps all busy.
    maxWorkers: '100%',
    setupFiles: at('./src/provide.ts'),
    runner: at('./test/suite/runner.ts'),
    globalSetup: at('./test/suite/temporary.ts'),
    // No limit of time, which a busy machine could break; the reporter names what runs long.
    testTimeout: 0,
    hookTimeout: 0,
    teardownTimeout: 600_000,
    reporters: ['default', at('./test/suite/reporter.ts')],
    projects: [
      {
        extends: true,
        test: {
          name: 'shared',
          include: ['test/**/*.test.ts', 'kernels-gen/**/*.test.ts'],
          exclude: ALONE,
          isolate: false,
        },
      },
      { extends: true, test: { name: 'alone', include: ALONE } },
    ],
  },
});
