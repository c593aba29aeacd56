/** Checks the fields of a page's request that every kind reads, because a page may have no types. */
import { fieldsOf, wrongArgument } from '../../language/arguments.ts';
import type { Kind } from '../protocol.ts';

/** The kinds of requests that are about no source. */
const ALONE: ReadonlySet<Kind> = new Set<Kind>(['hello', 'library']);
/** The kinds of requests about a place in a source. */
const PLACED: ReadonlySet<Kind> = new Set<Kind>(['hover', 'complete']);

/** Throws OFT4016 for an input that is no source: one without files, or with fields of other types. */
export function checkInput(kind: Kind, input: unknown): void {
  if (ALONE.has(kind)) return;
  const fields = fieldsOf(
    input as Readonly<Record<string, unknown>>,
    `the input of '${kind}'`,
    'an object with files and file',
  );
  const { files, file, layer, config = {}, dims = {}, offset, device } = fields;
  fieldsOf(files as object, 'files', 'an object of texts by path');
  if (typeof file !== 'string') throw wrongArgument('file', "a path of 'files'", file);
  if (layer !== undefined && typeof layer !== 'string') throw wrongArgument('layer', 'a name', layer);
  if (device !== undefined && typeof device !== 'string') throw wrongArgument('device', 'a name', device);
  fieldsOf(config as object, 'config', 'an object of values by name');
  fieldsOf(dims as object, 'dims', 'an object of sizes by name');
  if (PLACED.has(kind) && !(Number.isInteger(offset) && (offset as number) >= 0))
    throw wrongArgument('offset', 'a whole number of at least 0', offset);
}
