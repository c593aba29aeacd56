/** Prints the `nn.Module` of a layer: its tensors, their starts, and its forward pass. */
import {
  type Binding,
  constantOf,
  dimVar,
  equalDim,
  evalDim,
  ofTokens,
} from '../../../compiler/dims/dims.ts';
import type { Init } from '../../../compiler/ir/init.ts';
import type { InputNode, Program } from '../../../compiler/ir/node.ts';
import { typeName } from '../../../compiler/names.ts';
import type { Stored } from '../../session/quantized.ts';
import { dimText } from './dims.ts';
import { isAttribute, line, tensorName } from './python-text.ts';
import { type QuantizedInput, quantizedInputs } from './quantized.ts';
import { argumentsOf, resultsOf } from './variant.ts';

export interface ModuleOptions {
  /** The layer's exported name. */
  readonly name: string;
  /** The sizes that the layer is built for, by the author's names. */
  readonly sizes: Binding;
  /** The frozen tensors that it holds quantised. */
  readonly stored?: Stored;
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

/** The lines of the class. `source` is the layer in the author's dimensions. */
export function moduleClass(program: Program, source: Program, options: ModuleOptions): string[] {
  const own = new ModuleText(program, options);
  const reset = own.reset();
  const repr = own.repr(source);
  return [
    `class ${typeName(options.name)}(${own.isQuantized ? 'oftc_torch.QuantizedModule' : 'nn.Module'}):`,
    `    """The layer ${options.name}${own.lone ? '; tokens are all dimensions of its input but the last' : ''}."""`,
    '',
    ...own.constructed(reset.length > 0),
    ...[reset, own.forward(), repr].filter((lines) => lines.length > 0).flatMap((lines) => ['', ...lines]),
  ];
}

const BODY = '        ';

/** The module's text, method by method. */
class ModuleText {
  readonly #program: Program;
  readonly #options: ModuleOptions;
  readonly #paths: ReadonlyMap<InputNode, string>;
  readonly #quantized: ReadonlyMap<InputNode, QuantizedInput>;
  readonly #starts: readonly { readonly name: string; readonly path: string; readonly init: Init }[];
  /** The tensors of each call. */
  readonly #inputs: readonly InputNode[];
  /** The only input, where it and all results have a row for each token: calls then have any leading dimensions. */
  readonly lone: InputNode | undefined;

  constructor(program: Program, options: ModuleOptions) {
    this.#program = program;
    this.#options = options;
    this.#paths = pathsOf(program);
    this.#quantized = new Map(quantizedInputs(program, options.stored).map((q) => [q.input, q]));
    this.#starts = [...this.#paths].flatMap(([{ name, init }, path]) =>
      init === undefined ? [] : [{ name, path, init }],
    );
    this.#inputs = argumentsOf(program).filter((i) => !isHeld(i));
    const [first, ...others] = this.#inputs;
    const isLone =
      first !== undefined &&
      others.length === 0 &&
      isRows(first) &&
      resultsOf(program).every((o) => isRows({ type: o.node.type }));
    this.lone = isLone ? first : undefined;
  }

  get isQuantized(): boolean {
    return this.#quantized.size > 0;
  }

