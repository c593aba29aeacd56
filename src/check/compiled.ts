/** The compilations of one layer, each made once, because several properties are checked at the same sizes. */
import type { CompileOptions } from '../../compiler/derive.ts';
import type { Program } from '../../compiler/ir/node.ts';
import { getOrMake } from '../../compiler/keyed.ts';
import { type Compilation, compileProgram } from '../../compiler/pipeline.ts';

/** Compiles a layer, or returns the compilation that it made before with equal options. */
export type Compiler = (options: CompileOptions) => Compilation;

export function compilerOf(source: Program): Compiler {
  const known = new Map<string, Compilation>();
  return (options) => {
    const key = JSON.stringify(options);
    return getOrMake(known, key, () => compileProgram(source, options));
  };
}
