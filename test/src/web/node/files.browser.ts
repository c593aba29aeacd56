/** A worker whose files a test writes and reads: node:fs/promises over a store in the browser's own storage. */
import { browser } from '../../../../src/web/node/browser.ts';
import { existsSync, mkdirSync, renameSync } from '../../../../src/web/node/fs.ts';
import * as fs from '../../../../src/web/node/fs-promises.ts';
import { mountOwn, mountStore, unmount } from '../../../../src/web/node/mounts.ts';
import { Store } from '../../../../src/web/node/store.ts';

const codeOf = async (work: () => Promise<unknown>): Promise<unknown> => {
  try {
    return await work();
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
};

const textAt = async (path: string) => new TextDecoder().decode(await fs.readFile(path));

async function opened(name: string): Promise<Store> {
  const root = await browser.navigator.storage.getDirectory();
  const store = await Store.open(await root.getDirectoryHandle(name, { create: true }));
  mountStore('/s', store);
  return store;
}

/** Does the file operations of a run, closes the store and opens it again. Returns what was seen. */
async function exercise(): Promise<Record<string, unknown>> {
  const store = await opened('files');
  mkdirSync('/s/run');
  mkdirSync('/s/run/adapter');
  await fs.writeFile('/s/run/a.txt', 'old', { flag: 'wx', flush: true });
  await fs.writeFile('/s/run/b.txt', 'new', { flag: 'wx' });
  await fs.rename('/s/run/b.txt', '/s/run/a.txt');
  const lines = await fs.open('/s/run/lines', 'ax');
  await lines.appendFile('one\n');
  await lines.appendFile('two\n');
  await lines.sync();
  const part = new Uint8Array(4);
  const { bytesRead } = await lines.read(part, 0, 4, 4);
  await lines.close();
  await fs.writeFile('/s/run/adapter/weights', 'w');
  renameSync('/s/run/adapter', '/s/run/moved');
  mountOwn('/own', new Map([['m/config.json', new Blob(['{}'])]]));
  const seen = {
    part: [bytesRead, new TextDecoder().decode(part)],
    again: await codeOf(() => fs.open('/s/run/a.txt', 'wx')),
    missing: await codeOf(() => fs.readFile('/s/run/none')),
    folder: await codeOf(() => fs.rm('/s/run')),
    onFile: await codeOf(() => fs.writeFile('/s/run/a.txt/c', '')),
    readOnly: await codeOf(() => fs.writeFile('/own/m/config.json', '')),
    own: [await textAt('/own/m/config.json'), (await fs.stat('/own/m')).isDirectory()],
    twice: await opened('files').then(
      () => 'opened twice',
      (error: Error) => error.name,
    ),
  };
  await store.close();
  unmount('/s');
  const later = await opened('files');
  const after = {
    names: await fs.readdir('/s/run'),
    a: await textAt('/s/run/a.txt'),
    lines: await textAt('/s/run/lines'),
    weights: await textAt('/s/run/moved/weights'),
    moved: existsSync('/s/run/adapter'),
    size: (await fs.stat('/s/run/lines')).size,
  };
  await fs.rm('/s/run', { recursive: true });
  const left = await fs.readdir('/s');
  await later.close();
  return { ...seen, after, left };
}

(globalThis as { exercise?: unknown }).exercise = exercise;