  /** The constructor, which gives parameters their starts where some have one. */
  constructed(hasStarts: boolean): string[] {
    const held = [...this.#paths];
    const parameters = held
      .filter(([i]) => isGiven(i))
      .map(
        ([i]) => `${tensorName(i.name)}: Tensor${this.#quantized.has(i) ? ' | Mapping[str, Tensor]' : ''}, `,
      )
      .join('');
    const unstarted = held.filter(([i]) => i.role === 'trainable' && i.init === undefined);
    return [
      ...line(
        '    ',
        `def __init__(self, ${parameters}device: torch.device | None = None, dtype: torch.dtype | None = None) -> None:`,
      ),
      `${BODY}super().__init__()`,
      ...unstarted.map(([, p]) => `${BODY}# The layer declares no init for ${p}: it starts from zeros.`),
      ...held.flatMap(([i, path]) => line(BODY, this.#holding(i, path))),
      ...(hasStarts ? [`${BODY}self.reset_parameters()`] : []),
    ];
  }

  /** The method that gives parameters their starts; no lines where none has one. */
  reset(): string[] {
    if (this.#starts.length === 0) return [];
    const isRead = (i: InputNode) => this.#starts.some(({ init }) => readsTensor(init, i.name));
    // Starts that read no quantised tensor spare its decoding.
    const known = [...this.#paths].filter(
      ([i]) => i.type.dtype !== 'i32' && (!this.#quantized.has(i) || isRead(i)),
    );
    const value = (i: InputNode, path: string) =>
      this.#quantized.has(i) ? `self.dequantized("${path}")` : reference(path);
    return [
      '    def reset_parameters(self) -> None:',
      `${BODY}"""Gives every parameter the start that the layer declares."""`,
      `${BODY}known = {${known.map(([i, p]) => `"${i.name}": ${value(i, p)}`).join(', ')}}`,
      ...this.#starts.flatMap(({ name, path, init }) =>
        line(BODY, `oftc_torch.start(${reference(path)}, ${initText(init, name)}, known)`),
      ),
    ];
  }

  forward(): string[] {
    const results = resultsOf(this.#program);
    const given = this.#inputs.map((i) => `${tensorName(i.name)}: Tensor`).join(', ');
    return [
      `    def forward(self, ${given}) -> ${results.length === 1 ? 'Tensor' : 'tuple[Tensor, ...]'}:`,
      ...this.#refused(),
      ...(this.lone ? this.#applied(this.lone) : this.#appliedToAll()),
    ];
  }

  /** The method that `print(model)` calls; no lines where the layer has no sizes to show. */
  repr(source: Program): string[] {
    const isLinear = this.lone && resultsOf(this.#program).length === 1;
    const shown = shownSizes(source, this.#options.sizes, isLinear ? this.lone!.name : undefined);
    if (shown === '') return [];
    const text = this.isQuantized ? `return f"${shown}, {super().extra_repr()}"` : `return "${shown}"`;
    return ['    def extra_repr(self) -> str:', ...line(BODY, text)];
  }

  /** The statement that makes a tensor a parameter or buffer of the module. */
  #holding(i: InputNode, path: string): string {
    const form = this.#quantized.get(i)?.form;
    if (form !== undefined) return `self.hold_quantized("${path}", ${form}, ${tensorName(i.name)}, device)`;
    const { shape } = i.type;
    const shapeText = `${shape.map((d) => dimText(d)).join(', ')}${shape.length === 1 ? ',' : ''}`;
    const dtype = i.type.dtype === 'i32' ? 'torch.int32' : 'dtype';
    const made = isGiven(i)
      ? `oftc_torch.given("${path}", ${tensorName(i.name)}, (${shapeText}), device, ${dtype})`
      : `torch.zeros((${shapeText}), device=device, dtype=${dtype})`;
    return `oftc_torch.hold(self, "${path}", ${made}, trainable=${i.role === 'trainable' ? 'True' : 'False'})`;
  }

  /** The statement that refuses frozen tensors which require gradients. */
  #refused(): string[] {
    const frozen = [...this.#paths].filter(
      ([i]) => i.role === 'frozen' && i.type.dtype !== 'i32' && !this.#quantized.has(i),
    );
    if (frozen.length === 0) return [];
    const named = frozen.map(([i, p]) => `${tensorName(i.name)}=${reference(p)}`).join(', ');
    return line(BODY, `oftc_torch.refuse_gradients("${this.#options.name}", ${named})`);
  }

  /** The call of the autograd function on the rows of the only input, and its results in the shape of the call. */
  #applied(lone: InputNode): string[] {
    const x = tensorName(lone.name);
    const features = (i: Pick<InputNode, 'type'>) => dimText(i.type.shape[1]!);
    const rows = `${x}.reshape(-1, ${features(lone)})`;
    const shaped = resultsOf(this.#program).map(
      ({ node }, n) => `results[${n}].reshape(*${x}.shape[:-1], ${features(node)})`,
    );
    return [
      `${BODY}oftc_torch.check_features("${this.#options.name}", ${x}, ${features(lone)})`,
      ...this.#words(),
      ...line(BODY, `results = ${this.#call(this.#arguments().map((a) => (a === x ? rows : a)))}`),
      ...line(BODY, `return ${shaped.join(', ')}`),
    ];
  }

  #appliedToAll(): string[] {
    const { length } = resultsOf(this.#program);
    return [
      ...this.#words(),
      ...line(BODY, `return ${this.#call(this.#arguments())}${length === 1 ? '[0]' : `[:${length}]`}`),
    ];
  }

  #call(args: readonly string[]): string {
    return `${typeName(this.#options.name)}Function.apply(${args.join(', ')})`;
  }

  /** The statements that read the words of quantised tensors. */
  #words(): string[] {
    return [...this.#quantized].map(
      ([i, { parts }]) => `${BODY}${parts} = self.quantized("${this.#paths.get(i)!}")`,
    );
  }

  #arguments(): string[] {
    const own = (i: InputNode): string => {
      const quantized = this.#quantized.get(i);
      if (quantized) return `${quantized.parts}[0]`;
      const path = this.#paths.get(i);
      return path === undefined ? tensorName(i.name) : reference(path);
    };
    const beside = [...this.#quantized.values()].map(({ parts }) => `*${parts}[1:]`);
    return [...argumentsOf(this.#program).map(own), ...beside];
  }
}

/** The expression that reads a parameter, or what has taken its place in its module. */
function reference(path: string): string {
  if (path.split('.').every(isAttribute)) return `self.${path}`;
  const [, below, name] = /^(.*)\.([^.]*)$/.exec(path) ?? [];
  if (below === undefined) return `getattr(self, "${path}")`;
  return isAttribute(name!) ? `self.get_submodule("${below}").${name}` : `self.get_parameter("${path}")`;
}

/**
 * The sizes that `print(model)` shows: those of the author, of which the features of `x` and of the only result come
 * first, as PyTorch calls them.
 */
function shownSizes(source: Program, sizes: Binding, x: string | undefined): string {
  const features =
    x === undefined
      ? []
      : [source.inputs.find((i) => i.name === x)!, source.outputs[0]!.node].map((n) => n.type.shape[1]!);
  const named = ['in_features', 'out_features'].slice(0, features.length);
  const others = Object.keys(sizes)
    .filter(
      (n) =>
        !features.some((d) => equalDim(d, Object.hasOwn(source.where, n) ? source.where[n]! : dimVar(n))),
    )
    .sort();
  return [...named.map((n, k) => [n, evalDim(features[k]!, sizes)]), ...others.map((n) => [n, sizes[n]])]
    .map(([n, size]) => `${n}=${size}`)
    .join(', ');
}

/** Whether a tensor has one row for each token, and no other dimension. */
export const isRows = ({ type }: Pick<InputNode, 'type'>): boolean =>
  type.shape.length === 2 && dimText(type.shape[0]!) === 'tokens' && constantOf(type.shape[1]!) !== undefined;

/** Whether a start refers to a tensor. */
const readsTensor = (init: Init, name: string): boolean =>
  typeof init !== 'string' && Object.values(init).includes(name);

/** A start as a value of Python. What follows from a seed follows from the parameter's name too. */
function initText(init: Init, name: string): string {
  if (typeof init === 'string') return `"${init}"`;
  const text = JSON.stringify('seed' in init ? { ...init, name } : init);
  return text.replaceAll(':', ': ').replaceAll(',', ', ').replaceAll(': true', ': True');
}
