/** Runs an author's TypeScript file, so that what it defines is in this process's registry. */
import { createJiti } from 'jiti';

let modules: Readonly<Record<string, object>> | undefined;

/** Says what authors' files get by the names of modules: every entry of the package imports src/provide.ts, which does. */
export function provide(virtualModules: Readonly<Record<string, object>>): void {
  modules = virtualModules;
}

/** Runs the file and what it imports anew. Throws what it throws; it may not await at module level. */
export function loadModule(file: string): unknown {
  if (!modules)
    throw new Error('src/provide.ts is not imported: authors’ files would get another copy of oftc');
  const jiti = createJiti(file, {
    virtualModules: modules,
    tsconfigPaths: true,
    moduleCache: false,
    fsCache: false,
  });
  return jiti(file);
}
