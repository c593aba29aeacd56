/** Runs an author's TypeScript file, so that what it defines is in this process's registry. */
import { createJiti } from 'jiti';
import * as extend from '../extend/index.ts';
import * as oftc from '../index.ts';

/** Runs the file and what it imports anew. Throws what it throws; it may not await at module level. */
export function loadModule(file: string): unknown {
  // The package is this very copy of it: another would have a registry of its own.
  const virtualModules = { oftc, 'oftc/extend': extend };
  const jiti = createJiti(file, { virtualModules, tsconfigPaths: true, moduleCache: false, fsCache: false });
  return jiti(file);
}
