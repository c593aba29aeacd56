/** The folders that the worker's files are made of. */
import { fileURLToPath } from 'node:url';

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

export const ROOT = at('');
export const ADAPTERS = at('src/adapters');
export const STRANGE = at('examples/strange');
export const PYTHON = at('src/targets/torch/python/oftc_torch');
/** The compiled package, which has the declarations. */
export const DIST = at('dist');
export const TYPESCRIPT = at('node_modules/typescript/lib');
