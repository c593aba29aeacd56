/** Prints a layer as a Python file: its derived passes, an autograd function and a module. */
import type { Binding } from '../../../compiler/dims/dims.ts';
import { constantOf, ofTokens } from '../../../compiler/dims/dims.ts';
import type { Init } from '../../../compiler/ir/init.ts';
import type { InputNode, Program } from '../../../compiler/ir/node.ts';
import { typeName } from '../../../compiler/names.ts';
import type { Compilation } from '../../../compiler/pipeline.ts';
import { Namer } from '../../language/formulas/naming.ts';
import type { Stored } from '../../session/quantized.ts';
import { dimText } from './dims.ts';
import { lawsOf } from './laws.ts';
import { line, tensorName, wrapped } from './python-text.ts';
import { formText, type QuantizedInput, quantizedInputs } from './quantized.ts';
import { argumentsOf, type PrintedVariant, printVariant, resultsOf, wideInput } from './variant.ts';

export interface LayerOptions {
  /** The layer's exported name. */
  readonly name: string;
  readonly sizes: Binding;
  /** Where oftc_torch is: in the layer's own package, which is the default, or installed. */
  readonly library?: 'own' | 'installed';
  /** The frozen tensors that it holds quantised. */
  readonly stored?: Stored;
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
    'from torch.autograd.function import once_differentiable',
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
    ...moduleClass(program, options),
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
  options: LayerOptions,
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
    '    @once_differentiable',
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

/** Whether the module holds a tensor. All others come with each call, frozen ones with a row for each token too. */
export const isHeld = ({ role, type }: InputNode): boolean =>
  role === 'trainable' || (role === 'frozen' && !type.shape.some(ofTokens));

/**
 * Whether the constructor takes a held tensor. These are frozen tensors of the layer that is adapted, on which starts
 * may depend.
 */
export const isGiven = (i: InputNode): boolean => i.role === 'frozen' && i.init === undefined;

/** The path of a parameter in the module: its name in the method's checkpoints, where no other parameter has it. */
export function pathsOf(program: Program): ReadonlyMap<InputNode, string> {
  const held = program.inputs.filter(isHeld);
  const once = (path: string) => held.filter((i) => i.stored === path).length === 1;
  return new Map(held.map((i) => [i, i.stored !== undefined && once(i.stored) ? i.stored : i.name]));
}

function moduleClass(program: Program, options: LayerOptions): string[] {
  const paths = pathsOf(program);
  const name = typeName(options.name);
  const quantized = new Map(quantizedInputs(program, options.stored).map((q) => [q.input, q]));
  const inputs = argumentsOf(program).filter((i) => !isHeld(i));
  const results = resultsOf(program);
  const shapeText = (i: InputNode) =>
    `${i.type.shape.map((d) => dimText(d)).join(', ')}${i.type.shape.length === 1 ? ',' : ''}`;
  const reference = (path: string) =>
    path.split('.').every((p) => /^[A-Za-z_]\w*$/.test(p)) ? `self.${path}` : `self.get_parameter("${path}")`;
  const value = (i: InputNode, path: string) =>
    quantized.has(i) ? `self.dequantized("${path}")` : reference(path);
  const held = [...paths].map(([i, path]) => {
    const form = quantized.get(i)?.form;
    if (form !== undefined) return `self.hold_quantized("${path}", ${form}, ${tensorName(i.name)}, device)`;
    const dtype = i.type.dtype === 'i32' ? 'torch.int32' : 'dtype';
    const made = isGiven(i)
      ? `oftc_torch.given("${path}", ${tensorName(i.name)}, (${shapeText(i)}), device, ${dtype})`
      : `torch.zeros((${shapeText(i)}), device=device, dtype=${dtype})`;
    return `oftc_torch.hold(self, "${path}", ${made}, trainable=${i.role === 'trainable' ? 'True' : 'False'})`;
  });
  const parameters = [...paths.keys()]
    .filter(isGiven)
    .map((i) => `${tensorName(i.name)}: Tensor${quantized.has(i) ? ' | Mapping[str, Tensor]' : ''}, `)
    .join('');
  const unstarted = [...paths]
    .filter(([i]) => i.role === 'trainable' && i.init === undefined)
    .map(([, p]) => p);
  const starts = [...paths].flatMap(([i, path]) =>
    i.init === undefined ? [] : [[i, path, i.init] as const],
  );
  const frozen = [...paths].filter(
    ([i]) => i.role === 'frozen' && i.type.dtype !== 'i32' && !quantized.has(i),
  );
  // Starts that read no quantised tensor spare its decoding.
  const known = [...paths].filter(
    ([i]) =>
      i.type.dtype !== 'i32' && (!quantized.has(i) || starts.some(([, , init]) => readsTensor(init, i.name))),
  );
  const lone =
    inputs.length === 1 && isRows(inputs[0]!) && results.every((o) => isRows({ type: o.node.type }))
      ? inputs[0]
      : undefined;
  const args = [
    ...argumentsOf(program).map((i) =>
      quantized.has(i)
        ? `${quantized.get(i)!.parts}[0]`
        : paths.has(i)
          ? reference(paths.get(i)!)
          : tensorName(i.name),
    ),
    ...[...quantized.values()].map(({ parts }) => `*${parts}[1:]`),
  ];
  const taken = [...quantized].map(
    ([i, { parts }]) => `        ${parts} = self.quantized("${paths.get(i)!}")`,
  );
  const given = inputs.map((i) => tensorName(i.name));
  const applied = (all: readonly string[]) => `${name}Function.apply(${all.join(', ')})`;
  const flat = lone && `${tensorName(lone.name)}.reshape(-1, ${dimText(lone.type.shape[1]!)})`;
  return [
    `class ${name}(${quantized.size > 0 ? 'oftc_torch.QuantizedModule' : 'nn.Module'}):`,
    `    """The layer ${options.name}${lone ? '; tokens are all dimensions of its input but the last' : ''}."""`,
    '',
    ...line(
      '    ',
      `def __init__(self, ${parameters}device: torch.device | None = None, dtype: torch.dtype | None = None) -> None:`,
    ),
    '        super().__init__()',
    ...unstarted.map((p) => `        # The layer declares no init for ${p}: it starts from zeros.`),
    ...held.flatMap((h) => line('        ', h)),
    ...(starts.length > 0 ? ['        self.reset_parameters()'] : []),
    '',
    ...(starts.length > 0
      ? [
          '    def reset_parameters(self) -> None:',
          '        """Gives every parameter the start that the layer declares."""',
          `        known = {${known.map(([i, p]) => `"${i.name}": ${value(i, p)}`).join(', ')}}`,
          ...starts.flatMap(([, path, init]) =>
            line('        ', `oftc_torch.start(${reference(path)}, ${initText(init)}, known)`),
          ),
          '',
        ]
      : []),
    `    def forward(self, ${given.map(tensor).join(', ')}) -> ${results.length === 1 ? 'Tensor' : 'tuple[Tensor, ...]'}:`,
    ...(frozen.length > 0
      ? line(
          '        ',
          `oftc_torch.refuse_gradients("${options.name}", ${frozen.map(([i, p]) => `${tensorName(i.name)}=${reference(p)}`).join(', ')})`,
        )
      : []),
    ...(lone
      ? [
          `        oftc_torch.check_features("${options.name}", ${tensorName(lone.name)}, ${dimText(lone.type.shape[1]!)})`,
          ...taken,
          ...line(
            '        ',
            `results = ${applied(args.map((a) => (a === tensorName(lone.name) ? flat! : a)))}`,
          ),
          ...line(
            '        ',
            `return ${results.map((o, n) => `results[${n}].reshape(*${tensorName(lone.name)}.shape[:-1], ${dimText(o.node.type.shape[1]!)})`).join(', ')}`,
          ),
        ]
      : [
          ...taken,
          ...line(
            '        ',
            `return ${applied(args)}${results.length === 1 ? '[0]' : `[:${results.length}]`}`,
          ),
        ]),
  ];
}

/** Whether a tensor has one row for each token, and no other dimension. */
export const isRows = ({ type }: Pick<InputNode, 'type'>): boolean =>
  type.shape.length === 2 && dimText(type.shape[0]!) === 'tokens' && constantOf(type.shape[1]!) !== undefined;

/** Whether a start refers to a tensor. */
const readsTensor = (init: Init, name: string): boolean =>
  typeof init !== 'string' && Object.values(init).includes(name);

const initText = (init: Init): string =>
  typeof init === 'string' ? `"${init}"` : JSON.stringify(init).replaceAll(':', ': ').replaceAll(',', ', ');
