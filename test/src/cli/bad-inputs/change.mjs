/**
 * A module that is preloaded into a process. After the n-th operation of the process on a file, the file changes as another
 * process may change it, as `OFTC_CHANGE` says: {"path", "how", "n"}.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { resolve } from 'node:path';

const { appendFileSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } = fs;

const CHANGE = {
  cut: (path) => truncateSync(path, 20),
  emptied: (path) => truncateSync(path, 0),
  extended: (path) => appendFileSync(path, Buffer.alloc(1000, 'x')),
  removed: (path) => rmSync(path),
  'overwritten with zeros': (path) => writeFileSync(path, Buffer.alloc(5000)),
  'made a folder': (path) => {
    rmSync(path);
    mkdirSync(path);
  },
  'made a link to a device': (path) => {
    rmSync(path);
    symlinkSync('/dev/zero', path);
  },
};

/** The names of the changes. */
export const CHANGES = Object.keys(CHANGE);

/** Counts the operations on the file, and changes it after the n-th. */
async function watch({ path, how, n }) {
  let seen = 0;
  const counted = (at) => {
    if (typeof at === 'string' && resolve(at) === path && ++seen === n) CHANGE[how](path);
  };
  /** The paths of open files, by handle and by number. */
  const paths = new WeakMap();
  const numbers = new Map();
  for (const name of ['openSync', 'readFileSync', 'statSync', 'lstatSync', 'existsSync', 'realpathSync']) {
    const original = fs[name];
    fs[name] = Object.assign((at, ...rest) => {
      const result = original(at, ...rest);
      if (name === 'openSync') numbers.set(result, at);
      counted(at);
      return result;
    }, original);
  }
  for (const name of ['fstatSync', 'readSync']) {
    const original = fs[name];
    fs[name] = (file, ...rest) => {
      const result = original(file, ...rest);
      counted(numbers.get(file));
      return result;
    };
  }
  for (const name of ['open', 'readFile', 'stat', 'lstat', 'access', 'realpath']) {
    const original = fs.promises[name];
    fs.promises[name] = async (at, ...rest) => {
      const result = await original(at, ...rest);
      if (name === 'open') paths.set(result, at);
      counted(at);
      return result;
    };
  }
  const probe = await fs.promises.open('/dev/null');
  const prototype = Object.getPrototypeOf(probe);
  await probe.close();
  for (const name of ['read', 'readFile', 'stat']) {
    const original = prototype[name];
    prototype[name] = async function (...args) {
      const result = await original.apply(this, args);
      counted(paths.get(this));
      return result;
    };
  }
  syncBuiltinESMExports();
}

if (process.env.OFTC_CHANGE) await watch(JSON.parse(process.env.OFTC_CHANGE));
