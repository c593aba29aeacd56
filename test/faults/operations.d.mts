export type Kind = 'open' | 'write' | 'sync' | 'mkdir' | 'rename' | 'remove';
/** Thrown by `before` to let the first half of a write reach the disk, and to fail then. */
export class HalfWritten extends Error {
  constructor(error: Error);
}
/**
 * Calls `before` with the name, the kind and the path of each operation, before it is done. What it throws is thrown in
 * its place. Returns a function that takes the replacements back.
 */
export function watchOperations(
  before: (name: string, kind: Kind, path: string) => void,
): Promise<() => void>;
