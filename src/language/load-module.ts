/** Runs an author's TypeScript file, so that its definitions enter this process's registry. */
import { createJiti } from 'jiti';

let modules: Readonly<Record<string, object>> | undefined;

/** Sets the modules that authors' files import by name; src/provide.ts, part of every entry, calls this. */
export function provide(virtualModules: Readonly<Record<string, object>>): void {
  modules = virtualModules;
}

/** Runs the file and its imports anew. Throws what the file throws; the file may not await at module level. */
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
