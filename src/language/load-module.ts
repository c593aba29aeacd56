/** The host's way to run an author's file for its definitions; a browser has none. */
import type { LoadModule } from '../../compiler/frontend/definitions.ts';

let loader: LoadModule | undefined;

/** Sets how files are run; src/provide.ts, part of every entry for Node, calls this. */
export function provideLoader(load: LoadModule): void {
  loader = load;
}

/** How files are run here; undefined where none can be. */
export const providedLoader = (): LoadModule | undefined => loader;
