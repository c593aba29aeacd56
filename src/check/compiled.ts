/** What a check compiles of a layer, each once: several properties are of the same sizes. */
import type { Program } from '../../compiler/ir/node.ts';
import { type Compilation, type CompileOptions, compileProgram } from '../../compiler/pipeline.ts';

/** Compiles a layer, or gives what it compiled with equal options. */
export type Compiler = (options: CompileOptions) => Compilation;

export function compilerOf(source: Program): Compiler {
  const known = new Map<string, Compilation>();
  return (options) => {
    const key = JSON.stringify(options);
    const compilation = known.get(key) ?? compileProgram(source, options);
    known.set(key, compilation);
    return compilation;
  };
}
