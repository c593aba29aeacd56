/** `oftc/rollup`: the plugin for Rollup. */
import type { Options } from './options.ts';
import { plugin } from './plugin.ts';

export type { LayerOptions, Options, SharedOptions } from './options.ts';

/** A plugin as far as its type concerns its users, so that this declaration needs none of Rollup's. */
export interface RollupPlugin {
  readonly name: string;
}

/** Compiles imports of layers, such as `import { oft } from './oft.ts?oftc'`. Throws OFT4016 for a wrong option. */
const oftc = (options: Options = {}): RollupPlugin => plugin.rollup(options);

export default oftc;
