#!/usr/bin/env node
// Starts the program. It stands outside dist because npx links the program of a clone once: a file that only the build
// makes would be missing in npx's cache from then on.
import { existsSync } from 'node:fs';

const main = new URL('../dist/src/cli/main.js', import.meta.url);
if (existsSync(main)) await import(main.href);
else {
  console.error('oftc is not built here yet: run `npm run build`');
  process.exitCode = 1;
}
