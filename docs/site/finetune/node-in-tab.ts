/**
 * Puts modules of src/web/node in the place of Node's own, and of the few modules of this package that are of Node alone.
 * A module of Node that has none in its place ends the build, so that nothing fails later in a tab.
 */
import { isBuiltin } from 'node:module';
import { join, relative } from 'node:path';
import type { Plugin } from 'vite';
import { root } from '../places.ts';

const at = (file: string): string => join(root, 'src/web/node', file);

/** The modules in the place of Node's; node:path has that of a library. */
const OF_NODE: Readonly<Record<string, string>> = {
  'node:fs': at('fs.ts'),
  'node:fs/promises': at('fs-promises.ts'),
  'node:crypto': at('crypto.ts'),
  'node:path': 'pathe',
};

/** The modules in the place of this package's. */
const OF_PACKAGE: Readonly<Record<string, string>> = {
  'src/formats/lock.ts': at('lock.ts'),
  'src/formats/undo.ts': at('undo.ts'),
  'src/formats/patterns/deadline.ts': at('deadline.ts'),
  'src/language/load.ts': at('load.ts'),
};

export const nodeInTab = (): Plugin => ({
  name: 'oftc-node-in-tab',
  enforce: 'pre',
  async resolveId(source, importer, options) {
    if (isBuiltin(source)) {
      const other = OF_NODE[source];
      if (other === undefined)
        this.error(
          `${importer} imports ${source}, which a browser has not: write a module in its place in src/web/node, or leave the import out`,
        );
      return other === 'pathe' ? this.resolve(other, importer, options) : other;
    }
    if (!source.startsWith('.')) return null;
    const resolved = await this.resolve(source, importer, { ...options, skipSelf: true });
    const file = resolved && relative(root, resolved.id).replaceAll('\\', '/');
    return file ? (OF_PACKAGE[file] ?? resolved) : resolved;
  },
});
