/** `oftc/webpack`: the plugin for webpack. */
import type { Options } from './options.ts';
import { plugin } from './plugin.ts';

export type { LayerOptions, Options, SharedOptions } from './options.ts';

/** A plugin as far as its type concerns its users, so that this declaration needs none of webpack's. */
export interface WebpackPlugin {
  apply(compiler: object): void;
}

/** Compiles imports of layers, such as `import { oft } from './oft.ts?oftc'`. Throws OFT4016 for a wrong option. */
const oftc = (options: Options = {}): WebpackPlugin => plugin.webpack(options) as WebpackPlugin;

export default oftc;
