/** Watches what some work does to a disk, and lets one of its operations fail. */
import fs, { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join, relative } from 'node:path';
import { watchOperations } from '../../faults/operations.mjs';
import { newFolder } from './files.ts';

/** Replaces what differs from run to run in the name of a temporary. */
const named = (path: string) => path.replaceAll(/-[0-9a-f-]{36}\.tmp/g, '-N.tmp');

/** The files of a folder with their texts, folders with a slash; temporaries too. */
export const treeOf = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .map((entry) => {
        const path = join(entry.parentPath, entry.name);
        const name = named(relative(folder, path));
        return entry.isFile() ? [name, readFileSync(path, 'utf8')] : [`${name}/`, ''];
      })
      .sort(),
  );

/** The operations of some work on the disk below a folder; the first whose line is `failing` fails. */
export async function operations(folder: string, work: () => Promise<void>, failing?: string) {
  const seen: string[] = [];
  const back = await watchOperations((name, _, path) => {
    if (!path.startsWith(folder)) return;
    const line = `${name} ${named(relative(folder, path))}`;
    const isFirst = !seen.includes(line);
    seen.push(line);
    if (isFirst && line === failing) throw new Error('the disk failed');
  });
  try {
    const error = await work().then(
      () => undefined,
      (reason: unknown) => String(reason),
    );
    return { seen, error };
  } finally {
    back();
  }
}

type Method = (this: unknown, ...args: readonly unknown[]) => Promise<unknown>;

/** Does work while `instead` stands for a method of open files; it is given the method. */
export async function withMethod<T>(
  name: 'read' | 'readFile' | 'stat' | 'sync',
  instead: (method: Method) => Method,
  work: () => Promise<T>,
): Promise<T> {
  const probe = await open('/dev/null');
  const prototype: Record<typeof name, Method> = Object.getPrototypeOf(probe);
  await probe.close();
  const method = prototype[name];
  prototype[name] = instead(method);
  try {
    return await work();
  } finally {
    prototype[name] = method;
  }
}

/** Does work while `instead` stands for a function of node:fs. */
export function withFs<T>(
  name: 'openSync' | 'readSync',
  instead: (...args: never[]) => unknown,
  work: () => T,
): T {
  const own = fs[name];
  Reflect.set(fs, name, instead);
  syncBuiltinESMExports();
  try {
    return work();
  } finally {
    Reflect.set(fs, name, own);
    syncBuiltinESMExports();
  }
}

/** The number of files that work flushes to the disk. */
export async function flushes(work: () => Promise<void>): Promise<number> {
  let count = 0;
  const counted = (sync: Method): Method =>
    function () {
      count++;
      return sync.call(this);
    };
  await withMethod('sync', counted, work);
  return count;
}

/** Writes files by their names into a folder, a new one by default; names of folders end with a slash. */
export function folderOf(files: Readonly<Record<string, string>>, folder = newFolder()): string {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files))
    if (name.endsWith('/')) mkdirSync(join(folder, name));
    else writeFileSync(join(folder, name), text);
  return folder;
}
