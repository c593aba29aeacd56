/** Prints the `torch.autograd.Function` of a layer, which calls the passes of its variants. */
import { ofTokens } from '../../../compiler/dims/dims.ts';
import type { InputNode, Program } from '../../../compiler/ir/node.ts';
import { typeName } from '../../../compiler/names.ts';
import { isHeld, type ModuleOptions } from './module-class.ts';
import { line, tensorName } from './python-text.ts';
import { type QuantizedInput, quantizedInputs } from './quantized.ts';
import { argumentsOf, type PrintedVariant, resultsOf, wideInput, wideResult } from './variant.ts';

/** The lines of the class. */
export function functionClass(
  program: Program,
  printed: readonly PrintedVariant[],
  options: Pick<ModuleOptions, 'name' | 'stored'>,
): string[] {
  const own = new FunctionText(program, printed, options);
  const returned = resultsOf(program).map((o) => o.name);
  return [
    `class ${typeName(options.name)}Function(torch.autograd.Function):`,
    `    """Returns ${returned.join(', ')}${own.returnsMore ? ', and the tensors that the backward pass reads' : ''}."""`,
    ...[own.forward(), own.context(), own.backward()].flatMap((lines) => ['', '    @staticmethod', ...lines]),
  ];
}

const BODY = '        ';

/** The function's text, method by method. */
class FunctionText {
  readonly #program: Program;
  readonly #printed: readonly PrintedVariant[];
  readonly #quantized: readonly QuantizedInput[];
  /** The tensors that the function takes: the codes where one is quantised, whose other parts follow at the end. */
  readonly #args: readonly string[];
  /** The arguments of a pass, to which the function's are put together. */
  readonly #passed: readonly string[];
  /** The number of parts beside codes. */
  readonly #beside: number;
  /** The sizes that calls give. They have no gradient. */
  readonly #sizes: readonly string[];
  /** The cotangents of the results. */
  readonly #given: readonly string[];
  /** The cotangent in whose dtype the backward pass computes. */
  readonly #wide: string | undefined;
  readonly #floats: ReadonlySet<string>;
  /** The tensor whose dtype the function computes in. */
  readonly #x: string;
  readonly returnsMore: boolean;

