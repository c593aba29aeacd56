/** The settings of the app that finetunes, beside those of all apps. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type Plugin } from 'vite';
import { root } from '../places.ts';
import { nodeInTab } from './node-in-tab.ts';

/** Puts the files of the example model beside the page, as model/…. */
const model = (): Plugin => ({
  name: 'oftc-shipped-model',
  generateBundle() {
    const folder = join(root, 'examples/shakespeare-llama-nf4');
    for (const name of readdirSync(folder))
      this.emitFile({ type: 'asset', fileName: `model/${name}`, source: readFileSync(join(folder, name)) });
  },
});

export default defineConfig({
  plugins: [nodeInTab(), model()],
  // The plug-in resolves every import of this package, which takes as long as it takes.
  build: { rolldownOptions: { checks: { pluginTimings: false } } },
  worker: {
    format: 'es',
    plugins: () => [nodeInTab()],
    rolldownOptions: { checks: { pluginTimings: false } },
  },
});
