/** The name of the base model in an adapter's configuration. */
import { basename, isAbsolute, resolve, win32 } from 'node:path';

/** A path that means something on one machine alone. */
const isMachines = (path: string): boolean =>
  isAbsolute(path) ||
  win32.isAbsolute(path) ||
  /^(?:~|\.{0,2}[\\/])/.test(path) ||
  path === '.' ||
  path === '..';

/**
 * What PEFT would load the model by: the name that the model's `config.json` records, such as an id of the hub; else the
 * path as it was given, where it is relative; else the folder's own name.
 */
export function baseModelName(given: string, recorded: string | undefined): string {
  if (recorded !== undefined && recorded !== '' && !isMachines(recorded)) return recorded;
  return isMachines(given) && !/^\.{1,2}[\\/]./.test(given) ? basename(resolve(given)) : given;
}
