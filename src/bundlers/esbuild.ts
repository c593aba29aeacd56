/** `oftc/esbuild`: the plugin for esbuild. */
import type { PluginBuild } from 'esbuild';
import type { Options } from './options.ts';
import { plugin } from './plugin.ts';

export type { LayerOptions, Options, SharedOptions } from './options.ts';

/** A plugin as far as its type concerns its users, so that this declaration needs none of esbuild's. */
export interface EsbuildPlugin {
  readonly name: string;
  setup(build: object): void | Promise<void>;
}

/** Compiles imports of layers, such as `import { oft } from './oft.ts?oftc'`. Throws OFT4016 for a wrong option. */
const oftc = (options: Options = {}): EsbuildPlugin => {
  const { name, setup } = plugin.esbuild(options);
  return { name, setup: (build) => setup(build as PluginBuild) };
};

export default oftc;
