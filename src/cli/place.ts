/** The place as `file:line:column`. The file is relative to the working folder unless it lies outside it. */
import { relative } from 'node:path';

export function place(at: { readonly file: string; readonly line: number; readonly column: number }): string {
  const near = relative(process.cwd(), at.file);
  return `${near.startsWith('..') ? at.file : near}:${at.line}:${at.column}`;
}
