/** Runs an author's TypeScript file in Node, so that its definitions enter this process's registry. */
import { createJiti } from 'jiti';
import type { LoadModule } from '../../compiler/frontend/definitions.ts';

/**
 * A loader of files that import `modules` by name. It runs a file and its imports anew and throws what the file throws;
 * the file may not await at module level.
 */
export const moduleLoader =
  (modules: Readonly<Record<string, object>>): LoadModule =>
  (file) => {
    const jiti = createJiti(file, {
      virtualModules: modules,
      tsconfigPaths: true,
      moduleCache: false,
      fsCache: false,
    });
    return jiti(file);
  };
