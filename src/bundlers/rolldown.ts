/** `oftc/rolldown`: the plugin for Rolldown. */
import type { Options } from './options.ts';
import { plugin } from './plugin.ts';

export type { LayerOptions, Options, SharedOptions } from './options.ts';

/** A plugin as far as its type concerns its users, so that this declaration needs none of Rolldown's. */
export interface RolldownPlugin {
  readonly name: string;
}

/** Compiles imports of layers, such as `import { oft } from './oft.ts?oftc'`. Throws OFT4016 for a wrong option. */
const oftc = (options: Options = {}): RolldownPlugin => plugin.rolldown(options);

export default oftc;
