/** `file:line:column`, the file relative to where the user is unless that climbs out. */
import { relative } from 'node:path';

export function place(at: { readonly file: string; readonly line: number; readonly column: number }): string {
  const near = relative(process.cwd(), at.file);
  return `${near.startsWith('..') ? at.file : near}:${at.line}:${at.column}`;
}
