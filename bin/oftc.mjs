#!/usr/bin/env node
// Starts the program. It stands outside dist because npx links it once: it would never link what the build makes later.
import { existsSync } from 'node:fs';

const main = new URL('../dist/src/cli/main.js', import.meta.url);
if (existsSync(main)) await import(main.href);
else {
  console.error('oftc is not built here yet: run `npm run build`');
  process.exitCode = 1;
}
