/** Prints the forward and the backward pass of one variant as two Python functions. */
import { gradName } from '../../../compiler/autodiff/differentiate.ts';
import { ofTokens, RUNTIME_DIM } from '../../../compiler/dims/dims.ts';
import type { InputNode, OpNode, Program } from '../../../compiler/ir/node.ts';
import type { TokenRule } from '../../../compiler/ops/token-rules.ts';
import type { Variant, VariantLowering } from '../../../compiler/pipeline.ts';
import type { Prim, PrimProgram } from '../../../compiler/primitives/prim.ts';
import { foldOver } from '../../../compiler/primitives/walk.ts';
import type { Stored } from '../../session/quantized.ts';
import { type Annotated, annotated } from './annotated.ts';
import { wholeText } from './dims.ts';
import { type Joint, jointOf } from './joint.ts';
import { PassPrinter } from './printer.ts';
import { line, pythonName, tensorName } from './python-text.ts';
import { quantizedNames } from './quantized.ts';
import { givenSizes, sizeLines, sizeNames } from './sizes.ts';
import type { Statement } from './statements.ts';

export interface PrintedVariant {
  readonly minTokens: number;
  readonly maxTokens: number | null;
  /** The ending of the functions' names. */
  readonly suffix: string;
  readonly lines: readonly string[];
  /** The number of tensors that the backward pass reads besides inputs. */
  readonly saved: number;
  /** The sizes that the functions take beside the tensors. */
  readonly given: readonly string[];
  /** The arguments that the backward pass takes, in order. */
  readonly uses: readonly string[];
  /** The position among the saved tensors of one in the dtype of activations, where no cotangent has it. */
  readonly wideSaved: number | undefined;
}

/**
 * Prints a variant. `laws` has those of the nodes of its program, which stand beside their lines. The forward pass checks
 * `rules`.
 */
export function printVariant(
  variant: Variant,
  suffix: string,
  lowering: VariantLowering,
  laws: ReadonlyMap<OpNode, readonly string[]> = new Map(),
  rules: readonly TokenRule[] = [],
): PrintedVariant {
  const { program, minTokens, maxTokens } = variant;
  const annotation = annotated(program, lowering);
  const joint = jointOf(program, annotation.primitives, annotation.isWhole);
  const passes = new Passes(program, annotation, joint, laws, lowering.stored ?? {});
  const lines = [...passes.forward(suffix, rules), '', '', ...passes.backward(suffix)];
  return {
    minTokens,
    maxTokens,
    suffix,
    lines,
    saved: joint.saved.length,
    given: passes.given,
    uses: passes.uses,
    wideSaved: passes.wideSaved,
  };
}

/** The inputs that are no cotangents, in order. */
export const argumentsOf = (program: Program) => program.inputs.filter((i) => i.role !== 'cotangent');
/** The outputs that are no gradients, in order. */
export const resultsOf = (program: Program) => {
  const gradients = new Set(program.inputs.map((i) => gradName(i.name)));
  return program.outputs.filter((o) => !gradients.has(o.name));
};

/** The sizes without the number of tokens, which every activation has as a dimension. */
const tokensAside = (names: readonly string[]) => names.filter((n) => n !== RUNTIME_DIM);

/**
 * The position among the results of the first with a row for each token, whose cotangent has the dtype of activations. A
 * layer that returns a loss has none.
 */
export function wideResult(program: Program): number | undefined {
  const wide = resultsOf(program).findIndex((o) => o.node.type.shape.some(ofTokens));
  return wide < 0 ? undefined : wide;
}

/** Whether an input of floats has no row for each token: what is computed of it has the dtype of the parameters. */
const isNarrowInput = ({ role, type }: InputNode): boolean =>
  role === 'input' && type.dtype !== 'i32' && !type.shape.some(ofTokens);

/** The input in whose dtype tensors with a row for each token are computed: the first activation of floats. */
export const wideInput = ({ inputs }: Program, stored: Stored = {}): InputNode => {
  const floats = inputs.filter((i) => i.type.dtype !== 'i32' && !Object.hasOwn(stored, i.name));
  return floats.find((i) => i.role === 'input') ?? floats[0] ?? inputs[0]!;
};

/**
 * Makes each returned tensor distinct from the arguments and from the others, by a view where it is not. PyTorch refuses an
 * autograd function that returns an argument as it is, and gives two results that are one tensor the gradient of both.
 */
function distinct(returned: readonly string[], taken: readonly string[]): string[] {
  return returned.map((text, n) =>
    taken.includes(text) || returned.indexOf(text) < n ? `${text}.view_as(${text})` : text,
  );
}

