/** In the place of src/language/load.ts: layers come as programs, from the compiler's own worker, and never as files. */

import { checkSizeNames } from '../../../compiler/ir/bind.ts';
import type { Program } from '../../../compiler/ir/node.ts';
import type { Source } from '../../language/load.ts';

export function loadProgram(
  source: Exclude<Source, string>,
  request: { readonly config?: object | undefined; readonly dims?: object | undefined },
): { readonly program: Program } {
  const program = 'trace' in source ? source.trace(request.config) : source;
  const options = 'defaults' in source ? Object.keys(source.defaults ?? {}) : [];
  checkSizeNames(program, request.dims ?? {}, options);
  return { program };
}
