/** Removes folders that nothing was written to. */
import { rmdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Removes a folder and those above it up to `made`, as far as they are empty. */
export function removeEmpty(folder: string, made: string): void {
  for (let at = resolve(folder); ; at = dirname(at)) {
    try {
      rmdirSync(at);
    } catch {
      return; // it is in use
    }
    if (at === resolve(made)) return;
  }
}
