/** Decides how many columns of a system a workgroup solves for. */
import { WORKGROUP_MEMORY } from './kernel.ts';

/** The largest number of columns of B that a workgroup keeps. */
export const MAX_COLUMNS = 64;

/**
 * The number of columns of B that a workgroup keeps in its memory beside A: m or MAX_COLUMNS, the lesser. It
 * is fewer where only fewer fit, but at least n/2; else undefined. Every workgroup eliminates A again, so
 * with still fewer columns a temporary costs less.
 */
export function sharedColumns(n: number | undefined, m: number): number | undefined {
  if (n === undefined || n === 0) return undefined;
  const columns = Math.min(m, MAX_COLUMNS, Math.floor(WORKGROUP_MEMORY / n) - n);
  return columns >= Math.min(m, n / 2, MAX_COLUMNS) && columns > 0 ? columns : undefined;
}
