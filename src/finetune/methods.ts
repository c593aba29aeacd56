/** Finds the layer that replaces linear layers: a method of the library by name, or a layer in a user's file. */
import { DiagnosticError, newFrontEnd } from '../language/load.ts';
import { isFile } from './method-path.ts';

export * from './known-methods.ts';

import { dimsOf, fromLibrary, type Given, type Method, ownMethod } from './known-methods.ts';

/**
 * A method with its settings from a command line: configuration, and sizes of dimensions by name. Throws OFT6008 for
 * an unknown method, OFT1043 and OFT1044 for a setting, OFT3004 for a size, DiagnosticError for a file.
 */
export const methodOf = (name: string, given: Given, layer?: string): Method =>
  isFile(name) ? fromFile(name, given, layer) : fromLibrary(name, given);

/**
 * A layer in a TypeScript file; the file runs if it defines operators or rules. Throws DiagnosticError, OFT1043 and
 * OFT3004.
 */
export function fromFile(path: string, given: Given, layer: string | undefined): Method {
  const frontEnd = newFrontEnd();
  const named = layer === undefined ? {} : { layer };
  const lower = (config: Given) => {
    const lowered = frontEnd.lower(path, { ...named, config });
    if (!lowered.program) throw new DiagnosticError(lowered.diagnostics);
    return { program: lowered.program, config: lowered.config, files: lowered.files ?? [] };
  };
  // Lower the layer without settings first, to learn which settings are configuration and which are sizes.
  const options = Object.keys(lower({}).config);
  const chosen = Object.fromEntries(Object.entries(given).filter(([k]) => options.includes(k)));
  const { program, config, files } = lower(chosen);
  const plain = Object.entries(config).map(([k, v]): [string, string | number | boolean] => [
    k,
    typeof v === 'number' || typeof v === 'boolean' || typeof v === 'string' ? v : JSON.stringify(v),
  ]);
  return ownMethod(program, Object.fromEntries(plain), dimsOf(program, given, options), files);
}
