/** The build of the app that finetunes ends at a module of Node that has none in its place. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { expect, it } from 'vitest';
import { nodeInTab } from '../../../docs/site/finetune/node-in-tab.ts';
import { root } from '../../../docs/site/places.ts';

const folder = mkdtempSync(join(tmpdir(), 'oftc-in-tab-'));

const built = (source: string) => {
  const entry = join(folder, 'entry.js');
  writeFileSync(entry, source);
  return build({
    root,
    configFile: false,
    logLevel: 'silent',
    plugins: [nodeInTab()],
    build: { write: false, lib: { entry, formats: ['es'] } },
  });
};

it.each(['node:net', 'fs', 'node:worker_threads'])('%s', async (name) => {
  await expect(built(`import * as all from '${name}'; console.log(all);`)).rejects.toThrow(
    `imports ${name}, which a browser has not`,
  );
});

it('has modules in the place of those that runs call', async () => {
  await built(
    `import { open } from 'node:fs/promises'; import { join } from 'node:path'; console.log(open, join);`,
  );
});
