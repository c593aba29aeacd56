/** Recognises names of the Hugging Face Hub where a folder is meant. */
import { existsSync } from 'node:fs';

/** Advice for a path such as `org/name` that is no folder here; undefined for any other. */
export function hubAdvice(path: string): string | undefined {
  if (!/^\w[\w.-]*\/\w[\w.-]*$/.test(path) || existsSync(path)) return undefined;
  return `Name a folder. oftc downloads nothing: for '${path}' of the Hugging Face Hub, run \`hf download ${path}\`, and name the folder that it prints.`;
}
