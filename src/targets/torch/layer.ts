/** Prints a layer as a Python file: its derived passes, an autograd function and a module. */
import { ofTokens } from '../../../compiler/dims/dims.ts';
import type { InputNode, Program } from '../../../compiler/ir/node.ts';
import { typeName } from '../../../compiler/names.ts';
import type { Compilation } from '../../../compiler/pipeline.ts';
import { Namer } from '../../language/formulas/naming.ts';
import { lawsOf } from './laws.ts';
import { isHeld, type ModuleOptions, moduleClass } from './module-class.ts';
import { line, tensorName, wrapped } from './python-text.ts';
import { formText, type QuantizedInput, quantizedInputs } from './quantized.ts';
import { argumentsOf, type PrintedVariant, printVariant, resultsOf, wideInput } from './variant.ts';

export interface LayerOptions extends ModuleOptions {
  /** Where oftc_torch is: in the layer's own package, which is the default, or installed. */
  readonly library?: 'own' | 'installed';
}

/** Prints the passes of every variant of a compilation with gradients. Variants with equal passes become one. */
export function printVariants(compilation: Compilation): PrintedVariant[] {
  const { variants, lowering } = compilation;
  const merged: (typeof variants)[number][] = [];
  let before = '';
  for (const v of variants) {
    const text = printVariant(v, '', lowering).lines.join('\n');
    const last = merged.at(-1);
    if (last && text === before) merged[merged.length - 1] = { ...last, maxTokens: v.maxTokens };
    else merged.push(v);
    before = text;
  }
  return merged.map((v) =>
    printVariant(v, merged.length === 1 ? '' : suffixOf(v), lowering, lawsOf(compilation, v)),
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
  const at = Object.entries(sizes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([n, size]) => `${n} = ${size}`);
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

export function functionClass(
  program: Program,
  printed: readonly PrintedVariant[],
  options: Pick<ModuleOptions, 'name' | 'stored'>,
): string[] {
  const quantized = quantizedInputs(program, options.stored);
  const ownOf = (i: InputNode) => quantized.find((q) => q.input === i);
  const inputs = argumentsOf(program);
  const args = inputs.map((i) => ownOf(i)?.codes ?? tensorName(i.name));
  /** The arguments of a pass, to which the function's are put together. */
  const passed = inputs.map((i) => ownOf(i)?.parts ?? tensorName(i.name));
  const beside = quantized.reduce((n, q) => n + q.beside, 0);
  const sizes = printed[0]!.given;
  // Sizes have no gradient.
  const nones = sizes.length > 0 ? ` + (${sizes.map(() => 'None,').join(' ')})` : '';
  const results = resultsOf(program);
  const x = tensorName(wideInput(program, options.stored).name);
  const floats = new Set(
    inputs.filter((i) => !isHeld(i) && i.type.dtype !== 'i32').map((i) => tensorName(i.name)),
  );
  const given = results.map((o) => `grad_${tensorName(o.name)}`);
  const call = (indent: string, text: (v: PrintedVariant) => string) =>
    dispatch(printed, indent, rowsOf(program), (v) => `return ${text(v)}`);
  const converted = (names: readonly string[], dtype: string) =>
    names.map((a) => (floats.has(a) ? `${a}.to(${dtype})` : a));
  // The backward pass of several variants is chosen by the number of rows.
  const rows = printed.length > 1 ? [rowsOf(program).split('.')[0]!] : [];
  const isKept = (name: string) => rows.includes(name) || printed.some((v) => v.uses.includes(name));
  const kept = args.filter((_, n) => isKept(passed[n]!));
  const read = quantized.filter((q) => isKept(q.parts));
  let at = args.length;
  const besides = quantized.flatMap((q) => {
    at += q.beside;
    return read.includes(q) ? [`*inputs[${at - q.beside}:${at}]`] : [];
  });
  const saved =
    kept.length === args.length && sizes.length === 0
      ? ['*inputs']
      : [...kept.map((a) => `inputs[${args.indexOf(a)}]`), ...besides];
  const most = Math.max(...printed.map((v) => v.saved));
  const returned = results.map((o) => o.name).join(', ');
  // Otherwise PyTorch makes a gradient of zeros for each tensor that is returned for the backward pass.
  const isLean = most > 0 && results.length === 1;
  return [
    `class ${typeName(options.name)}Function(torch.autograd.Function):`,
    `    """Returns ${returned}${most > 0 ? ', and the tensors that the backward pass reads' : ''}."""`,
    '',
    '    @staticmethod',
    '    @oftc_torch.with_signature',
    ...line(
      '    ',
      `def forward(${[...args.map(tensor), ...sizes.map((g) => `${g}: int`), ...(beside > 0 ? ['*parts: Tensor'] : [])].join(', ')}) -> tuple[Tensor, ...]:`,
    ),
    ...joined(quantized, 'parts'),
    `        dtype = oftc_torch.compute_dtype(${x})`,
    `        with oftc_torch.without_autocast(${x}):`,
    ...call(
      '            ',
      (v) => `_forward${v.suffix}(${[...converted(passed, 'dtype'), ...sizes].join(', ')})`,
    ),
    '',
    '    @staticmethod',
    '    def setup_context(ctx, inputs, output) -> None:',
    `        ctx.save_for_backward(${[...saved, ...(most > 0 ? [`*output[${results.length}:]`] : [])].join(', ')})`,
    ...(sizes.length > 0 ? [`        ctx.sizes = inputs[${args.length}:]`] : []),
    ...(most > 0 ? [`        ctx.mark_non_differentiable(*output[${results.length}:])`] : []),
    ...(isLean ? ['        ctx.set_materialize_grads(False)'] : []),
    '',
    '    @staticmethod',
    '    @oftc_torch.first_order',
    ...line(
      '    ',
      `def backward(ctx, ${[...given.map(tensor), ...(most > 0 ? ['*_'] : [])].join(', ')}) -> tuple[Tensor | None, ...]:`,
    ),
    ...(isLean
      ? [
          `        if ${given[0]} is None:`,
          `            return (None,) * ${args.length + sizes.length + beside}`,
        ]
      : []),
    ...line('        ', `${[...kept, '*saved'].join(', ')} = ctx.saved_tensors`),
    ...joined(read, 'saved'),
    `        needs = ctx.needs_input_grad`,
    `        with oftc_torch.without_autocast(${given[0]}):`,
    ...call('            ', (v) => {
      const taken = converted(v.uses, `${given[0]}.dtype`);
      const all = ['needs', ...given, ...taken, ...(sizes.length > 0 ? ['*ctx.sizes'] : []), '*saved'];
      const gradients = `_backward${v.suffix}(${all.join(', ')})${nones}`;
      return beside > 0 ? `(*${gradients}, *[None] * ${beside})` : gradients;
    }),
  ];
}

const tensor = (name: string): string => `${name}: Tensor`;

/** The lines that put the parts of quantised tensors together: their codes, and the next ones of a list. */
const joined = (quantized: readonly QuantizedInput[], list: string): string[] =>
  quantized.map(({ parts, codes, beside }, n) =>
    n === quantized.length - 1 && list === 'parts'
      ? `        ${parts} = (${codes}, *${list})`
      : `        ${parts}, ${list} = (${codes}, *${list}[:${beside}]), ${list}[${beside}:]`,
  );

/** The text of the number of tokens. */
const rowsOf = ({ inputs }: Program): string => {
  const rows = inputs.find((i) => i.role === 'input' && i.type.shape.some(ofTokens)) ?? inputs[0]!;
  return `${tensorName(rows.name)}.shape[${Math.max(rows.type.shape.findIndex(ofTokens), 0)}]`;
};

/** The call of the variant for the number of rows. */
function dispatch(
  printed: readonly PrintedVariant[],
  indent: string,
  rows: string,
  call: (v: PrintedVariant) => string,
): string[] {
  return printed.flatMap((v) =>
    v.maxTokens === null
      ? line(indent, call(v))
      : [`${indent}if ${rows} <= ${v.maxTokens}:`, ...line(`${indent}    `, call(v))],
  );
}
