/** Chooses the name of the base model for an adapter's configuration. */
import { basename, isAbsolute, resolve, win32 } from 'node:path';

/** Whether a path has a meaning on one machine only. */
const isMachines = (path: string): boolean =>
  isAbsolute(path) ||
  win32.isAbsolute(path) ||
  /^(?:~|\.{0,2}[\\/])/.test(path) ||
  path === '.' ||
  path === '..';

/**
 * The name that PEFT can load the model by: the one in the model's `config.json`, such as an id of the hub. Without
 * it, the given path if that is relative, else the folder's name.
 */
export function baseModelName(given: string, recorded: string | undefined): string {
  if (recorded !== undefined && recorded !== '' && !isMachines(recorded)) return recorded;
  return isMachines(given) && !/^\.{1,2}[\\/]./.test(given) ? basename(resolve(given)) : given;
}
