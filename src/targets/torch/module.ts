/** Prints a program as a module of its own, which imports the installed package oftc_torch. */
import type { InputNode, Program } from '../../../compiler/ir/node.ts';
import { commented, typeName } from '../../../compiler/names.ts';
import { compileProgram } from '../../../compiler/pipeline.ts';
import { BUILT_PYTHON } from '../built.ts';
import { layerText, printVariants } from './layer.ts';
import { isGiven, pathsOf } from './module-class.ts';
import { EAGER } from './profile.ts';
import { tensorName } from './python-text.ts';

/** A tensor that a module holds. */
export interface HeldTensor {
  readonly input: InputNode;
  /** Its name in the module's state dict. */
  readonly path: string;
  /** The argument of the constructor that gives it; undefined for a tensor that is made there. */
  readonly argument: string | undefined;
}

export interface TorchModule {
  readonly text: string;
  /** The name of the module's class. */
  readonly class: string;
  readonly tensors: readonly HeldTensor[];
}

/** The module of a program whose sizes are numbers, `tokens` aside, with derived gradients. */
export function torchModule(program: Program, name: string, version: string): TorchModule {
  const compilation = compileProgram(program, { gradients: true, profile: EAGER });
  const head = [commented(`${BUILT_PYTHON}${version}.`)];
  const options = { name, sizes: {}, library: 'installed' } as const;
  return {
    text: layerText(compilation, printVariants(compilation), head, options),
    class: typeName(name),
    tensors: [...pathsOf(compilation.variants[0]!.program)].map(([input, path]) => ({
      input,
      path,
      argument: isGiven(input) ? tensorName(input.name) : undefined,
    })),
  };
}
