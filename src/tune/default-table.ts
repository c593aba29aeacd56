import { join } from 'node:path';
import { ownCacheFolder } from '../plans/cache-folder.ts';

/** The path of the user's own tuning table. */
export const defaultTable = (): string => join(ownCacheFolder(), 'tuning.json');
