/**
 * The file system that the front end reads: the machine's, or one that a front end was given, such as a browser's
 * virtual files. A front end is at work during one call, so it is found here and not handed through every function.
 */
import { getOrMake } from '../keyed.ts';
import { ts } from './ts-host.ts';

let given: ts.System | undefined;

/** The file system of the front end at work. */
export const files = (): ts.System => given ?? ts.sys;

/** Whether these are the machine's own files. */
export const areOwn = (): boolean => given === undefined;

/** Runs `f` with a front end's file system; without one, with the machine's. */
export function withFiles<T>(system: ts.System | undefined, f: () => T): T {
  const outer = given;
  given = system;
  try {
    return f();
  } finally {
    given = outer;
  }
}

/** Makes a map for what is read once of files that never change. Each file system has a map of its own. */
export function readOnce<V>(): () => Map<string, V> {
  const maps = new WeakMap<ts.System, Map<string, V>>();
  return () => {
    const system = files();
    return getOrMake(maps, system, () => new Map<string, V>());
  };
}