  constructor(
    program: Program,
    printed: readonly PrintedVariant[],
    { stored }: Pick<ModuleOptions, 'stored'>,
  ) {
    this.#program = program;
    this.#printed = printed;
    this.#quantized = quantizedInputs(program, stored);
    const inputs = argumentsOf(program);
    const own = (i: InputNode) => this.#quantized.find((q) => q.input === i);
    this.#args = inputs.map((i) => own(i)?.codes ?? tensorName(i.name));
    this.#passed = inputs.map((i) => own(i)?.parts ?? tensorName(i.name));
    this.#beside = this.#quantized.reduce((n, q) => n + q.beside, 0);
    this.#sizes = printed[0]!.given;
    this.#given = resultsOf(program).map((o) => `grad_${tensorName(o.name)}`);
    const wide = wideResult(program);
    this.#wide = wide === undefined ? undefined : this.#given[wide]!;
    this.#floats = new Set(
      inputs.filter((i) => !isHeld(i) && i.type.dtype !== 'i32').map((i) => tensorName(i.name)),
    );
    this.#x = tensorName(wideInput(program, stored).name);
    this.returnsMore = printed.some((v) => v.saved > 0);
  }

  forward(): string[] {
    const parameters = [
      ...this.#args.map(typed),
      ...this.#sizes.map((g) => `${g}: int`),
      ...(this.#beside > 0 ? ['*parts: Tensor'] : []),
    ];
    return [
      '    @oftc_torch.with_signature',
      ...line('    ', `def forward(${parameters.join(', ')}) -> tuple[Tensor, ...]:`),
      ...joined(this.#quantized, 'parts'),
      `${BODY}dtype = oftc_torch.compute_dtype(${this.#x})`,
      `${BODY}with oftc_torch.without_autocast(${this.#x}):`,
      ...this.#variants(
        ({ suffix }) =>
          `_forward${suffix}(${[...this.#converted(this.#passed, 'dtype'), ...this.#sizes].join(', ')})`,
      ),
    ];
  }

  /** The method that saves what the backward pass reads. */
  context(): string[] {
    const more = `*output[${this.#given.length}:]`;
    const saved = [...this.#saved(), ...(this.returnsMore ? [more] : [])];
    return [
      '    def setup_context(ctx, inputs, output) -> None:',
      `${BODY}ctx.save_for_backward(${saved.join(', ')})`,
      ...(this.#sizes.length > 0 ? [`${BODY}ctx.sizes = inputs[${this.#args.length}:]`] : []),
      ...(this.returnsMore ? [`${BODY}ctx.mark_non_differentiable(${more})`] : []),
      ...(this.#isLean ? [`${BODY}ctx.set_materialize_grads(False)`] : []),
    ];
  }

  backward(): string[] {
    const [first] = this.#given;
    const parameters = [...this.#given.map(typed), ...(this.returnsMore ? ['*_'] : [])];
    const count = this.#args.length + this.#sizes.length + this.#beside;
    const without = [`${BODY}if ${first} is None:`, `${BODY}    return (None,) * ${count}`];
    return [
      '    @oftc_torch.first_order',
      ...line('    ', `def backward(ctx, ${parameters.join(', ')}) -> tuple[Tensor | None, ...]:`),
      ...(this.#isLean ? without : []),
      ...line(BODY, `${this.#unpacked()} = ctx.saved_tensors`),
      ...joined(
        this.#quantized.filter((q) => this.#isKept(q.parts)),
        'saved',
      ),
      `${BODY}needs = ctx.needs_input_grad`,
      `${BODY}with oftc_torch.without_autocast(${this.#wide ?? first}):`,
      ...this.#variants((v) => this.#gradients(v)),
    ];
  }

  /** The call of a variant's backward pass, with None for each argument that has no gradient. */
  #gradients({ suffix, uses, wideSaved }: PrintedVariant): string {
    const wide = wideSaved === undefined ? this.#wide : `saved[${wideSaved}]`;
    const args = [
      'needs',
      ...this.#given,
      ...(wide === undefined ? uses : this.#converted(uses, `${wide}.dtype`)),
      ...(this.#sizes.length > 0 ? ['*ctx.sizes'] : []),
      '*saved',
    ];
    const nones = this.#sizes.length > 0 ? ` + (${this.#sizes.map(() => 'None,').join(' ')})` : '';
    const gradients = `_backward${suffix}(${args.join(', ')})${nones}`;
    return this.#beside > 0 ? `(*${gradients}, *[None] * ${this.#beside})` : gradients;
  }

  /**
   * Whether cotangents may be None. Otherwise PyTorch makes a gradient of zeros for each tensor that is returned for
   * the backward pass.
   */
  get #isLean(): boolean {
    return this.returnsMore && this.#given.length === 1;
  }

  /** The names for what the forward pass saved. A star alone is no target in Python. */
  #unpacked(): string {
    const kept = this.#kept;
    return kept.length === 0 ? 'saved' : [...kept, '*saved'].join(', ');
  }

  /** The arguments that the backward pass reads. */
  get #kept(): string[] {
    return this.#args.filter((_, n) => this.#isKept(this.#passed[n]!));
  }

  #isKept(name: string): boolean {
    // The number of rows chooses among several variants in the backward pass, too.
    const isRows = this.#printed.length > 1 && rowsOf(this.#program).split('.')[0] === name;
    return isRows || this.#printed.some((v) => v.uses.includes(name));
  }

  #saved(): string[] {
    const kept = this.#kept;
    if (kept.length === this.#args.length && this.#sizes.length === 0) return ['*inputs'];
    let at = this.#args.length;
    const besides = this.#quantized.flatMap(({ parts, beside }) => {
      at += beside;
      return this.#isKept(parts) ? [`*inputs[${at - beside}:${at}]`] : [];
    });
    return [...kept.map((a) => `inputs[${this.#args.indexOf(a)}]`), ...besides];
  }

  #converted(names: readonly string[], dtype: string): string[] {
    return names.map((a) => (this.#floats.has(a) ? `${a}.to(${dtype})` : a));
  }

  /** The call of the variant for the number of rows. */
  #variants(call: (v: PrintedVariant) => string): string[] {
    const indent = `${BODY}    `;
    return this.#printed.flatMap((v) => {
      const text = `return ${call(v)}`;
      return v.maxTokens === null
        ? line(indent, text)
        : [`${indent}if ${rowsOf(this.#program)} <= ${v.maxTokens}:`, ...line(`${indent}    `, text)];
    });
  }
}

const typed = (name: string): string => `${name}: Tensor`;

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
