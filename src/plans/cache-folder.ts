/** The folder for files that can be made again. */
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The folder that the operating system has for this package's cache. */
export function cacheFolder(
  platform: string,
  env: Readonly<Record<string, string | undefined>>,
  home: string,
): string {
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(home, 'AppData', 'Local'), 'oftc', 'Cache');
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'oftc');
  // The XDG specification says to ignore relative paths.
  const given = env.XDG_CACHE_HOME?.startsWith('/') ? env.XDG_CACHE_HOME : undefined;
  return join(given ?? join(home, '.cache'), 'oftc');
}

/** The cache folder of this process's user. */
export const ownCacheFolder = (): string => cacheFolder(process.platform, process.env, homedir());
