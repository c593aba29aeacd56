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
import { quantizedInputs } from './quantized.ts';
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
  const paths = pathsOf(program);
  const name = typeName(options.name);
  const quantized = new Map(quantizedInputs(program, options.stored).map((q) => [q.input, q]));
  const inputs = argumentsOf(program).filter((i) => !isHeld(i));
  const results = resultsOf(program);
  const shapeText = (i: InputNode) =>
    `${i.type.shape.map((d) => dimText(d)).join(', ')}${i.type.shape.length === 1 ? ',' : ''}`;
  const reference = (path: string) =>
    path.split('.').every(isAttribute)
      ? `self.${path}`
      : path.includes('.')
        ? `self.get_parameter("${path}")`
        : `getattr(self, "${path}")`;
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
  const shown = shownSizes(source, options.sizes, lone && results.length === 1 ? lone.name : undefined);
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
    `    def forward(self, ${given.map((t) => `${t}: Tensor`).join(', ')}) -> ${results.length === 1 ? 'Tensor' : 'tuple[Tensor, ...]'}:`,
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
    ...(shown === ''
      ? []
      : [
          '',
          '    def extra_repr(self) -> str:',
          ...line(
            '        ',
            quantized.size > 0 ? `return f"${shown}, {super().extra_repr()}"` : `return "${shown}"`,
          ),
        ]),
  ];
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
  const others = Object.entries(sizes)
    .filter(([n]) => !features.some((d) => equalDim(d, source.where[n] ?? dimVar(n))))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return [...named.map((n, k) => [n, evalDim(features[k]!, sizes)]), ...others]
    .map(([n, size]) => `${n}=${size}`)
    .join(', ');
}

/** Whether a tensor has one row for each token, and no other dimension. */
export const isRows = ({ type }: Pick<InputNode, 'type'>): boolean =>
  type.shape.length === 2 && dimText(type.shape[0]!) === 'tokens' && constantOf(type.shape[1]!) !== undefined;

/** Whether a start refers to a tensor. */
const readsTensor = (init: Init, name: string): boolean =>
  typeof init !== 'string' && Object.values(init).includes(name);

const initText = (init: Init): string =>
  typeof init === 'string' ? `"${init}"` : JSON.stringify(init).replaceAll(':', ': ').replaceAll(',', ', ');
