/** Calls back once for each save of TypeScript files in and below a folder. */
import { type FSWatcher, readdirSync, watch } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from './usage-error.ts';

/** Milliseconds of quiet after which a save counts as complete, because editors save in several writes. */
const SETTLE_MS = 15;

/**
 * Watches folders one by one: a folder's own watcher also sees files that an editor replaces, which a recursive one
 * on Linux loses. Returns a function that stops watching. Throws UsageError for a folder that cannot be watched.
 */
export function onSave(folder: string, saved: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const watchers: FSWatcher[] = [];
  try {
    for (const f of foldersIn(folder))
      watchers.push(
        watch(f, (_, changed) => {
          if (!changed?.endsWith('.ts')) return;
          clearTimeout(timer);
          timer = setTimeout(saved, SETTLE_MS);
        }),
      );
  } catch (error) {
    for (const w of watchers) w.close();
    throw new UsageError(`cannot watch '${folder}': ${(error as Error).message}`);
  }
  return () => {
    clearTimeout(timer);
    for (const w of watchers) w.close();
  };
}

/** A folder and all folders below it, but for node_modules and hidden ones. */
function foldersIn(folder: string): string[] {
  const inner = readdirSync(folder, { withFileTypes: true }).filter(
    (e) => e.isDirectory() && e.name !== 'node_modules' && !e.name.startsWith('.'),
  );
  return [folder, ...inner.flatMap((e) => foldersIn(join(folder, e.name)))];
}
