/** Prints a part of a layer, before or after its frozen layer, as an autograd function for layers of every size. */
import type { Binding } from '../../../compiler/dims/dims.ts';
import type { Program } from '../../../compiler/ir/node.ts';
import { typeName } from '../../../compiler/names.ts';
import { compileProgram } from '../../../compiler/pipeline.ts';
import { functionClass } from './function-class.ts';
import { lawsOf } from './laws.ts';
import { EAGER } from './profile.ts';
import { argumentsOf, printVariant } from './variant.ts';

/** The token count that parentheses are chosen for. */
const TOKENS = 2048;

export interface PrintedPart {
  readonly lines: readonly string[];
  /** The name of the autograd function. */
  readonly function: string;
  /** The names of the tensors that it takes, in order. */
  readonly tensors: readonly string[];
  /** The names of the sizes that it takes after them. */
  readonly sizes: readonly string[];
}

/** A part's passes and its autograd function. Its parentheses are chosen for these sizes and many tokens. */
export function printPart(place: string, part: Program, sizes: Binding): PrintedPart {
  const compilation = compileProgram(part, { gradients: true, sizes, profile: EAGER });
  const { variants, lowering } = compilation;
  const chosen = variants.find((v) => TOKENS <= (v.maxTokens ?? TOKENS))!;
  const symbolic = { ...chosen, program: chosen.symbolic };
  const printed = printVariant(symbolic, `_${place}`, lowering, lawsOf(compilation, symbolic));
  const whole = { ...printed, maxTokens: null };
  return {
    lines: [...printed.lines, '', '', ...functionClass(chosen.symbolic, [whole], { name: place })],
    function: `${typeName(place)}Function`,
    tensors: argumentsOf(chosen.symbolic).map((i) => i.name),
    sizes: printed.given,
  };
}
