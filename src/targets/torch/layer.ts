/** Prints a layer as a Python file: its derived passes, an autograd function and a module. */
import { RUNTIME_DIM } from '../../../compiler/dims/dims.ts';
import type { Program } from '../../../compiler/ir/node.ts';
import { type TokenRule, tokenRules } from '../../../compiler/ops/token-rules.ts';
import type { Compilation } from '../../../compiler/pipeline.ts';
import { Namer } from '../../language/formulas/naming.ts';
import { functionClass } from './function-class.ts';
import { lawsOf } from './laws.ts';
import { type ModuleOptions, moduleClass } from './module-class.ts';
import { line, wrapped } from './python-text.ts';
import { formText, quantizedInputs } from './quantized.ts';
import { type PrintedVariant, printVariant } from './variant.ts';

export interface LayerOptions extends ModuleOptions {
  /** Where oftc_torch is: in the layer's own package, which is the default, or installed. */
  readonly library?: 'own' | 'installed';
}

/** The conditions of a layer on the number of tokens alone. Those on sizes that it leaves open are not checked. */
export const rulesOfTokens = (bound: Program): TokenRule[] =>
  tokenRules(bound).filter(({ rest }) =>
    rest.terms.every((t) => t.powers.every(([name]) => name === RUNTIME_DIM)),
  );

/** Prints the passes of every variant of a compilation with gradients. Variants with equal passes become one. */
export function printVariants(compilation: Compilation): PrintedVariant[] {
  const { variants, lowering } = compilation;
  const merged: { readonly v: (typeof variants)[number]; readonly text: string }[] = [];
  for (const v of variants) {
    const text = printVariant(v, '', lowering).lines.join('\n');
    const same = merged.at(-1)?.text === text ? merged.pop() : undefined;
    merged.push({ v: { ...(same?.v ?? v), maxTokens: v.maxTokens }, text });
  }
  const rules = rulesOfTokens(compilation.bound);
  return merged.map(({ v }) =>
    printVariant(v, merged.length === 1 ? '' : suffixOf(v), lowering, lawsOf(compilation, v), rules),
  );
}

/** The text of layer.py. `head` is the comment that its file begins with. */
export function layerText(
  compilation: Compilation,
  printed: readonly PrintedVariant[],
  head: readonly string[],
  options: LayerOptions,
): string {
  const program = compilation.variants[0]!.program;
  const body = printed.flatMap((v) => [...v.lines, '', '']);
  const quantized = quantizedInputs(program, options.stored);
  const isQuantized = quantized.length > 0;
  const usesMath = body.some((l) => /\bmath\./.test(l));
  const lines = [
    ...head,
    ...docstring(compilation, options),
    ...(usesMath ? ['import math', ''] : []),
    `from collections.abc import ${isQuantized ? 'Mapping, ' : ''}Sequence`,
    '',
    'import torch',
    `from torch import Tensor${isQuantized ? '' : ', nn'}`,
    '',
    options.library === 'installed' ? 'import oftc_torch' : 'from . import oftc_torch',
    '',
    ...(isQuantized ? ['#: The formats of tensors that are held quantised.'] : []),
    ...quantized.flatMap(({ form, storage, input }) =>
      line('', `${form} = ${formText(storage, input.type.shape)}`),
    ),
    ...(isQuantized ? [''] : []),
    '',
    ...body,
    ...functionClass(program, printed, options),
    '',
    '',
    ...moduleClass(program, compilation.source, options),
  ];
  return `${lines.join('\n')}\n`;
}

const suffixOf = ({
  minTokens,
  maxTokens,
}: {
  readonly minTokens: number;
  readonly maxTokens: number | null;
}) => (maxTokens === null ? `_from_${minTokens}` : `_to_${maxTokens}`);

/** The file's docstring: the formula, and the laws of its derivation. */
function docstring(
  { source, passes, derived, variants }: Compilation,
  { name, sizes }: LayerOptions,
): string[] {
  const namer = new Namer({ source, derived: [derived], associated: variants.map((v) => v.symbolic) });
  const formulas = source.outputs.map((o) => `${o.name} = ${namer.written(o.node)}`);
  const laws = [...new Set(passes.flatMap((p) => p.fired.map((f) => f.law)))];
  const at = Object.keys(sizes)
    .sort()
    .map((n) => `${n} = ${sizes[n]}`);
  return [
    `"""The layer ${name}, derived by oftc for ${at.join(', ')}.`,
    '',
    'As written:',
    ...formulas.flatMap((f) => wrapped('    ', quoted(f))),
    '',
    ...(laws.length > 0
      ? ['By these laws:', ...laws.flatMap((l) => wrapped('    ', quoted(l)))]
      : ['No law applies.']),
    '"""',
    '',
  ];
}

const quoted = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"""', "'''");
