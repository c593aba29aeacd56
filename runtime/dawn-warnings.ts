/**
 * Keeps two warnings of Dawn's off stderr. Dawn prints them itself, when it first lists the adapters of a Vulkan driver
 * that binds any number of buffers at dynamic offsets. No flag or limit of Dawn's turns them off, and oftc uses no such
 * offsets. So stderr leads into memory while Dawn lists adapters, and every other line is written afterwards.
 */
import { closeSync, fstatSync, readSync } from 'node:fs';
import { createRequire } from 'node:module';

const WARNINGS =
  /^Warning: maxDynamic(Uniform|Storage)BuffersPerPipelineLayout artificially reduced from \d+ to \d+ to fit dynamic offset allocation limit\.\n/gm;

const STDERR = 2;
const CLOSE_ON_EXEC = 1;

/** The functions of the C library that Node does not offer. They return a file descriptor, or -1. */
interface Libc {
  dup(file: number): number;
  dup2(file: number, as: number): number;
  memfd_create(name: string, flags: number): number;
}

let libc: { readonly found: Libc | undefined } | undefined;

/** The C library of Linux, through koffi; undefined elsewhere, and where koffi has no build for the processor. */
function findLibc(): Libc | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const own = createRequire(import.meta.url)('koffi').load(null);
    return {
      dup: own.func('int dup(int)'),
      dup2: own.func('int dup2(int, int)'),
      memfd_create: own.func('int memfd_create(const char *, unsigned int)'),
    };
  } catch {
    return undefined;
  }
}

/** Does the work, which lists adapters before it returns. The warnings stay where the C library cannot be called. */
export function withoutLimitWarnings<T>(work: () => T): T {
  libc ??= { found: findLibc() };
  const { found } = libc;
  if (!found) return work();
  const [caught, stderr] = [found.memfd_create('stderr', CLOSE_ON_EXEC), found.dup(STDERR)];
  try {
    if (caught < 0 || stderr < 0 || found.dup2(caught, STDERR) < 0) return work();
    try {
      return work();
    } finally {
      found.dup2(stderr, STDERR);
      const text = Buffer.alloc(fstatSync(caught).size);
      readSync(caught, text, 0, text.length, 0);
      const rest = text.toString().replaceAll(WARNINGS, '');
      if (rest !== '') process.stderr.write(rest);
    }
  } finally {
    for (const file of [caught, stderr]) if (file >= 0) closeSync(file);
  }
}
