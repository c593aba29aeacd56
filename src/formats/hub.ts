/** Recognises names of the Hugging Face Hub where a folder is meant. */
import { existsSync } from 'node:fs';

/** Advice for a path such as `org/name` that is no folder here; undefined for any other. */
export function hubAdvice(path: string): string | undefined {
  const [, name] = /^\w[\w.-]*\/(\w[\w.-]*)$/.exec(path) ?? [];
  if (name === undefined || existsSync(path)) return undefined;
  return `Name a folder. oftc downloads nothing: for '${path}' of the Hugging Face Hub, run \`hf download ${path} --local-dir ${name}\` first.`;
}
