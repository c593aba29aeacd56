/** `oftc/vite`: the plugin for Vite, and for what is built on it, such as Vitest. */
import type { Options } from './options.ts';
import { plugin } from './plugin.ts';

export type { LayerOptions, Options, SharedOptions } from './options.ts';

/** A plugin as far as its type concerns its users, so that this declaration needs none of Vite's. */
export interface VitePlugin {
  readonly name: string;
}

/** Compiles imports of layers, such as `import { oft } from './oft.ts?oftc'`. Throws OFT4016 for a wrong option. */
const oftc = (options: Options = {}): VitePlugin => {
  const made = plugin.vite(options);
  return made;
};

export default oftc;
