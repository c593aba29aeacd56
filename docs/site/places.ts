/** The folders that the site is built from, and the addresses of its apps. */
import { fileURLToPath } from 'node:url';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export const root = at('../../');
export const docs = at('../');
export const site = at('./');

/**
 * The apps by their folder here, each with its folder on the site. `finetune/` on the site has the pages of docs/finetune.
 */
export const APPS = { playground: 'playground', finetune: 'train' } as const;

export type App = keyof typeof APPS;

/** The folder that keeps what the site took long to compute. */
export const CACHE = at('../../node_modules/.cache/oftc-site/');
