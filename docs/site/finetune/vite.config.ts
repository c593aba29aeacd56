/** The settings of the app that finetunes, beside those of all apps. */
import { defineConfig } from 'vite';
import { nodeInTab } from './node-in-tab.ts';

export default defineConfig({
  plugins: [nodeInTab()],
  worker: { format: 'es', plugins: () => [nodeInTab()] },
});