/** The statement that refuses a number of tokens that breaks a rule. */
const checkText = ({ rest, says }: TokenRule): string =>
  `oftc_torch.check_tokens(${RUNTIME_DIM}, ${wholeText(rest)}, ${JSON.stringify(says)})`;

class Passes {
  readonly #program: Program;
  readonly #annotated: Annotated;
  readonly #primitives: PrimProgram;
  readonly #joint: Joint;
  readonly #isCotangent: (p: Prim) => boolean;
  readonly given: readonly string[];
  /** The arguments that the backward pass reads. */
  uses: readonly string[] = [];
  /** The names that saved tensors have in the forward pass. The backward pass takes them by the same names. */
  readonly #saved = new Map<Prim, string>();

  readonly #laws: ReadonlyMap<OpNode, readonly string[]>;
  readonly #stored: Stored;

  constructor(
    program: Program,
    annotation: Annotated,
    joint: Joint,
    laws: ReadonlyMap<OpNode, readonly string[]>,
    stored: Stored,
  ) {
    this.#laws = laws;
    this.#stored = stored;
    this.#program = program;
    this.#annotated = annotation;
    this.#primitives = annotation.primitives;
    this.#joint = joint;
    this.given = tokensAside(givenSizes(this.#primitives.inputs)).map(pythonName);
    const cotangents = new Set(program.inputs.filter((i) => i.role === 'cotangent').map((i) => i.name));
    this.#isCotangent = foldOver<Prim, boolean>(
      (p) => p.args,
      (p, of) => (p.kind === 'input' ? cotangents.has(p.name) : p.args.some(of)),
    );
  }

  #printer(like: string): PassPrinter {
    const narrow = this.#program.inputs.find((i) => i.role === 'trainable');
    const given = new Set(
      this.#program.inputs.filter((i) => i.role === 'frozen' || isNarrowInput(i)).map((i) => i.name),
    );
    const sizes = [...sizeNames(this.#primitives.inputs)].map(pythonName);
    return new PassPrinter(
      {
        ...this.#annotated,
        isParameter: (p) => this.#joint.isParameter(p),
        isCotangent: this.#isCotangent,
        isGiven: (p) => p.kind === 'input' && given.has(p.name),
        quantized: (p) => (p.kind === 'input' && p.storage ? quantizedNames(p.name) : undefined),
        lawsOf: (p) => {
          const node = this.#annotated.nodeOf(p);
          return (node && this.#laws.get(node)) ?? [];
        },
      },
      like,
      narrow && tensorName(narrow.name),
      sizes,
    );
  }

  #input(name: string): Prim {
    return this.#primitives.inputs.find((i) => i.name === name)!;
  }

  /** The names of the tensors that a pass takes, in order. */
  #take(printer: PassPrinter): string[] {
    return argumentsOf(this.#program).map((i) =>
      Object.hasOwn(this.#stored, i.name)
        ? quantizedNames(i.name).parts
        : printer.take(this.#input(i.name), tensorName(i.name)),
    );
  }

  forward(suffix: string, rules: readonly TokenRule[]): string[] {
    const printer = this.#printer(tensorName(wideInput(this.#program, this.#stored).name));
    const taken = this.#take(printer);
    const results = resultsOf(this.#program);
    const names = new Map(
      results.map((o) => [this.#primitives.outputs.find((p) => p.name === o.name)!.prim, tensorName(o.name)]),
    );
    for (const assignment of this.#joint.forward) printer.print(assignment, names.get(assignment.tensor), []);
    const kept = [
      ...results.map((o) => this.#primitives.outputs.find((p) => p.name === o.name)!.prim),
      ...this.#joint.saved,
    ];
    printer.finish(kept);
    const returned = distinct(
      kept.map((p) => printer.text(p)),
      taken,
    );
    for (const p of this.#joint.saved) this.#saved.set(p, printer.text(p));
    const sizes = this.given.map((g) => `${g}: int`);
    return this.#function(
      `_forward${suffix}`,
      [...taken, ...sizes],
      'Tensor',
      this.#body(printer, [], rules.map(checkText)),
      returned,
    );
  }

  /** The name of a tensor that the backward pass takes in the dtype of activations. */
  #activation(): string {
    const result = wideResult(this.#program);
    if (result !== undefined) return tensorName(gradName(resultsOf(this.#program)[result]!.name));
    const saved = this.wideSaved;
    return saved === undefined
      ? tensorName(wideInput(this.#program, this.#stored).name)
      : this.#saved.get(this.#joint.saved[saved]!)!;
  }

  /** The position of the first saved tensor with a row for each token, where no result has any. */
  get wideSaved(): number | undefined {
    if (wideResult(this.#program) !== undefined) return undefined;
    const saved = this.#joint.saved.findIndex((p) => p.dtype !== 'i32' && p.shape.some(ofTokens));
    return saved < 0 ? undefined : saved;
  }

  backward(suffix: string): string[] {
    const cotangents = this.#program.inputs.filter((i) => i.role === 'cotangent');
    const printer = this.#printer(this.#activation());
    const given = cotangents.map((i) => printer.take(this.#input(i.name), tensorName(i.name)));
    const taken = this.#take(printer);
    const saved = this.#joint.saved.map((p) => printer.take(p, this.#saved.get(p)!));
    const gradients = this.#primitives.outputs.filter((o) =>
      this.#program.inputs.some((i) => gradName(i.name) === o.name),
    );
    const names = new Map(gradients.map((o) => [o.prim, tensorName(o.name)]));
    for (const assignment of this.#joint.backward)
      printer.print(assignment, names.get(assignment.tensor), this.#joint.needs(assignment));
    printer.finish(gradients.map((o) => o.prim));
    const needed = gradients.map((o) => o.name.slice(gradName('').length));
    const hasParameters = this.#program.inputs.some((i) => i.role === 'trainable');
    const returned = argumentsOf(this.#program).map((i) => {
      const own = gradients.find((o) => o.name === gradName(i.name));
      if (!own) return 'None';
      const text = printer.text(own.prim);
      return isNarrowInput(i) && hasParameters ? `oftc_torch.like(${text}, ${tensorName(i.name)})` : text;
    });
    const body = this.#body(printer, needed);
    const isUsed = (name: string) =>
      [...body, ...returned].some((l) => new RegExp(`(?<![\\w.])${name}\\b`).test(l));
    this.uses = taken.filter(isUsed);
    return this.#function(
      `_backward${suffix}`,
      ['needs: Sequence[bool]', ...given, ...this.uses, ...this.given.map((g) => `${g}: int`), ...saved],
      'Tensor | None',
      body,
      returned,
    );
  }

  /** The lines of a function. A statement runs only where one of the gradients that need it is asked for. */
  #body(
    { statements, indices }: PassPrinter,
    gradients: readonly string[] = [],
    checks: readonly string[] = [],
  ): string[] {
    const places = new Map(argumentsOf(this.#program).map((i, n) => [i.name, n]));
    const code = [...checks, ...indices.lines, ...statements.map((s) => s.code)];
    const cotangents = new Set(this.#program.inputs.filter((i) => i.role === 'cotangent').map((i) => i.name));
    // A forward pass has no cotangents, whose shapes could give sizes.
    const others = this.#primitives.inputs.filter((i) => !cotangents.has(i.name));
    // The backward pass has them first, so that no activation is saved for its shape alone.
    const given = this.#primitives.inputs.filter((i) => cotangents.has(i.name));
    const inputs = gradients.length > 0 ? [...given, ...others] : others;
    const lines = sizeLines(inputs, code).map((l) => `    ${l}`);
    lines.push(...[...checks, ...indices.lines].flatMap((l) => line('    ', l)));
    const guardOf = ({ needs }: Statement) =>
      needs.length === gradients.length
        ? ''
        : `if ${gradients.flatMap((n) => (needs.includes(n) ? [`needs[${places.get(n)!}]`] : [])).join(' or ')}:`;
    if (statements.some((s) => guardOf(s) !== ''))
      for (const g of gradients) lines.push(`    ${tensorName(gradName(g))} = None`);
    let open = '';
    for (const s of statements) {
      const guard = guardOf(s);
      if (guard !== open && guard !== '') lines.push(`    ${guard}`);
      open = guard;
      const indent = guard === '' ? '    ' : '        ';
      lines.push(...line(indent, s.code, s.comment));
      if (s.frees?.length) lines.push(...line(indent, `del ${s.frees.join(', ')}`));
    }
    return lines;
  }

  /** A function of tensors, of the parts of quantised ones, and of the other parameters that have their types. */
  #function(
    name: string,
    parameters: readonly string[],
    gives: string,
    body: readonly string[],
    returned: readonly string[],
  ): string[] {
    const parts = new Set(Object.keys(this.#stored).map((n) => quantizedNames(n).parts));
    const typed = parameters.map((p) =>
      p.includes(':') ? p : `${p}: ${parts.has(p) ? 'Sequence[Tensor]' : 'Tensor'}`,
    );
    return [
      ...line('', `def ${name}(${typed.join(', ')}) -> tuple[${gives}, ...]:`),
      ...body,
      ...line('    ', returned.length === 1 ? `return (${returned[0]},)` : `return ${returned.join(', ')}`),
    ];
  }
}
