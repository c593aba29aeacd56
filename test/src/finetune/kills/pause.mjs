/**
 * A module that is preloaded into a process to be killed at a known moment. The first call of the function OFTC_PAUSE
 * of node:fs/promises, on a path that matches OFTC_PAUSE_AT, reports itself on stderr and never returns.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const name = process.env.OFTC_PAUSE;
const at = new RegExp(process.env.OFTC_PAUSE_AT);
const original = fs.promises[name];
fs.promises[name] = async (path, ...rest) => {
  if (!at.test(String(path))) return original(path, ...rest);
  process.stderr.write('paused\n');
  return new Promise(() => setInterval(() => {}, 1000));
};
syncBuiltinESMExports();
