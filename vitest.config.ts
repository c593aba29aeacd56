import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    alias: {
      'oftc/extend': at('./src/extend/index.ts'),
      'oftc/testing': at('./src/testing/index.ts'),
      'oftc/runtime': at('./runtime/index.ts'),
      oftc: at('./src/index.ts'),
    },
  },
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    // A test of the device waits for compilers that run on one thread: a worker for each processor keeps all busy.
    maxWorkers: '100%',
    // No limit of time, which a busy machine could break; the reporter names what runs long.
    testTimeout: 0,
    hookTimeout: 0,
    teardownTimeout: 600_000,
    reporters: ['default', at('./test/suite/reporter.ts')],
  },
});
